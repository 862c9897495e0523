import { answerKey } from './answers.ts';
import type { Vote } from './search.ts';

/** What is chosen by: a node of a tree, or a candidate that was kept. */
export interface Solution {
  /** Empty where it gives none. */
  readonly answer: string;
  /** The verifier's. */
  readonly score?: number | undefined;
  /** Mean log-probability of its tokens, in nats. */
  readonly confidence: number;
}

export interface Tally<S> {
  readonly votes: readonly Vote[];
  /** The best solution of the heaviest answer; the best of all where nobody answers. */
  readonly chosen?: S;
}

/**
 * Weighs answers: solutions with the same answer vote together; one without an answer has no vote. Among equals the
 * answer that came first leads.
 */
export function tally<S extends Solution>(
  solutions: readonly S[],
  weight: (solution: S, index: number) => number,
): Tally<S> {
  const groups = new Map<string, { answer: string; weight: number; solutions: S[] }>();
  solutions.forEach((solution, index) => {
    const { answer } = solution;
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

/** Each solution has one vote. */
export const byMajority = <S extends Solution>(solutions: readonly S[]) => tally(solutions, () => 1);

/** Each has the verifier's score as its vote. */
export const byScore = <S extends Solution>(solutions: readonly S[]) => tally(solutions, ({ score }) => score ?? 0);

/** Each has its share of a softmax of confidences as its vote. */
export function byConfidence<S extends Solution>(solutions: readonly S[]): Tally<S> {
  const weights = softmaxWeights(solutions.map(({ confidence }) => confidence));
  return tally(solutions, (_, index) => weights[index] ?? 0);
}

/** Softmax of the values, as multiples of their standard deviation; equal weights where they do not differ. */
export function softmaxWeights(values: readonly number[]): number[] {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length);
  const weights = values.map((each) => (spread > 0 ? Math.exp((each - mean) / spread) : 1));
  const total = weights.reduce((sum, each) => sum + each, 0);
  return weights.map((each) => each / total);
}

/** The one with the highest score, without scores the most confident one; of equals the first. */
export function best<S extends Solution>(solutions: readonly S[]): S | undefined {
  return solutions.reduce<S | undefined>(
    (leader, each) => (leader && !better(each, leader) ? leader : each),
    undefined,
  );
}

function better(a: Solution, b: Solution): boolean {
  if (a.score !== undefined || b.score !== undefined) return (a.score ?? -1) > (b.score ?? -1);
  return a.confidence > b.confidence;
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
