import type { Search } from './searching.ts';
import type { TreeNode } from './tree.ts';
import { criticism, NOTHING_WRONG, revision } from './words.ts';

/** From here on a process verifier holds a step right. */
const DOUBTED_BELOW = 0.5;

/** A first attempt, step by step, so that it can be gone back in. */
export function attempt(search: Search): Promise<TreeNode | undefined> {
  return stepByStep(search, search.root);
}

/**
 * A better attempt than this one; nothing where there is nothing to better. With a process verifier: all up to the first
 * step that it doubts stays, and the rest is written anew. Without: the model says in words what is wrong, and is asked
 * again with that (Madaan et al. 2023), which needs a model that follows instructions.
 */
export async function refined(search: Search, before: TreeNode): Promise<TreeNode | undefined> {
  if (search.context.verifier?.judges === 'process') return stepByStep(search, lastTrusted(before));
  const { question } = search.context;
  const text = before.branch.text;
  const feedback = await search.write(await search.ask(criticism(question, text), before));
  if (!feedback || feedback.text.includes(NOTHING_WRONG)) return undefined;
  const [better] = await search.finish([await search.ask(revision(question, text, feedback.text), feedback)], 1);
  return better?.whole ? better : undefined;
}

/** The node before the first step that is doubted; where none is, before the step that is doubted most. */
function lastTrusted(solution: TreeNode): TreeNode {
  const path: TreeNode[] = [];
  for (let node: TreeNode | undefined = solution; node?.parent; node = node.parent) path.unshift(node);
  const scores = path.map((node) => stepScore(solution, node));
  const doubted = scores.findIndex((score) => score < DOUBTED_BELOW);
  const at = doubted >= 0 ? doubted : scores.indexOf(Math.min(...scores));
  return path[at]?.parent ?? solution.parent ?? solution;
}

/** What the verifier thinks of the step that ends here: it has a score after each line, and after the answer. */
function stepScore({ verdict, score }: TreeNode, { whole, text, branch }: TreeNode): number {
  if (whole) return verdict?.steps?.at(-1) ?? score ?? 0;
  if (!text.includes('\n')) return 1;
  return verdict?.steps?.[branch.text.split('\n').length - 2] ?? score ?? 0;
}

async function stepByStep(search: Search, from: TreeNode): Promise<TreeNode | undefined> {
  let node = from;
  while (!node.ended) {
    const [further] = await search.step([node], 1);
    if (!further) return undefined;
    node = further;
  }
  return node.whole ? node : undefined;
}
