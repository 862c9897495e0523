import type { Frame } from './drawing.ts';
import { ground } from './ground.ts';

/** A piece of text that stands on one line. */
export interface Line {
  readonly text: string;
  /** On the screen, from the top of its font to the bottom. */
  readonly box: Frame;
}

const ELLIPSIS = '…';

/** The lines that a text is broken into, without the blanks at their ends; cut where its element cuts it. */
export function linesOf(node: Text, style: CSSStyleDeclaration): Line[] {
  const lines: { start: number; end: number; bottom: number }[] = [];
  for (const { start, end, rect } of piecesOf(node)) {
    const last = lines.at(-1);
    if (last && Math.abs(last.bottom - rect.bottom) < rect.height / 2) last.end = end;
    else lines.push({ start, end, bottom: rect.bottom });
  }
  return lines.map(({ start, end }) => {
    const cut = cutAt(node, start, end, style);
    const text = cased(node.data.slice(start, cut).replaceAll(/\s+/g, ' '), style);
    return { text: cut < end ? text + ELLIPSIS : text, box: boxOf(node, start, cut) };
  });
}

/** Words, and the letters of words that are broken themselves. */
function* piecesOf(node: Text): Generator<{ start: number; end: number; rect: DOMRect }> {
  for (const { index, 0: word } of node.data.matchAll(/\S+/g)) {
    const rects = rectsOf(node, index, index + word.length);
    const [rect] = rects;
    if (rects.length === 1 && rect) yield { start: index, end: index + word.length, rect };
    else
      for (let start = index; start < index + word.length; start++) {
        const [letter] = rectsOf(node, start, start + 1);
        if (letter) yield { start, end: start + 1, rect: letter };
      }
  }
}

/** Where an element that ends in an ellipsis cuts this line; its end where it is whole. */
function cutAt(node: Text, start: number, end: number, style: CSSStyleDeclaration): number {
  const { parentElement } = node;
  if (style.textOverflow !== 'ellipsis' || !parentElement) return end;
  const scale = parentElement.getBoundingClientRect().width / parentElement.offsetWidth;
  const right = parentElement.getBoundingClientRect().right;
  if (boxOf(node, start, end).right <= right + scale / 2) return end;
  const room = right - scale * measured(ELLIPSIS, style).width;
  let cut = end;
  while (cut > start + 1 && boxOf(node, start, cut).right > room) cut--;
  return cut;
}

const rectsOf = (node: Text, start: number, end: number) =>
  [...part(node, start, end).getClientRects()].filter(({ width }) => width > 0);

const boxOf = (node: Text, start: number, end: number) => part(node, start, end).getBoundingClientRect();

function part(node: Text, start: number, end: number): Range {
  const range = document.createRange();
  range.setStart(node, start);
  range.setEnd(node, end);
  return range;
}

function cased(text: string, { textTransform }: CSSStyleDeclaration): string {
  return textTransform === 'uppercase' ? text.toUpperCase() : text;
}

/** How far down its box the letters of a font stand, as a share of its height. */
export function baseline(style: CSSStyleDeclaration): number {
  const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = measured('x', style);
  return ascent / (ascent + descent);
}

const { context } = ground(1, 1);

function measured(text: string, { fontStyle, fontWeight, fontSize, fontFamily }: CSSStyleDeclaration): TextMetrics {
  context.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
  return context.measureText(text);
}
