import type { Timing } from './events.ts';

/** Times of one node, in milliseconds: `runs` in order, the first cold, without the `loadMs` it may have caused. */
export function timing(loadMs: number, runs: readonly number[]): Timing {
  const [first, ...repeats] = runs;
  return {
    ...(loadMs > 0 && { load: loadMs }),
    first,
    ...(repeats.length > 0 && {
      warm: quantile(repeats, 0.5),
      spread: quantile(repeats, 0.75) - quantile(repeats, 0.25),
    }),
  };
}

/** Linear interpolation between the closest ranks. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
