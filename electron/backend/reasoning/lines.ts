import type { ReasoningPoint } from '../../../graphs/reasoning.ts';
import { type Cell, keyOf, POOL, type Turn } from './cells.ts';
import { anyOf, chosenOf, isPooled, type Outcome } from './pool.ts';
import type { Setup } from './setup.ts';

/** A strategy at a budget on every problem, in their order. */
export interface Line extends Pick<ReasoningPoint, 'strategy' | 'verifier' | 'budget'> {
  readonly outcomes: readonly Outcome[];
  readonly beside: Pick<ReasoningPoint, 'verifierTokens' | 'seconds' | 'kvCacheBytes'>;
}

/** What cells say of each strategy. Problems that not every strategy finished are left out, so that all have the same. */
export function linesOf(setup: Setup, turns: readonly Turn[], cells: readonly Cell[]): Line[] {
  const searches = new Map<string, Cell[]>();
  for (const cell of wholeProblems(turns, cells)) {
    const key = keyOf({ ...cell, problem: 0 });
    const known = searches.get(key);
    if (known) known.push(cell);
    else searches.set(key, [cell]);
  }
  const all = [...searches.values()];
  const pools = all.filter(([first]) => first?.strategy === POOL);
  const own = all.filter(([first]) => first?.strategy !== POOL);
  return [...pools.flatMap((pool, index) => pooledLines(setup, pool, index === 0)), ...own.map(searchedLine)];
}

function wholeProblems(turns: readonly Turn[], cells: readonly Cell[]): Cell[] {
  const done = new Map(cells.map((cell) => [keyOf(cell), cell]));
  const broken = new Set(turns.filter((turn) => !done.has(keyOf(turn))).map(({ problem }) => problem));
  return turns.flatMap((turn) => (broken.has(turn.problem) ? [] : (done.get(keyOf(turn)) ?? [])));
}

/** What strategies that only sample come to; those that no verifier has a part in stand in the first pool alone. */
function pooledLines({ strategies, budgets }: Setup, cells: readonly Cell[], first: boolean): Line[] {
  const pools = cells.map(({ candidates = [] }) => candidates);
  const [{ verifier, budget: size } = { budget: 1 }] = cells;
  const line = (strategy: string, budget: number, outcomes: readonly Outcome[], judged = false): Line => ({
    strategy,
    ...(judged && verifier !== undefined && { verifier }),
    budget,
    outcomes,
    beside: {
      ...(judged && { verifierTokens: (meanOf(cells, (cell) => cell.verifierTokens) * budget) / size }),
      ...(budget === size && measured(cells)),
    },
  });
  const judges = (strategy: string) => strategy === 'best-of-n' || strategy === 'weighted-best-of-n';
  const chosen = strategies.filter((strategy) => isPooled(strategy) && (first || judges(strategy)));
  const pass = (strategy: string, k: number) =>
    line(
      strategy,
      k,
      pools.map((pool) => anyOf(pool, k)),
    );
  return [
    ...(first ? [pass('pass@1', 1), ...budgets.map((k) => pass('pass@k', k))] : []),
    ...chosen.flatMap((strategy) =>
      budgets.map((k) =>
        line(
          strategy,
          k,
          pools.map((pool) => chosenOf(strategy, pool, k)),
          judges(strategy),
        ),
      ),
    ),
  ];
}

function searchedLine(cells: readonly Cell[]): Line {
  const [{ strategy, verifier, budget } = { strategy: '', budget: 1 }] = cells;
  const verifierTokens = meanOf(cells, (cell) => cell.verifierTokens);
  return {
    strategy,
    ...(verifier !== undefined && verifierTokens > 0 && { verifier }),
    budget,
    outcomes: cells.map(({ right, tokens }) => ({ solved: right ? 1 : 0, tokens })),
    beside: { ...(verifierTokens > 0 && { verifierTokens }), ...measured(cells) },
  };
}

function measured(cells: readonly Cell[]): Line['beside'] {
  return {
    seconds: meanOf(cells, ({ ms }) => ms / 1000),
    kvCacheBytes: meanOf(cells, ({ kvCacheBytes }) => kvCacheBytes),
  };
}

/** Generated for a problem, on average. */
export const tokensOf = (outcomes: readonly Outcome[]): number => meanOf(outcomes, ({ tokens }) => tokens);

export function meanOf<T>(list: readonly T[], read: (one: T) => number): number {
  return list.reduce((sum, one) => sum + read(one), 0) / Math.max(1, list.length);
}
