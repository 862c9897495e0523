import type { Strategy } from '../search.ts';
import { type Search, searching } from '../searching.ts';
import { type TreeNode, UNDRAWN } from '../tree.ts';
import { byScore } from '../votes.ts';

/**
 * Beam search over steps against a process verifier (Snell et al. 2024, Scaling LLM Test-Time Compute Optimally, section 5.1;
 * Yao et al. 2023, Tree of Thoughts, algorithm 2): N first steps; of all beginnings the best N / M are kept, where M is the
 * width, and each goes on M times. The answer is chosen among the solutions as in weighted best-of-N.
 */
export const beam: Strategy = (context) =>
  searching(context, async (search) => {
    await beamed(search, context.budget.candidates);
    return weighed(search);
  });

/**
 * Lookahead search (Snell et al. 2024, section 5.1): beam search in which a beginning is worth what the verifier thinks of it
 * `lookahead` greedy steps later. Those steps are spent, but not kept.
 */
export const lookahead: Strategy = (context) =>
  searching(context, async (search) => {
    await beamed(search, context.budget.candidates, (pool) => foresee(search, pool));
    return weighed(search);
  });

/**
 * A beam of `size` beginnings; `judge` gives each its verdict. Every round takes every kept beginning a step further, so it
 * ends.
 */
export async function beamed(
  search: Search,
  size: number,
  judge = (pool: readonly TreeNode[]) => search.judge(pool),
): Promise<void> {
  const kept = Math.max(1, Math.floor(size / search.context.settings.width));
  const each = Math.floor(size / kept);
  let pool = await search.step([search.root], size);
  for (;;) {
    await judge(pool);
    const ranked = bestFirst(pool);
    const beams = ranked.slice(0, kept);
    search.drop(ranked.slice(kept));
    const open = beams.filter(({ ended }) => !ended);
    if (open.length === 0 || search.over) break;
    pool = [...beams.filter(({ ended }) => ended), ...(await search.step(open, each))];
    search.drop(open);
  }
  await search.judge(search.solutions);
}

const weighed = ({ solutions }: Search) => byScore(solutions);

/** Those stopped on their way come last: they will never be solutions. */
function bestFirst(pool: readonly TreeNode[]): TreeNode[] {
  const worth = (node: TreeNode) => (node.ended && !node.whole ? Number.NEGATIVE_INFINITY : (node.score ?? -1));
  return pool.toSorted((a, b) => worth(b) - worth(a));
}

/** Judges each by where it would be a few greedy steps later. */
async function foresee(search: Search, pool: readonly TreeNode[]): Promise<void> {
  const { sampling, settings } = search.context;
  const ahead = new Map<TreeNode, TreeNode>();
  for (let step = 0; step < settings.lookahead; step++) {
    const open = pool.filter((node) => !(ahead.get(node) ?? node).ended);
    const from = open.map((node) => ahead.get(node) ?? node);
    const further = await search.peek(from, { ...sampling, temperature: 0 });
    if (further.length === 0) break;
    search.drop(from.filter((node) => node.id === UNDRAWN));
    open.forEach((node, index) => {
      ahead.set(node, further[index] ?? node);
    });
  }
  await search.judge(pool.map((node) => ahead.get(node) ?? node));
  search.drop([...ahead.values()]);
  for (const [node, { score }] of ahead) if (score !== undefined) search.rate(node, score);
}
