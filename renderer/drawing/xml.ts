/** An attribute that is undefined is left out; a number has at most two decimals. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element as text, what is in it already text. */
export function tag(name: string, attributes: Attributes, inner = ''): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`],
  );
  return `<${name}${written.join('')}${inner === '' ? '/>' : `>${inner}</${name}>`}`;
}

export const rounded = (value: number) => Math.round(100 * value) / 100;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as XML 1.0 holds it, without the control characters that it cannot hold. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign)
    .replaceAll(/\p{Cc}/gu, (sign) => (/\s/.test(sign) ? ' ' : ''));
}
