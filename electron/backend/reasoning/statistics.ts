import { scoreOf } from '../../../nodes/training/evaluation/score.ts';
import { mean, pairedBootstrap } from '../comparison/bootstrap.ts';

/**
 * The chance that one of `k` candidates is right, where `right` of `n` were: the unbiased estimator of pass@k, 1 − C(n − c, k)
 * / C(n, k) (Chen et al. 2021, "Evaluating Large Language Models Trained on Code", equation 1), multiplied out so that
 * nothing overflows. `k` is at most `n`.
 */
export function passAtK(n: number, right: number, k: number): number {
  if (n - right < k) return 1;
  let none = 1;
  for (let i = n - right + 1; i <= n; i++) none *= 1 - k / i;
  return 1 - none;
}

export interface Share {
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The mean over problems of how often each was solved, 0 … 1, with its 95 % interval: Wilson's where each was tried once, a
 * percentile bootstrap over the problems where several tries tell more of each.
 */
export function shareOf(solved: readonly number[], seed: number): Share {
  const once = solved.every((share) => share === 0 || share === 1);
  if (once) return holding(scoreOf(solved.filter((share) => share === 1).length, solved.length));
  const { difference, low, high } = pairedBootstrap(solved, mean, seed);
  return holding({ accuracy: difference, low, high });
}

/** Where all problems are alike, rounding alone may put the bounds a digit of the last place beyond what they hold. */
const holding = ({ accuracy, low, high }: Share): Share => ({
  accuracy,
  low: Math.min(low, accuracy),
  high: Math.max(high, accuracy),
});
