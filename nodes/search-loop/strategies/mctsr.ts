import { attempt, refined } from '../refining.ts';
import type { Strategy } from '../search.ts';
import { type Search, searching } from '../searching.ts';
import type { TreeNode } from '../tree.ts';
import { best } from '../votes.ts';

/** Keeps the quotient of UCT finite (Zhang et al. 2024, equation 4). */
const EPSILON = 1e-6;

/**
 * Monte-Carlo tree self-refine, MCTSr (Zhang et al. 2024, Accessing GPT-4 level Mathematical Olympiad Solutions via Monte Carlo
 * Tree Self-refine, section 3): the nodes are whole answers, a child is a refined one. Selection by
 * UCT(a) = Q(a) + c·√((ln N(father) + 1) / (N(a) + ε)) among those that may be refined further: with fewer than
 * `width` children, or none of them better. Backpropagation: Q′(a) = ½·(Q(a) + max Q(child)). The reward is the
 * verifier's score instead of the model's own opinion.
 */
export const mctsr: Strategy = (context) =>
  searching(context, async (search) => {
    const answers: Answer[] = [];
    await add(search, answers, undefined, await attempt(search));
    while (search.room > 0 && !search.over) {
      const father = selected(answers, context.settings);
      const added = father && (await add(search, answers, father, await refined(search, father.solution)));
      if (!added) break;
    }
    return { chosen: best(search.solutions) };
  });

/** An answer in the tree of answers. */
export interface Answer {
  readonly solution: TreeNode;
  readonly father?: Answer;
  readonly children: Answer[];
  q: number;
  visits: number;
}

async function add(
  search: Search,
  answers: Answer[],
  father: Answer | undefined,
  solution: TreeNode | undefined,
): Promise<boolean> {
  if (!solution) return false;
  await search.judge([solution]);
  const answer: Answer = { solution, ...(father && { father }), children: [], q: solution.score ?? 0, visits: 1 };
  search.weigh(solution, 1, answer.q);
  father?.children.push(answer);
  answers.push(answer);
  for (let above = father; above; above = above.father) {
    above.q = (above.q + Math.max(...above.children.map(({ q }) => q))) / 2;
    above.visits++;
    search.weigh(above.solution, above.visits, above.q);
  }
  return true;
}

/** The answer to refine next; nothing where none may be refined further. */
export function selected(
  answers: readonly Answer[],
  { exploration, width }: { readonly exploration: number; readonly width: number },
): Answer | undefined {
  const open = answers.filter(({ children, q }) => children.length < width || !children.some((child) => child.q > q));
  const uct = ({ q, visits, father }: Answer) =>
    q + exploration * Math.sqrt((Math.log(father?.visits ?? visits) + 1) / (visits + EPSILON));
  return open.reduce<Answer | undefined>(
    (leader, each) => (leader && uct(leader) >= uct(each) ? leader : each),
    undefined,
  );
}
