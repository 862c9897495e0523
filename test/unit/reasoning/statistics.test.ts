import { describe, expect, test } from 'vitest';
import type { PoolCandidate } from '../../../electron/backend/reasoning/cells.ts';
import { anyOf, chosenOf } from '../../../electron/backend/reasoning/pool.ts';
import { passAtK, shareOf } from '../../../electron/backend/reasoning/statistics.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';

/** All ways to take k of a list. */
function* subsets<T>(list: readonly T[], k: number): Generator<T[], void, void> {
  if (k === 0) yield [];
  else
    for (const [i, first] of list.entries())
      for (const rest of subsets(list.slice(i + 1), k - 1)) yield [first, ...rest];
}

describe('pass@k', () => {
  test.each([
    [6, 0],
    [6, 1],
    [6, 2],
    [6, 5],
    [6, 6],
  ])('of %i candidates with %i right is the share of all ways to take k that hold a right one', (n, right) => {
    const pool = Array.from({ length: n }, (_, i) => i < right);
    for (let k = 1; k <= n; k++) {
      const ways = [...subsets(pool, k)];
      const holding = ways.filter((way) => way.some(Boolean)).length;
      expect(passAtK(n, right, k)).toBeCloseTo(holding / ways.length, 12);
    }
  });

  test('does not overflow where binomials would', () => {
    expect(passAtK(2000, 10, 1000)).toBeCloseTo(1 - 0.5 ** 10, 3);
  });
});

describe('a share with its interval', () => {
  test('lies in it, where rounding is all that tells problems apart too', () => {
    for (const share of [0, 1, 1 / 3, 0.1])
      for (let n = 7; n < 80; n++) {
        const { accuracy, low, high } = shareOf(Array(n).fill(share), 0);
        expect([low <= accuracy, accuracy <= high], `${n} of ${share}`).toEqual([true, true]);
      }
  });

  test('of problems that were tried once is Wilson’s: it has a width even where all were solved', () => {
    const { accuracy, low, high } = shareOf(Array(20).fill(1), 0);
    expect([accuracy, high]).toEqual([1, 1]);
    expect(low).toBeCloseTo(0.839, 3);
  });

  test('holds the truth in nineteen of twenty experiments where each problem was tried several times', () => {
    const held = Array.from({ length: 200 }, (_, seed) => {
      const random = uniformGenerator(seed);
      const solved = Array.from({ length: 80 }, () => {
        const chance = random();
        return [random(), random(), random(), random()].filter((at) => at < chance).length / 4;
      });
      const { low, high } = shareOf(solved, 1000 + seed);
      return low <= 0.5 && 0.5 <= high;
    });
    expect(held.filter(Boolean).length).toBeGreaterThan(180);
    expect(held.filter(Boolean).length).toBeLessThan(199);
  });
});

const candidate = (answer: string, score: number, confidence = -1): PoolCandidate => ({
  answer,
  right: Number(answer) === 7,
  tokens: 10,
  confidence,
  score,
});

describe('choosing among the first of a pool', () => {
  const pool = [candidate('7', 0.2), candidate('5', 0.9), candidate('7.0', 0.3), candidate('7', 0.1)];

  test('a vote takes what most say, however it is written; the best is the one with the highest score', () => {
    expect(chosenOf('self-consistency', pool, 4)).toEqual({ solved: 1, tokens: 40 });
    expect(chosenOf('best-of-n', pool, 4)).toEqual({ solved: 0, tokens: 40 });
    // 0.2 + 0.3 + 0.1 < 0.9
    expect(chosenOf('weighted-best-of-n', pool, 4).solved).toBe(0);
    expect(chosenOf('weighted-best-of-n', [...pool, candidate('7', 0.5)], 5).solved).toBe(1);
  });

  test('a pool holds several tries of a small budget, and each counts', () => {
    expect(chosenOf('best-of-n', pool, 2)).toEqual({ solved: 0.5, tokens: 20 });
    expect(chosenOf('best-of-n', [candidate('7', 0.9), ...pool.slice(1)], 2)).toEqual({ solved: 1, tokens: 20 });
    expect(chosenOf('self-consistency', pool, 1).solved).toBe(0.75);
    expect(anyOf(pool, 1)).toEqual({ solved: 0.75, tokens: 10 });
  });

  test('an answer that was not given has no vote', () => {
    const silent = [candidate('', 0.5), candidate('', 0.5), candidate('7', 0.1)];
    expect(chosenOf('self-consistency', silent, 3).solved).toBe(1);
    expect(chosenOf('self-consistency', silent.slice(0, 2), 2).solved).toBe(0);
  });

  test('confident candidates weigh more', () => {
    const unsure = [candidate('5', 0.5, -3), candidate('5', 0.5, -3), candidate('7', 0.5, -0.1)];
    expect(chosenOf('self-consistency', unsure, 3).solved).toBe(0);
    expect(chosenOf('cisc', unsure, 3).solved).toBe(1);
  });
});
