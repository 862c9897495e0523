import { expect, test } from 'vitest';
import type { SearchNode } from '../../../nodes/search-loop/search.ts';
import {
  circlesOf,
  drawingOf,
  edgesOf,
  neighbourOf,
  nodeAt,
  SHADES,
  shadeOf,
} from '../../../renderer/search/drawing.ts';

const node = (id: number, parent: number | undefined, more: Partial<SearchNode> = {}): SearchNode => ({
  id,
  ...(parent !== undefined && { parent }),
  text: `${id}`,
  visits: 1,
  chosen: false,
  ...more,
});

/** The prompt, two steps, and three answers; the right-hand path is chosen. */
const TREE = [
  node(0, undefined, { visits: 5, chosen: true }),
  node(1, 0, { value: 0 }),
  node(2, 0, { value: 1, visits: 3, chosen: true }),
  node(3, 1),
  node(4, 2, { value: 0.5 }),
  node(5, 2, { value: 0.9, chosen: true }),
];

test('every node has a place in the box, children below their parent, no two at one place', () => {
  const { placed, width, height } = drawingOf(TREE, 200, 300);
  expect([...placed.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  for (const { node: one, x, y } of placed.values()) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThanOrEqual(width);
    expect(y).toBeLessThanOrEqual(height);
    const parent = placed.get(one.parent ?? -1);
    if (parent) expect(y).toBeGreaterThan(parent.y);
  }
  expect(new Set([...placed.values()].map(({ x, y }) => `${x}/${y}`)).size).toBe(6);
  expect(placed.get(0)?.radius).toBeGreaterThan(placed.get(1)?.radius ?? Number.NaN);
});

test('values have shades, the chosen path is drawn apart, and each node once', () => {
  expect(TREE.map(shadeOf)).toEqual([undefined, 0, SHADES - 1, undefined, SHADES / 2, SHADES - 1]);
  const drawing = drawingOf(TREE, 200, 300);
  const count = (path: string) => path.match(/M/g)?.length ?? 0;
  expect([edgesOf(drawing, true), edgesOf(drawing, false)].map(count)).toEqual([2, 3]);
  const shades = [undefined, ...Array(SHADES).keys()];
  expect(shades.reduce<number>((sum, shade) => sum + count(circlesOf(drawing, shade)), 0)).toBe(6);
});

test('a click finds the node under it, arrow keys walk along the tree', () => {
  const drawing = drawingOf(TREE, 200, 300);
  for (const { node: one, x, y } of drawing.placed.values()) expect(nodeAt(drawing, x + 1, y - 1)).toBe(one.id);
  expect(nodeAt(drawing, 299, 1)).toBeUndefined();
  // Down goes along what was chosen.
  expect(neighbourOf(drawing, 0, 'ArrowDown')).toBe(2);
  expect(neighbourOf(drawing, 2, 'ArrowDown')).toBe(5);
  expect(neighbourOf(drawing, 5, 'ArrowUp')).toBe(2);
  expect(neighbourOf(drawing, 2, 'ArrowLeft')).toBe(1);
  expect(neighbourOf(drawing, 2, 'ArrowRight')).toBeUndefined();
});

test('a tree without nodes is empty, and a node whose parent is not there hangs on the root', () => {
  expect(drawingOf([], 100).placed.size).toBe(0);
  const { placed } = drawingOf([node(0, undefined), node(7, 5)], 100);
  expect(placed.get(7)?.y).toBeGreaterThan(placed.get(0)?.y ?? Number.NaN);
});

test('a thousand nodes are laid out and written in less than the time between two news of a search', () => {
  const big = Array.from({ length: 1000 }, (_, id) =>
    node(id, id === 0 ? undefined : Math.floor((id - 1) / 3), { value: (id % 10) / 10 }),
  );
  const draw = () => {
    const drawing = drawingOf(big, 280);
    for (const shade of [undefined, ...Array(SHADES).keys()]) circlesOf(drawing, shade);
    edgesOf(drawing, false);
    return drawing;
  };
  draw();
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    expect(draw().placed.size).toBe(1000);
    return performance.now() - start;
  });
  // News come every 100 ms.
  expect(Math.min(...times)).toBeLessThan(100);
});
