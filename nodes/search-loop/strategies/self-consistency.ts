import type { Strategy } from '../search.ts';
import { searching } from '../searching.ts';
import { confidence, tally } from '../votes.ts';

/**
 * Self-consistency (Wang et al. 2023, Self-Consistency Improves Chain of Thought Reasoning, section 2): samples solutions and
 * takes the answer that most of them come to, a = argmax Σ 1[aᵢ = a].
 */
export const selfConsistency: Strategy = (context) =>
  searching(context, async (search) => {
    await search.sample(search.room);
    return tally(search.solutions, () => 1);
  });

/**
 * Confidence-informed self-consistency, CISC (Taubenfeld et al. 2025, Confidence Improves Self-Consistency in LLMs, section
 * 2): votes weigh exp(cᵢ / T) / Σ exp(cⱼ / T). The confidence cᵢ is the length-normalised log-probability of the
 * solution. The article tunes T on held-out data; here T is the spread of the confidences themselves.
 */
export const confidenceWeighted: Strategy = (context) =>
  searching(context, async (search) => {
    await search.sample(search.room);
    const weights = softmaxWeights(search.solutions.map(confidence));
    return tally(search.solutions, (_, index) => weights[index] ?? 0);
  });

/** Softmax of the values, as multiples of their standard deviation; equal weights where they do not differ. */
export function softmaxWeights(values: readonly number[]): number[] {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length);
  const weights = values.map((each) => (spread > 0 ? Math.exp((each - mean) / spread) : 1));
  const total = weights.reduce((sum, each) => sum + each, 0);
  return weights.map((each) => each / total);
}
