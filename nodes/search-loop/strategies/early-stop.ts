import { answerKey } from '../answers.ts';
import type { Strategy } from '../search.ts';
import { type Search, searching } from '../searching.ts';
import type { TreeNode } from '../tree.ts';
import { surelyAhead, tally } from '../votes.ts';

/** Solutions that are sampled as one batch between two looks at the votes. */
const ROUND = 4;

/** From this quality on a solution counts. */
const SUFFICIENT = 0.5;

/**
 * Reasoning-aware self-consistency, RASC (Wan et al. 2025, Reasoning Aware Self-Consistency, section 3): samples a few
 * solutions at a time, judges each by features of its reasoning, lets only sufficient ones vote with that as their weight,
 * and stops early. The article learns the weights of its features from labelled data and stops at a number of sufficient
 * solutions; here each feature counts alike, and it stops once the leading answer is ahead for good with the probability
 * `enough` (see `surelyAhead`).
 */
export const reasoningAware: Strategy = (context) =>
  searching(context, async (search) => {
    for (;;) {
      const made = await search.sample(Math.min(ROUND, search.room));
      const { votes, chosen } = weighed(search);
      const lead = surelyAhead(votes[0]?.weight ?? 0, votes[1]?.weight ?? 0);
      if (made.length === 0 || search.room === 0 || search.over || lead >= context.settings.enough)
        return { votes, chosen };
    }
  });

function weighed({ solutions }: Search) {
  const qualities = solutions.map((each, index) => quality(each, solutions.slice(0, index)));
  const sufficient = solutions.filter((_, index) => (qualities[index] ?? 0) >= SUFFICIENT);
  const of = new Map(solutions.map((each, index) => [each, qualities[index] ?? 0]));
  return tally(sufficient.length > 0 ? sufficient : solutions, (each) => of.get(each) ?? 0);
}

/**
 * The share of these that hold: it came to its end with an answer; the answer is what its last step came to; an earlier
 * solution has the same answer; it is at most half as long again as those before; it is at least as sure as those before.
 */
export function quality(solution: TreeNode, before: readonly TreeNode[]): number {
  const { text, finish, ids } = solution.branch;
  const answer = answerKey(solution.answer);
  const steps = text.split('</think>')[0]?.trim().split('\n') ?? [];
  const lastWord = steps.at(-1)?.trim().split(/\s+/).at(-1) ?? '';
  const mean = (read: (each: TreeNode) => number) =>
    before.reduce((sum, each) => sum + read(each), 0) / Math.max(1, before.length);
  const holds = [
    finish === 'stop' && answer !== '',
    answer !== '' && answerKey(lastWord) === answer,
    before.length === 0 || before.some((each) => answerKey(each.answer) === answer),
    before.length === 0 || ids.length <= 1.5 * mean(({ branch }) => branch.ids.length),
    before.length === 0 || solution.confidence >= mean((each) => each.confidence),
  ];
  return holds.filter(Boolean).length / holds.length;
}
