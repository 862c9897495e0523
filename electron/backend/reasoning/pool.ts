import { answerKey } from '../../../nodes/search-loop/answers.ts';
import type { StrategyName } from '../../../nodes/search-loop/kinds.ts';
import { softmaxWeights } from '../../../nodes/search-loop/strategies/self-consistency.ts';
import type { PoolCandidate } from './cells.ts';
import { passAtK } from './statistics.ts';

type Choice = (candidates: readonly PoolCandidate[]) => PoolCandidate | undefined;

/** Strategies that sample all their candidates before they look at any, and how each of them chooses. */
const CHOICES: Partial<Readonly<Record<string, Choice>>> = {
  'self-consistency': (candidates) => voted(candidates, () => 1),
  cisc: (candidates) => {
    const weights = softmaxWeights(candidates.map(({ confidence }) => confidence));
    return voted(candidates, (_, index) => weights[index] ?? 0);
  },
  'best-of-n': best,
  'weighted-best-of-n': (candidates) => voted(candidates, ({ score }) => score ?? 0),
} satisfies Partial<Record<StrategyName, Choice>>;

export const isPooled = (strategy: string): boolean => Object.hasOwn(CHOICES, strategy);

/** The best of the heaviest answer; among equals the answer that came first leads. */
function voted(
  candidates: readonly PoolCandidate[],
  weight: (candidate: PoolCandidate, index: number) => number,
): PoolCandidate | undefined {
  const groups = new Map<string, { weight: number; members: PoolCandidate[] }>();
  for (const [index, candidate] of candidates.entries()) {
    if (candidate.answer === '') continue;
    const key = answerKey(candidate.answer);
    const group = groups.get(key) ?? { weight: 0, members: [] };
    group.weight += weight(candidate, index);
    group.members.push(candidate);
    groups.set(key, group);
  }
  const [first, ...others] = groups.values();
  const heaviest = others.reduce((leader, group) => (group.weight > (leader?.weight ?? 0) ? group : leader), first);
  return best(heaviest?.members ?? candidates);
}

function best(candidates: readonly PoolCandidate[]): PoolCandidate | undefined {
  const worth = ({ score, confidence }: PoolCandidate) => score ?? confidence;
  const [first, ...others] = candidates;
  return others.reduce((leader, each) => (leader && worth(each) > worth(leader) ? each : leader), first);
}

/** What a strategy came to on one problem. */
export interface Outcome {
  /** Share of its tries that solved it. */
  readonly solved: number;
  /** Generated in a try. */
  readonly tokens: number;
}

/** `k` candidates chosen among: every k of the pool, one after another, are a try. */
export function chosenOf(strategy: string, pool: readonly PoolCandidate[], k: number): Outcome {
  const choose = CHOICES[strategy];
  const tries = Array.from({ length: Math.max(1, Math.floor(pool.length / k)) }, (_, i) =>
    pool.slice(i * k, i * k + k),
  );
  const solved = tries.filter((candidates) => choose?.(candidates)?.right).length / tries.length;
  return { solved, tokens: sum(tries.flat()) / tries.length };
}

/** One of `k` candidates is right. */
export function anyOf(pool: readonly PoolCandidate[], k: number): Outcome {
  const n = pool.length;
  const right = pool.filter((candidate) => candidate.right).length;
  const most = Math.min(k, n);
  return { solved: n === 0 ? 0 : passAtK(n, right, most), tokens: n === 0 ? 0 : (sum(pool) * most) / n };
}

function sum(candidates: readonly PoolCandidate[]): number {
  return candidates.reduce((total, { tokens }) => total + tokens, 0);
}
