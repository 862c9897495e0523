import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isRight,
  type Judged,
  scoreOf,
  scoresBy,
  scoresBySize,
  scoresOf,
} from '../../../nodes/training/evaluation/score.ts';

// Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('the interval of %i of %i is the published one', (right, n, low, high) => {
  const score = scoreOf(right, n);
  expect(score).toMatchObject({ n, accuracy: right / n });
  expect(score.low).toBeCloseTo(low, 4);
  expect(score.high).toBeCloseTo(high, 4);
});

test('a bound of the interval is a share from which the one found lies 1.96 deviations away', () => {
  const counts = fc
    .integer({ min: 1, max: 5000 })
    .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
  fc.assert(
    fc.property(counts, ([right, n]) => {
      const { accuracy, low, high } = scoreOf(right, n);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      for (const bound of [low, high]) {
        const away = 1.959963984540054 * Math.sqrt((bound * (1 - bound)) / n);
        expect(Math.abs(accuracy - bound)).toBeCloseTo(away, 6);
      }
    }),
  );
});

const judged = (kind: string, hallucination: Judged['hallucination'], ...rights: readonly boolean[]): Judged[] =>
  rights.map((right, i) => ({ kind, hallucination, size: 1 + (i % 2), right }));

test('scores stand for all, for each kind, and for each kind of hallucination', () => {
  const all = [
    ...judged('counting', 'quantity', true, false, true, true),
    ...judged('comparison', 'quantity', false),
    ...judged('comparison', 'attribute', true),
  ];
  expect(scoresOf(all)).toEqual({
    ...scoreOf(4, 6),
    kinds: { counting: scoreOf(3, 4), comparison: scoreOf(1, 2) },
  });
  expect(scoresBy(all, ({ hallucination }) => hallucination)).toEqual({
    quantity: scoreOf(3, 5),
    attribute: scoreOf(1, 1),
  });
  expect(scoresBySize(all)).toEqual({
    counting: { 1: scoreOf(2, 2), 2: scoreOf(1, 2) },
    comparison: { 1: scoreOf(1, 2) },
  });
});

test('an answer is right where every word and figure is', () => {
  for (const given of ['yes', ' Yes\n', 'YES ']) expect(isRight(given, 'yes')).toBe(true);
  for (const given of ['', 'no', 'yes yes', 'yes.', 'yesterday']) expect(isRight(given, 'yes')).toBe(false);
});

test('the interval holds the share that was found, of none and of all too', () => {
  for (let n = 1; n <= 300; n++)
    for (const right of [0, 1, Math.floor(n / 2), n - 1, n].filter((count) => count >= 0)) {
      const { accuracy, low, high } = scoreOf(right, n);
      expect([low <= accuracy, accuracy <= high], `${right} of ${n}`).toEqual([true, true]);
    }
});
