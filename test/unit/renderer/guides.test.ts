import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Box } from '../../../renderer/store/align.ts';
import { snap } from '../../../renderer/store/guides.ts';

const REACH = 6;
const place = fc.integer({ min: -400, max: 400 });
const size = fc.integer({ min: 20, max: 300 });
const box = fc.record({ x: place, y: place, width: size, height: size });

const lines = ({ x, y, width, height }: Box) => ({
  x: [x, x + width / 2, x + width],
  y: [y, y + height / 2, y + height],
});

describe('a moved box', () => {
  test('goes to the nearest line of its kind within reach, and no further', () => {
    fc.assert(
      fc.property(box, fc.array(box, { maxLength: 6 }), (moved, others) => {
        const { at } = snap(moved, others, REACH);
        for (const [axis, index] of [
          ['x', 0],
          ['y', 1],
        ] as const) {
          const away = others.flatMap((other) =>
            lines(other)[axis].map((line, i) => Math.abs(line - (lines(moved)[axis][i] ?? 0))),
          );
          const best = Math.min(Number.POSITIVE_INFINITY, ...away);
          expect(Math.abs(at[index] - moved[axis])).toBeCloseTo(best <= REACH ? best : 0, 6);
        }
      }),
    );
  });

  test('has a guide for each line that it is on with others, which reaches from end to end', () => {
    fc.assert(
      fc.property(box, fc.array(box, { maxLength: 6 }), (moved, others) => {
        const { at, guides } = snap(moved, others, REACH);
        const now = { ...moved, x: at[0], y: at[1] };
        for (const guide of guides) {
          expect(lines(now)[guide.axis].some((line) => Math.abs(line - guide.at) < 0.01)).toBe(true);
          const across = guide.axis === 'x' ? 'y' : 'x';
          expect(guide.from).toBeLessThanOrEqual(lines(now)[across][0] ?? 0);
          expect(guide.to).toBeGreaterThanOrEqual(lines(now)[across][2] ?? 0);
        }
        if (at[0] !== moved.x) expect(guides.some(({ axis }) => axis === 'x')).toBe(true);
        if (others.length === 0) expect(guides).toEqual([]);
      }),
    );
  });

  test('shows the line that two tops make', () => {
    const { at, guides } = snap(
      { x: 300, y: 104, width: 100, height: 50 },
      [{ x: 0, y: 100, width: 80, height: 90 }],
      REACH,
    );
    expect(at).toEqual([300, 100]);
    expect(guides).toEqual([{ axis: 'y', at: 100, from: 0, to: 400 }]);
  });
});
