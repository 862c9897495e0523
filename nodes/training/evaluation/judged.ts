import type { CardOf } from '../../models/card.ts';
import { answerIn } from '../../verifier/solution.ts';
import type { Rollout } from '../rollouts.ts';
import { scoreOf } from './score.ts';

type Evaluation = CardOf<'verifier'>['evaluation'][number];
/** What a verifier's scores are worth; fields as in a card. */
export type Judged = Omit<Extract<Evaluation, { brier: number }>, 'data' | 'split'>;

/** Parts of 0 … 1 that a reliability plot has. */
const BINS = 10;

/**
 * Holds scores against what was right. `scores` are those of each problem's solutions, in order; best-of-n takes the first n
 * of them, of equal scores the first.
 */
export function judgedBy(problems: readonly Rollout[], scores: readonly (readonly number[])[]): Judged {
  const all = problems.flatMap(({ solutions }, i) =>
    solutions.map(({ right }, k) => ({ right: Number(right), score: scores[i]?.[k] ?? 0 })),
  );
  const toldApart = all.filter(({ right, score }) => score > 0.5 === (right === 1)).length;
  return {
    problems: problems.length,
    ...scoreOf(toldApart, all.length),
    brier: mean(all.map(({ right, score }) => (score - right) ** 2)),
    bins: reliability(all),
    bestOf: sizesUpTo(Math.min(...problems.map(({ solutions }) => solutions.length))).map((of) => ({
      of,
      verifier: share(problems, ({ solutions }, i) => solutions[best(scores[i]?.slice(0, of) ?? [])]?.right ?? false),
      majority: share(problems, ({ answer, solutions }) => voted(solutions.slice(0, of)) === answer),
      any: share(problems, ({ solutions }) => solutions.slice(0, of).some(({ right }) => right)),
    })),
  };
}

function share(problems: readonly Rollout[], right: (problem: Rollout, index: number) => boolean) {
  return scoreOf(problems.filter(right).length, problems.length);
}

/** Empty parts are left out. */
function reliability(all: readonly { readonly right: number; readonly score: number }[]): Judged['bins'] {
  const binOf = ({ score }: { readonly score: number }) => Math.min(BINS - 1, Math.floor(score * BINS));
  return Array.from({ length: BINS }, (_, bin) => all.filter((one) => binOf(one) === bin)).flatMap((held, bin) =>
    held.length === 0
      ? []
      : {
          ...{ from: bin / BINS, to: (bin + 1) / BINS, n: held.length },
          score: mean(held.map(({ score }) => score)),
          right: mean(held.map(({ right }) => right)),
        },
  );
}

/** 1, 2, 4 … */
function sizesUpTo(most: number): number[] {
  return Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i);
}

const best = (scores: readonly number[]) => scores.indexOf(Math.max(...scores));

/** The answer that most give, of those as many the one that came first; solutions without an answer do not vote. */
function voted(solutions: Rollout['solutions']): string | undefined {
  const votes = new Map<string, number>();
  for (const { text } of solutions) {
    const answer = answerIn(text);
    if (answer !== '') votes.set(answer, (votes.get(answer) ?? 0) + 1);
  }
  const most = Math.max(...votes.values());
  return [...votes].find(([, count]) => count === most)?.[0];
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
