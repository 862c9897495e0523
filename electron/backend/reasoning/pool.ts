import type { StrategyName } from '../../../nodes/search-loop/kinds.ts';
import { best, byConfidence, byMajority, byScore } from '../../../nodes/search-loop/votes.ts';
import type { PoolCandidate } from './cells.ts';
import { passAtK } from './statistics.ts';

type Choice = (candidates: readonly PoolCandidate[]) => PoolCandidate | undefined;

/** Strategies that sample all their candidates before they look at any: each chooses as it does in a graph. */
const CHOICES: Partial<Readonly<Record<string, Choice>>> = {
  'self-consistency': (candidates) => byMajority(candidates).chosen,
  cisc: (candidates) => byConfidence(candidates).chosen,
  'best-of-n': best,
  'weighted-best-of-n': (candidates) => byScore(candidates).chosen,
} satisfies Partial<Record<StrategyName, Choice>>;

export const isPooled = (strategy: string): boolean => Object.hasOwn(CHOICES, strategy);

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
