import type { TextTokenizer } from '../../generation/tokenizer.ts';
import { shuffled } from '../data/chance.ts';
import { idOf } from '../data/tokens.ts';
import type { Random } from '../data/world.ts';
import { type Rollout, type Solution, stepLabel } from '../rollouts.ts';
import { HIDDEN, OPENING } from '../turns.ts';

const [USER, ASSISTANT, END] = [idOf('<user>'), idOf('<assistant>'), idOf('<end>')];

/** Most solutions in a row. */
export const SLOTS = 12;

/** A problem as its solver was asked it, and solutions of it, none of which sees another. */
export interface SolutionRow {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  readonly turns: Int32Array;
  readonly problem: Rollout;
  /** Tokens of the question with what frames it: the last of them is where nothing is written yet. */
  readonly opening: number;
  readonly spans: readonly SolutionSpan[];
}

interface SolutionSpan {
  readonly solution: Solution;
  /** Where its first token stands in the row. */
  readonly from: number;
  /** How often the solver wrote just this. */
  readonly times: number;
}

/** As many different solutions, in random order, as fit whole into `length` tokens; the rest is padding. */
export function packedSolutions(
  tokenizer: TextTokenizer,
  problem: Rollout,
  length: number,
  random: Random,
): SolutionRow {
  const ids = new Int32Array(length);
  const positions = new Int32Array(length);
  const turns = new Int32Array(length).fill(HIDDEN);
  const begin = [USER, ...tokenizer.encode(problem.question), ASSISTANT].slice(0, length);
  ids.set(begin);
  turns.fill(OPENING, 0, begin.length);
  for (let i = 0; i < begin.length; i++) positions[i] = i;
  const spans: SolutionSpan[] = [];
  let at = begin.length;
  for (const { solution, times } of shuffled(random, distinct(problem.solutions))) {
    const end = at + solution.ids.length;
    if (end > length || spans.length === SLOTS) break;
    ids.set(solution.ids, at);
    turns.fill(spans.length + 1, at, end);
    for (let i = at; i < end; i++) positions[i] = begin.length + i - at;
    spans.push({ solution, from: at, times });
    at = end;
  }
  return { ids, positions, turns, problem, opening: begin.length, spans };
}

function distinct(solutions: readonly Solution[]): { readonly solution: Solution; readonly times: number }[] {
  const found = new Map<string, { solution: Solution; times: number }>();
  for (const solution of solutions) {
    const same = found.get(`${solution.ids}`);
    if (same) same.times += 1;
    else found.set(`${solution.ids}`, { solution, times: 1 });
  }
  return [...found.values()];
}

/** What is to be said at a token of a row, and how much it counts. */
export interface Labelled {
  readonly at: number;
  readonly label: number;
  readonly weight: number;
}

/** The chance that the answer is right, after the last token of each solution. */
export function outcomeLabels({ spans }: SolutionRow): Labelled[] {
  const labels = spans.map(({ solution: { ids, right }, from, times }) => {
    return { at: from + ids.length - 1, label: Number(right), weight: times };
  });
  return balanced(labels, ({ label }) => label);
}

/** Classes 0 to 2 of each step, after its newline, and of the answer, which nothing goes on from: right or wrong. */
export function processLabels({ spans }: SolutionRow): Labelled[] {
  const classOf = (share: number) => stepLabel(share) + 1;
  return balanced(
    spans.flatMap((span) => steps(span, classOf)),
    ({ label }) => label,
  );
}

/**
 * The chance that a prover succeeds from each step on, and from the question: the best of `k` solutions of the solver's own
 * (Setlur et al. 2024, section 4), so `1 - (1 - q)ᵏ` where it succeeds with `q` itself. What a step adds to it is its progress.
 */
export function progressLabels({ problem, opening, spans }: SolutionRow, k: number): Labelled[] {
  const prover = (share: number) => 1 - (1 - share) ** k;
  const { solutions } = problem;
  const solved = solutions.filter(({ right }) => right).length / solutions.length;
  const start = { at: opening - 1, label: prover(solved), weight: 1 };
  const after = spans.flatMap((span) => steps(span, prover));
  return [start, ...balanced(after, ({ label }) => Math.round(label))];
}

/**
 * Labels of each class count alike within a problem: else what is learned first is which problems are easy, and that tells
 * no solution of a problem from another.
 */
export function balanced<L extends { readonly weight: number }>(
  labels: readonly L[],
  classOf: (label: L) => number,
): L[] {
  const totals = new Map<number, number>();
  for (const label of labels) totals.set(classOf(label), (totals.get(classOf(label)) ?? 0) + label.weight);
  return labels.map((label) => ({ ...label, weight: label.weight / (totals.get(classOf(label)) as number) }));
}

function steps({ solution, from, times }: SolutionSpan, labelOf: (share: number) => number): Labelled[] {
  const { ids, stepEnds, shares, right } = solution;
  const labels = stepEnds.flatMap((end, i) => {
    const share = shares[i];
    return share === undefined ? [] : [{ at: from + end - 1, label: labelOf(share), weight: times }];
  });
  if (ids.at(-1) === END) labels.push({ at: from + ids.length - 1, label: labelOf(Number(right)), weight: times });
  return labels;
}
