import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ComparisonNews } from '../../../electron/backend/comparison/news.ts';
import { type Comparison, comparisonIn, differenceFrom } from '../../../graphs/comparison.ts';
import { labelBox, labelPlaces, shared } from '../../../renderer/compare/labels.ts';
import { paretoFront } from '../../../renderer/compare/pareto.ts';
import { heard } from '../../../renderer/compare/store.ts';

const point = fc.record({ cost: fc.integer({ min: 0, max: 8 }), worth: fc.integer({ min: 0, max: 8 }) });

test('a point is on the Pareto front exactly where none is at least as good in both and better in one', () => {
  fc.assert(
    fc.property(fc.array(point, { maxLength: 12 }), (points) => {
      const front = paretoFront(points);
      for (const one of points) {
        const beaten = points.some(
          ({ cost, worth }) => cost <= one.cost && worth >= one.worth && !(cost === one.cost && worth === one.worth),
        );
        expect(front.includes(one)).toBe(!beaten);
      }
      // Along it more cost is more worth.
      for (const [i, { cost, worth }] of front.entries()) {
        const next = front[i + 1];
        if (next) expect(next.cost > cost ? next.worth > worth : next.worth === worth).toBe(true);
      }
    }),
  );
});

test('labels of dots lie on no dot, on no other label, and on the plot, where there is room', () => {
  const within = { left: 56, right: 536, top: 18, bottom: 224 };
  const dot = fc.record({
    x: fc.integer({ min: 56, max: 536 }),
    y: fc.integer({ min: 40, max: 200 }),
    text: fc.string({ minLength: 3, maxLength: 12 }),
  });
  fc.assert(
    fc.property(fc.array(dot, { maxLength: 5 }), (dots) => {
      const boxes = labelPlaces(dots, within).map((place, i) => labelBox(place, dots[i]?.text ?? ''));
      for (const [i, box] of boxes.entries()) {
        for (const other of boxes.slice(i + 1)) expect(shared(box, other)).toBe(0);
        for (const { x, y } of dots)
          expect(shared(box, { left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 })).toBe(0);
        expect([box.left >= within.left, box.right <= within.right]).toEqual([true, true]);
        expect([box.top >= within.top, box.bottom <= within.bottom]).toEqual([true, true]);
      }
    }),
  );
});

const result: Comparison = {
  schemaVersion: 1,
  rows: ['a', 'b'].map((graph) => ({ graph, rounds: 1, nodes: {} })),
  differences: [{ metric: 'totalMs', a: 'a', b: 'b', difference: 3, low: 1, high: 4, pairs: 9, differs: true }],
  how: { repeat: 1, warmUpRuns: 2, resamples: 2000, level: 0.95, complete: true, platform: 'p', cpu: 'c' },
};

test('a difference is told from either side', () => {
  expect(differenceFrom(result, 'totalMs', 'a', 'b')).toMatchObject({ difference: 3, low: 1, high: 4 });
  expect(differenceFrom(result, 'totalMs', 'b', 'a')).toMatchObject({ a: 'b', difference: -3, low: -4, high: -1 });
  expect(differenceFrom(result, 'accuracy', 'a', 'b')).toBeUndefined();
});

test('the result of a comparison is told from a graph, and one that cannot be read says where', () => {
  expect(comparisonIn(JSON.stringify(result))).toEqual(result);
  for (const text of ['{', '3', '{"schemaVersion":1,"title":"t","nodes":{}}'])
    expect(comparisonIn(text)).toBeUndefined();
  const broken = { ...result, rows: [{ graph: 'a', rounds: -1, nodes: {} }] };
  expect(() => comparisonIn(JSON.stringify(broken))).toThrow(/^rows\[0\]\.rounds: /);
});

test('what is shown gathers cells, keeps the last result, and forgets another comparison', () => {
  const news = (done: number, more: Partial<ComparisonNews> = {}): ComparisonNews => ({
    title: 't',
    graphs: ['a', 'b'],
    items: 2,
    runs: 4,
    done,
    status: 'running',
    cells: [{ variant: 0, item: done, round: 0, ms: 1 }],
    ...more,
  });
  const first = heard(undefined, 'one', news(1, { result }));
  const second = heard({ ...first, stopping: true }, 'one', news(2));
  expect(second).toMatchObject({ done: 2, result, stopping: true });
  expect(second.cells.map(({ item }) => item)).toEqual([1, 2]);
  expect(heard(second, 'one', news(3, { status: 'stopped' })).stopping).toBe(false);
  const other = heard(second, 'two', news(1));
  expect(other.cells).toHaveLength(1);
  expect(other).not.toHaveProperty('result');
});
