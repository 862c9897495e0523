import type { Strategy } from '../search.ts';
import { type Search, searching } from '../searching.ts';
import type { TreeNode } from '../tree.ts';
import { climbed } from './mcts.ts';

/**
 * SC-MCTS* (Gao et al. 2024, Interpretable Contrastive Monte Carlo Tree Search Reasoning, section 4): tree search whose reward
 * needs no trained verifier. It adds, each as multiples of its spread over all steps so far, how differently the generator
 * and a weaker model see the step, how likely the step is, and what the verifier thinks of it, where one that judges steps
 * is wired in. The
 * article's contrast is the Jensen–Shannon divergence of the two models' distributions; here it is the mean of
 * log p_generator − log p_amateur over the step's tokens, which estimates the Kullback–Leibler divergence from the tokens
 * sampled. For its speculative decoding, wire a speculative generator in. Steps are not played to their end.
 */
export const contrastiveMcts: Strategy = (context) =>
  searching(context, (search) => {
    const spreads = [new Spread(), new Spread(), new Spread()];
    return climbed(search, async (fresh) => {
      const parts = await rewardParts(search, fresh);
      for (const part of parts) for (const [index, value] of (part ?? []).entries()) spreads[index]?.add(value);
      return parts.map(
        (part) => part && squashed(part.map((value, index) => spreads[index]?.standardised(value) ?? 0)),
      );
    });
  });

/** Contrast, log-likelihood and verifier's score of each step; undefined for one that was stopped. */
async function rewardParts(search: Search, fresh: readonly TreeNode[]): Promise<(readonly number[] | undefined)[]> {
  const { amateur, question, signal, verifier } = search.context;
  if (!amateur) throw new Error('the contrastive search needs a weaker model to compare with');
  const judging = verifier?.judges === 'process';
  if (judging) await search.judge(fresh);
  if (signal.aborted) return fresh.map(() => undefined);
  const seen = await amateur(
    question,
    fresh.map(({ branch }) => branch),
    signal,
  ).catch((error: unknown) => {
    if (signal.aborted) return [];
    throw error;
  });
  return fresh.map((node, index) => {
    const before = node.parent?.branch.ids.length ?? 0;
    const own = node.branch.logProbs.slice(before);
    const others = seen[index]?.slice(before) ?? [];
    if (own.length === 0 || others.length === 0 || (node.ended && !node.whole)) return undefined;
    const likelihood = mean(own);
    const contrast = likelihood - mean(others);
    return judging ? [contrast, likelihood, node.score ?? 0] : [contrast, likelihood];
  });
}

/** The mean of standardised rewards, in 0 … 1 by the logistic function, as UCB expects. */
function squashed(rewards: readonly number[]): number {
  return 1 / (1 + Math.exp(-mean(rewards)));
}

const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);

/** Mean and deviation of all values so far (Welford 1962). */
class Spread {
  private count = 0;
  private mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count++;
    const off = value - this.mean;
    this.mean += off / this.count;
    this.squares += off * (value - this.mean);
  }

  standardised(value: number): number {
    const deviation = Math.sqrt(this.squares / Math.max(1, this.count));
    return deviation > 0 ? (value - this.mean) / deviation : 0;
  }
}
