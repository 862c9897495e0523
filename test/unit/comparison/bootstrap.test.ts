import { describe, expect, test } from 'vitest';
import { differs, mean, median, pairedBootstrap } from '../../../electron/backend/comparison/bootstrap.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';

/** Normal numbers (Box and Muller 1958). */
function normals(seed: number): () => number {
  const random = uniformGenerator(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

test('statistics of known values', () => {
  const of = (statistic: typeof mean, ...values: number[]) => pairedBootstrap(values, statistic, 0).difference;
  expect([of(median, 9, 1, 2), of(median, 4, 9, 1, 2), of(mean, 1, 9, 2)]).toEqual([2, 3, 4]);
  expect([median, mean].map((statistic) => statistic(Float64Array.of(1, 2, 9), Uint32Array.of(0, 1, 2)))).toEqual([
    9,
    20 / 3,
  ]);
});

test.each([mean, median])('a constant difference has an interval of that point', (statistic) => {
  const estimate = pairedBootstrap(Array(9).fill(-2.5), statistic, 1);
  expect(estimate).toEqual({ difference: -2.5, low: -2.5, high: -2.5 });
  expect(differs(estimate, 9)).toBe(true);
  expect(differs(pairedBootstrap(Array(9).fill(0), statistic, 1), 9)).toBe(false);
});

test('the interval of a mean is that of the normal distribution where there are many pairs', () => {
  const normal = normals(5);
  const values = Array.from({ length: 400 }, () => 3 + 2 * normal());
  const { difference, low, high } = pairedBootstrap(values, mean, 0);
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - difference) ** 2, 0) / 399);
  const reach = (1.96 * deviation) / Math.sqrt(400);
  expect(low).toBeCloseTo(difference - reach, 1);
  expect(high).toBeCloseTo(difference + reach, 1);
  expect((high - low) / (2 * reach)).toBeGreaterThan(0.93);
  expect((high - low) / (2 * reach)).toBeLessThan(1.07);
});

test('a seed gives the same interval again, whatever the order of the pairs, and another seed another', () => {
  const values = Array.from({ length: 30 }, (_, i) => (i * 7) % 11);
  expect(pairedBootstrap(values.toReversed(), mean, 3)).toEqual(pairedBootstrap(values, mean, 3));
  expect(pairedBootstrap(values, mean, 4)).not.toEqual(pairedBootstrap(values, mean, 3));
});

describe('of experiments with a known difference, nineteen in twenty hold it', () => {
  const EXPERIMENTS = 300;

  function coverage(statistic: typeof mean, truth: number, draw: (seed: number) => number[]): number {
    const held = Array.from({ length: EXPERIMENTS }, (_, seed) => pairedBootstrap(draw(seed + 1), statistic, seed));
    return held.filter(({ low, high }) => low <= truth && truth <= high).length / EXPERIMENTS;
  }

  test.each([
    ['times', median, 1.5, (seed: number) => Array.from({ length: 60 }, noise(normals(seed)))],
    ['accuracies', mean, 0.2, (seed: number) => Array.from({ length: 100 }, answers(uniformGenerator(seed)))],
  ] as const)('%s', (_, statistic, truth, draw) => {
    const share = coverage(statistic, truth, draw);
    // 95 %, give or take three deviations of 300 experiments and what the percentile interval is known to lack.
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(0.99);
  });

  const noise = (normal: () => number) => () => 1.5 + normal();
  /** Both right, one right, the other right, both wrong: 30 % against 10 %. */
  const answers = (random: () => number) => () => {
    const at = random();
    return at < 0.3 ? 1 : at < 0.4 ? -1 : 0;
  };
});

test('few pairs tell nothing, however far apart', () => {
  const far = { difference: 9, low: 8, high: 10 };
  expect([5, 6].map((pairs) => differs(far, pairs))).toEqual([false, true]);
  expect(differs({ difference: 9, low: -1, high: 10 }, 100)).toBe(false);
});
