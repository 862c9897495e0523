import { answerKey, answerOf } from './answers.ts';
import type { Vote } from './search.ts';
import type { TreeNode } from './tree.ts';

export interface Tally {
  readonly votes: readonly Vote[];
  /** The best solution of the heaviest answer; the best of all where nobody answers. */
  readonly chosen?: TreeNode;
}

/**
 * Weighs answers: solutions with the same answer vote together; one without an answer has no vote. Among equals the
 * answer that came first leads.
 */
export function tally(solutions: readonly TreeNode[], weight: (solution: TreeNode, index: number) => number): Tally {
  const groups = new Map<string, { answer: string; weight: number; solutions: TreeNode[] }>();
  solutions.forEach((solution, index) => {
    const answer = answerOf(solution.branch.text);
    if (answer === '') return;
    const key = answerKey(answer);
    const group = groups.get(key) ?? { answer, weight: 0, solutions: [] };
    group.weight += weight(solution, index);
    group.solutions.push(solution);
    groups.set(key, group);
  });
  const ranked = [...groups.values()].sort((a, b) => b.weight - a.weight);
  return {
    votes: ranked.map((group) => ({ answer: group.answer, weight: group.weight, count: group.solutions.length })),
    chosen: best(ranked[0]?.solutions ?? solutions),
  };
}

/** The one with the highest score, without scores the most confident one; of equals the first. */
export function best(solutions: readonly TreeNode[]): TreeNode | undefined {
  return solutions.reduce<TreeNode | undefined>(
    (leader, each) => (leader && !better(each, leader) ? leader : each),
    undefined,
  );
}

function better(a: TreeNode, b: TreeNode): boolean {
  const [left, right] = [a.score, b.score];
  if (left !== undefined || right !== undefined) return (left ?? -1) > (right ?? -1);
  return confidence(a) > confidence(b);
}

/** Mean log-probability of a solution's tokens, in nats. */
export function confidence({ branch: { logProbs } }: TreeNode): number {
  return logProbs.length === 0
    ? Number.NEGATIVE_INFINITY
    : logProbs.reduce((sum, each) => sum + each, 0) / logProbs.length;
}

/**
 * The probability that the leader would lead for ever, had it `first` votes against `second` of the next: the share of
 * Beta(first + 1, second + 1) above one half (Aggarwal et al. 2023, Let's Sample Step by Step, section 3).
 */
export function surelyAhead(first: number, second: number): number {
  const density = (p: number) => p ** first * (1 - p) ** second;
  const above = integral(density, 0.5, 1);
  const all = above + integral(density, 0, 0.5);
  return all === 0 ? 0.5 : above / all;
}

/** Simpson's rule. */
function integral(density: (p: number) => number, from: number, to: number): number {
  const strips = 256;
  const width = (to - from) / strips;
  let sum = density(from) + density(to);
  for (let i = 1; i < strips; i++) sum += (i % 2 === 1 ? 4 : 2) * density(from + i * width);
  return (sum * width) / 3;
}
