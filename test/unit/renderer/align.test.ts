import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alignment, align, type Box, distribute } from '../../../renderer/store/align.ts';

const size = fc.integer({ min: 1, max: 400 });
const place = fc.integer({ min: -2000, max: 2000 });
const boxes = fc
  .array(fc.record({ x: place, y: place, width: size, height: size }), { minLength: 2, maxLength: 8 })
  .map((list): Record<string, Box> => Object.fromEntries(list.map((box, index) => [`n${index}`, box])));

function at(
  before: Record<string, Box>,
  places: Readonly<Record<string, readonly [number, number]>>,
): Record<string, Box> {
  return Object.fromEntries(
    Object.entries(before).map(([id, box]) => [id, { ...box, x: places[id]?.[0] ?? NaN, y: places[id]?.[1] ?? NaN }]),
  );
}

const line: Record<Alignment, (box: Box) => number> = {
  left: ({ x }) => x,
  top: ({ y }) => y,
  centre: ({ x, width }) => x + width / 2,
  middle: ({ y, height }) => y + height / 2,
};

describe('aligning', () => {
  it.each(Object.keys(line) as Alignment[])('%s: all stand on one line, and stay there when asked again', (to) => {
    fc.assert(
      fc.property(boxes, (before) => {
        const after = at(before, align(before, to));
        const [first, ...others] = Object.values(after).map(line[to]);
        for (const other of others) expect(other).toBeCloseTo(first ?? NaN, 6);
        const again = align(after, to);
        for (const [id, box] of Object.entries(after)) {
          expect(again[id]?.[0]).toBeCloseTo(box.x, 6);
          expect(again[id]?.[1]).toBeCloseTo(box.y, 6);
        }
      }),
    );
  });

  it('moves nodes to the outermost left edge, and each only sideways', () => {
    const before = { a: { x: 40, y: 0, width: 10, height: 10 }, b: { x: -7, y: 90, width: 50, height: 10 } };
    expect(align(before, 'left')).toEqual({ a: [-7, 0], b: [-7, 90] });
  });
});

describe('distributing', () => {
  it.each(['x', 'y'] as const)('along %s: gaps are equal, the order and the outermost stay', (axis) => {
    const extent = axis === 'x' ? 'width' : 'height';
    fc.assert(
      fc.property(boxes, (before) => {
        const after = at(before, distribute(before, axis));
        const order = Object.keys(before).sort((a, b) => (before[a]?.[axis] ?? 0) - (before[b]?.[axis] ?? 0));
        const sorted = order.flatMap((id) => after[id] ?? []);
        const gaps = sorted
          .slice(1)
          .map((box, i) => box[axis] - (sorted[i]?.[axis] ?? NaN) - (sorted[i]?.[extent] ?? NaN));
        for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0] ?? NaN, 6);
        for (const id of [order[0], order.at(-1)]) {
          expect(after[id ?? '']?.[axis]).toBeCloseTo(before[id ?? '']?.[axis] ?? NaN, 6);
        }
      }),
    );
  });
});
