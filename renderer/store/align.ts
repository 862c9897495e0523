import type { Point } from './edits.ts';

/** Where a node stands and how large it is drawn, in pixels of the canvas. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Boxes = Readonly<Record<string, Box>>;
type Places = Readonly<Record<string, Point>>;
export type Alignment = 'left' | 'top' | 'centre' | 'middle';

/** New places: left edges or tops in line with the outermost, or centres on the middle line of them all. */
export function align(boxes: Boxes, to: Alignment): Places {
  const all = Object.values(boxes);
  const left = Math.min(...all.map(({ x }) => x));
  const top = Math.min(...all.map(({ y }) => y));
  const right = Math.max(...all.map(({ x, width }) => x + width));
  const bottom = Math.max(...all.map(({ y, height }) => y + height));
  return moved(boxes, ({ x, y, width, height }) => {
    if (to === 'left') return [left, y];
    if (to === 'top') return [x, top];
    return to === 'centre' ? [(left + right - width) / 2, y] : [x, (top + bottom - height) / 2];
  });
}

/** New places with equal gaps between neighbours along an axis; the first and the last stay. */
export function distribute(boxes: Boxes, axis: 'x' | 'y'): Places {
  const size = axis === 'x' ? 'width' : 'height';
  const inOrder = Object.entries(boxes).sort(([, a], [, b]) => a[axis] - b[axis]);
  const [first, last] = [inOrder[0]?.[1], inOrder.at(-1)?.[1]];
  if (!first || !last) return {};
  const filled = inOrder.reduce((sum, [, box]) => sum + box[size], 0);
  const gap = (last[axis] + last[size] - first[axis] - filled) / (inOrder.length - 1);
  let next = first[axis];
  const starts = new Map<Box, number>();
  for (const [, box] of inOrder) {
    starts.set(box, next);
    next += box[size] + gap;
  }
  return moved(boxes, (box) => {
    const start = starts.get(box) ?? box[axis];
    return axis === 'x' ? [start, box.y] : [box.x, start];
  });
}

function moved(boxes: Boxes, to: (box: Box) => Point): Places {
  return Object.fromEntries(Object.entries(boxes).map(([id, box]) => [id, to(box)]));
}
