import type { Strategy } from '../search.ts';
import { type Outcome, type Search, searching } from '../searching.ts';
import { byMajority, byScore, surelyAhead } from '../votes.ts';
import { beamed } from './beam.ts';

/** Solutions by which the difficulty of a question is told, and that are sampled between two looks at the votes. */
const PROBES = 4;

/** A question is hard where the leading answer has less than this share of the votes. */
const HARD_BELOW = 0.5;

/**
 * Compute-optimal search (Snell et al. 2024, Scaling LLM Test-Time Compute Optimally, section 3): tells a question's difficulty
 * from its first samples and spends by it. Easy, where the leading answer is ahead for good with the probability `enough`
 * (see `surelyAhead`; votes weigh as the verifier scores them, where there is one): it ends. Middling: samples on until
 * that holds or the budget is used up. Hard, where no answer has half of the votes: beam search, if the verifier judges
 * steps, with what is left of the budget. The article bins difficulty by the verifier's mean score and tunes the strategy of
 * each bin on held-out questions; these rules are fixed.
 */
export const computeOptimal: Strategy = (context) =>
  searching(context, async (search) => {
    const { verifier, settings } = context;
    for (;;) {
      const made = await search.sample(Math.min(PROBES, search.room));
      await search.judge(search.solutions);
      const outcome = weighed(search);
      const [first = 0, second = 0] = shares(outcome);
      const voters = search.solutions.length;
      const settled = surelyAhead(first * voters, second * voters) >= settings.enough;
      if (settled || made.length === 0 || search.room === 0 || search.over) return outcome;
      if (first < HARD_BELOW && verifier?.judges === 'process') {
        await beamed(search, search.room);
        return weighed(search);
      }
    }
  });

function weighed({ context, solutions }: Search): Outcome {
  return context.verifier ? byScore(solutions) : byMajority(solutions);
}

/** Of each answer in all votes, largest first. */
function shares({ votes = [] }: Outcome): number[] {
  const total = votes.reduce((sum, { weight }) => sum + weight, 0);
  return votes.map(({ weight }) => (total > 0 ? weight / total : 0));
}
