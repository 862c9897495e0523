import type { Strategy } from '../search.ts';
import { type Outcome, type Search, searching } from '../searching.ts';
import type { TreeNode } from '../tree.ts';
import { tally } from '../votes.ts';

/**
 * Monte-Carlo tree search over steps (Kocsis and Szepesvári 2006, Bandit based Monte-Carlo Planning; with a language model: Hao
 * et al. 2023, Reasoning via Planning, section 3.3). Selection by UCB(s, a) = Q(s, a) + c·√(ln N(s) / N(s, a)); expansion
 * by `width` next steps; simulation of each by the rollout policy, as one batch (leaf parallelisation, Chaslot et al.
 * 2008); backpropagation of the verifier's score. One candidate of the budget is one simulation. The answer is chosen
 * among the solutions as in weighted best-of-N.
 */
export const mcts: Strategy = (context) =>
  searching(context, (search) => climbed(search, (fresh) => simulated(search, fresh)));

/** Simulates until the budget is used up. `rewards`: one for each new leaf; undefined where the search was stopped. */
export async function climbed(
  search: Search,
  rewards: (fresh: readonly TreeNode[]) => Promise<readonly (number | undefined)[]>,
): Promise<Outcome> {
  const { budget, settings } = search.context;
  let simulations = 0;
  while (simulations < budget.candidates && !search.over) {
    const leaf = select(search.root, settings.exploration);
    const fresh = leaf.ended
      ? [leaf]
      : await expanded(search, leaf, Math.min(settings.width, budget.candidates - simulations));
    const found = await rewards(fresh);
    fresh.forEach((node, index) => {
      const reward = found[index];
      if (reward !== undefined) search.backpropagate(node, reward);
    });
    if (fresh.length === 0) break;
    simulations += fresh.length;
  }
  if (search.solutions.length === 0)
    await search.finish(
      [mostVisited(search.root)].filter(({ ended }) => !ended),
      1,
    );
  await search.judge(search.solutions);
  return tally(search.solutions, ({ score, mean }) => score ?? mean);
}

/** The leaf that UCB leads to from here. */
export function select(root: TreeNode, exploration: number): TreeNode {
  let node = root;
  for (;;) {
    const [first, ...others] = node.children.filter((child) => !stopped(child));
    if (!first) return node;
    const parent = node;
    node = others.reduce(
      (leader, child) => (ucb(parent, child, exploration) > ucb(parent, leader, exploration) ? child : leader),
      first,
    );
  }
}

/** Q(s, a) + c·√(ln N(s) / N(s, a)); whoever was never visited comes first. */
export function ucb(parent: TreeNode, child: TreeNode, exploration: number): number {
  if (child.visits === 0) return Number.POSITIVE_INFINITY;
  return child.mean + exploration * Math.sqrt(Math.log(parent.visits) / child.visits);
}

const stopped = ({ ended, whole }: TreeNode) => ended && !whole;

/** Next steps of a leaf, those with the same text once. */
async function expanded(search: Search, leaf: TreeNode, count: number): Promise<TreeNode[]> {
  const steps = await search.step([leaf], count);
  const texts = new Set<string>();
  const distinct = steps.filter(({ branch }) => !texts.has(branch.text) && texts.add(branch.text));
  leaf.children.push(...distinct);
  return distinct;
}

/** What each leaf is worth: the score of the solution that it is, or that it is played to; or of its last step. */
async function simulated(search: Search, leaves: readonly TreeNode[]): Promise<(number | undefined)[]> {
  const { settings, sampling } = search.context;
  const open = leaves.filter(({ ended }) => !ended);
  const policy = settings.rollout === 'greedy' ? { ...sampling, temperature: 0 } : sampling;
  const played = settings.rollout === 'verifier' ? open : await search.finish(open, 1, policy);
  const ends = leaves.map((leaf) => (leaf.ended ? leaf : played[open.indexOf(leaf)]));
  await search.judge(ends.flatMap((end) => (end && !stopped(end) ? [end] : [])));
  return ends.map((end) => end?.score);
}

function mostVisited(root: TreeNode): TreeNode {
  let node = root;
  for (;;) {
    const next = node.children.reduce<TreeNode | undefined>(
      (leader, child) => (leader && leader.visits >= child.visits ? leader : child),
      undefined,
    );
    if (!next) return node;
    node = next;
  }
}
