/**
 * A graph inside its picture: PNG (W3C, third edition) carries it in an `iTXt` chunk, SVG in its `metadata`. Any program that
 * shows the picture ignores it; opening the picture here restores the graph.
 */

const KEYWORD = 'patchbay-graph';
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length and type before a chunk's data, CRC after it. */
const [HEAD, CRC] = [8, 4];
/** The signature and the header chunk, which comes first. */
const AFTER_HEADER = SIGNATURE.length + HEAD + 13 + CRC;

export type Picture = 'png' | 'svg';

/** Which kind of picture these bytes are, of those that may hold a graph. */
export function pictureKind(bytes: Uint8Array): Picture | undefined {
  if (SIGNATURE.every((byte, at) => bytes[at] === byte)) return 'png';
  const start = new TextDecoder().decode(bytes.subarray(0, 1024)).replace(/^\uFEFF/, '');
  return /^\s*(<\?xml|<!--|<!DOCTYPE\s+svg|<svg[\s>])/i.test(start) && /<svg[\s>]/i.test(start) ? 'svg' : undefined;
}

/** The text of the graph in a picture; nothing where it holds none. */
export function graphInPicture(bytes: Uint8Array): string | undefined {
  const kind = pictureKind(bytes);
  if (kind === 'png') return graphInPng(bytes);
  return kind === 'svg' ? graphInSvg(new TextDecoder().decode(bytes)) : undefined;
}

/** The PNG with the text of a graph in it. */
export function withGraphInPng(png: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
  // Keyword, then: not compressed, no method, no language, no translated keyword.
  const data = new TextEncoder().encode(`${KEYWORD}\0\0\0\0\0${text}`);
  const chunk = new Uint8Array(HEAD + data.length + CRC);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode('iTXt'), 4);
  chunk.set(data, HEAD);
  view.setUint32(HEAD + data.length, crc32(chunk.subarray(4, HEAD + data.length)));
  const whole = new Uint8Array(png.length + chunk.length);
  whole.set(png.subarray(0, AFTER_HEADER));
  whole.set(chunk, AFTER_HEADER);
  whole.set(png.subarray(AFTER_HEADER), AFTER_HEADER + chunk.length);
  return whole;
}

function graphInPng(png: Uint8Array): string | undefined {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const start = `${KEYWORD}\0\0\0\0\0`;
  for (let at = SIGNATURE.length; at + HEAD <= png.length; ) {
    const end = at + HEAD + view.getUint32(at);
    const type = new TextDecoder().decode(png.subarray(at + 4, at + HEAD));
    if (type === 'iTXt' && end <= png.length) {
      const text = new TextDecoder().decode(png.subarray(at + HEAD, end));
      if (text.startsWith(start)) return text.slice(start.length);
    }
    at = end + CRC;
  }
  return undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The SVG with the text of a graph in it. */
export function withGraphInSvg(svg: string, text: string): string {
  const escaped = text.replaceAll(/[&<>]/g, (sign) => ESCAPES[sign] ?? sign);
  return svg.replace(/<svg[^>]*>/, (tag) => `${tag}<metadata id="${KEYWORD}">${escaped}</metadata>`);
}

function graphInSvg(svg: string): string | undefined {
  const [, escaped] = new RegExp(`<metadata id="${KEYWORD}">([^<]*)</metadata>`).exec(svg) ?? [];
  return escaped?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** CRC-32 as PNG has it (ISO 3309, polynomial 0xEDB88320). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
