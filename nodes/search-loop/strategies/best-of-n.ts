import type { Strategy } from '../search.ts';
import { searching } from '../searching.ts';
import { best, byScore } from '../votes.ts';

/**
 * Best-of-N (Cobbe et al. 2021, Training Verifiers to Solve Math Word Problems, section 4.2): samples N solutions and takes
 * the one that the verifier scores highest.
 */
export const bestOfN: Strategy = (context) =>
  searching(context, async (search) => {
    await search.sample(search.room);
    await search.judge(search.solutions);
    return { chosen: best(search.solutions) };
  });

/**
 * Weighted best-of-N (Li et al. 2023, Making Language Models Better Reasoners with Step-Aware Verifier, equation 1): solutions
 * with the same answer add their scores, a = argmax Σ 1[aᵢ = a] · scoreᵢ.
 */
export const weightedBestOfN: Strategy = (context) =>
  searching(context, async (search) => {
    await search.sample(search.room);
    await search.judge(search.solutions);
    return byScore(search.solutions);
  });
