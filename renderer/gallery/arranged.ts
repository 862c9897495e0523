import type { GraphDocument } from '../../graphs/document.ts';
import { withLayout } from '../store/layout.ts';

/** A node as a box, its corner in pixels of the miniature. */
export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

export interface Arranged {
  readonly boxes: readonly Box[];
  readonly wires: readonly { readonly from: Box; readonly to: Box; readonly port: string }[];
  /** Width and height of every box. */
  readonly size: number;
}

/** Sides of a box; of two boxes one stands so many sides aside of the other, or below it. */
const [LEAST, MOST, APART] = [5, 38, 1.25];

/** Nodes and wires of a graph as boxes and lines in a small picture, where they stand on the canvas. */
export function arranged(document: GraphDocument, width: number, height: number): Arranged {
  const { nodes, layout = {} } = withLayout(document);
  const places = Object.keys(nodes).map((id) => [id, layout[id] ?? [0, 0]] as const);
  let size = MOST;
  let boxes = boxesOf(places, width, height, size);
  while (size > LEAST && nearest(boxes) < APART * size) boxes = boxesOf(places, width, height, --size);
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const wires = boxes.flatMap((to) =>
    Object.values(nodes[to.id]?.inputs ?? {})
      .flat()
      .flatMap((source) => {
        const [id = '', port = ''] = source.split('.');
        const from = byId.get(id);
        return from ? [{ from, to, port }] : [];
      }),
  );
  return { boxes, wires, size };
}

type Place = readonly [id: string, at: readonly [x: number, y: number]];

function boxesOf(places: readonly Place[], width: number, height: number, size: number): readonly Box[] {
  const [left, wide] = spanOf(places.map(([, [x]]) => x));
  const [top, high] = spanOf(places.map(([, [, y]]) => y));
  const across = wide > 0 ? (width - size) / wide : 0;
  // Rows stand little farther apart than columns, so that a graph of two rows is not torn apart.
  const down = high > 0 ? Math.min((height - size) / high, Math.max(across * 1.2, (1.3 * size) / high)) : 0;
  return places.map(([id, [x, y]]) => ({
    id,
    x: wide > 0 ? (x - left) * across : (width - size) / 2,
    y: (height - size - high * down) / 2 + (y - top) * down,
  }));
}

/** How far apart the two boxes are that are nearest, sideways or down. */
function nearest(boxes: readonly Box[]): number {
  const distances = boxes.flatMap(({ x, y }, at) =>
    boxes.slice(at + 1).map((other) => Math.max(Math.abs(other.x - x), Math.abs(other.y - y))),
  );
  return Math.min(...distances);
}

function spanOf(values: readonly number[]): readonly [start: number, length: number] {
  if (values.length === 0) return [0, 0];
  const start = Math.min(...values);
  return [start, Math.max(...values) - start];
}
