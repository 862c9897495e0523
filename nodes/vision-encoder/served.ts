import type { SessionPort } from '../run.ts';

/** What can be read off the ports of an encoder that somebody else serves. */

const FLOATS: ReadonlySet<string> = new Set(['float32', 'float16']);

/** `[n, tokens, width]`; of several, that of the last layer by its usual name. */
export function featuresPort(outputs: readonly SessionPort[]): SessionPort | undefined {
  return named(outputs, 3, ['last_hidden_state', 'features', 'image_features']);
}

/** `[n, width]`. */
export function pooledPort(outputs: readonly SessionPort[]): SessionPort | undefined {
  return named(outputs, 2, ['image_embeds', 'pooler_output', 'pooled']);
}

function named(outputs: readonly SessionPort[], rank: number, names: readonly string[]): SessionPort | undefined {
  const fit = outputs.filter(({ dims, dtype }) => dims.length === rank && FLOATS.has(dtype));
  return names.map((name) => fit.find((port) => port.name === name)).find((port) => port) ?? fit[0];
}

/** The square that so many tokens make, with a class token or without; nothing where they make none. */
export function squareGrid(
  tokens: number,
): { readonly grid: readonly [number, number]; readonly classToken: boolean } | undefined {
  for (const classToken of [false, true]) {
    const side = Math.sqrt(tokens - (classToken ? 1 : 0));
    if (side >= 1 && Number.isInteger(side)) return { grid: [side, side], classToken };
  }
  return undefined;
}
