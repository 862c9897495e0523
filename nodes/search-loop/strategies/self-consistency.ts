import type { Strategy } from '../search.ts';
import { searching } from '../searching.ts';
import { byConfidence, byMajority } from '../votes.ts';

/**
 * Self-consistency (Wang et al. 2023, Self-Consistency Improves Chain of Thought Reasoning, section 2): samples solutions and
 * takes the answer that most of them come to, a = argmax Σ 1[aᵢ = a].
 */
export const selfConsistency: Strategy = (context) =>
  searching(context, async (search) => {
    await search.sample(search.room);
    return byMajority(search.solutions);
  });

/**
 * Confidence-informed self-consistency, CISC (Taubenfeld et al. 2025, Confidence Improves Self-Consistency in LLMs, section
 * 2): votes weigh exp(cᵢ / T) / Σ exp(cⱼ / T). The confidence cᵢ is the length-normalised log-probability of the
 * solution. The article tunes T on held-out data; here T is the spread of the confidences themselves.
 */
export const confidenceWeighted: Strategy = (context) =>
  searching(context, async (search) => {
    await search.sample(search.room);
    return byConfidence(search.solutions);
  });
