import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';

/** A statistic of paired differences, with its interval. */
export interface Estimate {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

export const RESAMPLES = 2_000;
/** Share of the resamples that an interval holds. */
export const LEVEL = 0.95;

/** Of values in ascending order, each taken so many `times`; these sum to the number of values. */
export type Statistic = (sorted: Float64Array, times: Uint32Array) => number;

export const mean: Statistic = (sorted, times) =>
  sorted.reduce((sum, value, i) => sum + value * (times[i] as number), 0) / sorted.length;

export const median: Statistic = (sorted, times) => {
  const { length } = sorted;
  const valueAt = (rank: number) => {
    let i = 0;
    for (let passed = times[0] as number; passed <= rank; passed += times[i] as number) i++;
    return sorted[i] as number;
  };
  return (valueAt((length - 1) >> 1) + valueAt(length >> 1)) / 2;
};

/**
 * The statistic of differences within pairs, at least one, with its percentile interval over resamples of the pairs
 * (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13). The same for the same seed.
 */
export function pairedBootstrap(
  differences: readonly number[],
  statistic: Statistic,
  seed: number,
  level = LEVEL,
): Estimate {
  const random = uniformGenerator(seed);
  const sorted = Float64Array.from(differences).sort();
  // How often each was drawn: no resample need be sorted.
  const times = new Uint32Array(sorted.length);
  const estimates = Float64Array.from({ length: RESAMPLES }, () => {
    times.fill(0);
    for (let drawn = 0; drawn < times.length; drawn++) {
      const i = Math.floor(random() * times.length);
      times[i] = (times[i] as number) + 1;
    }
    return statistic(sorted, times);
  }).sort();
  const beyond = (1 - level) / 2;
  return {
    difference: statistic(sorted, times.fill(1)),
    low: estimates[Math.floor(beyond * RESAMPLES)] as number,
    high: estimates[Math.ceil((1 - beyond) * RESAMPLES) - 1] as number,
  };
}

/**
 * Fewest pairs that can tell a difference: five of one sign come by chance in more than one of twenty cases (sign test,
 * 2 · 0.5⁵), and then no interval from them is to be believed.
 */
const FEWEST_PAIRS = 6;

/** Whether there is a difference to speak of. */
export function differs({ low, high }: Estimate, pairs: number): boolean {
  return pairs >= FEWEST_PAIRS && (low > 0 || high < 0);
}
