import type { GraphDocument } from '../../../graphs/document.ts';
import { type Cell, keyOf, POOL, type Turn } from './cells.ts';
import type { Problems } from './data.ts';
import { isPooled } from './pool.ts';
import type { Target } from './target.ts';

/** A verifier by the name that it has in the result. */
export interface Verifier {
  readonly name: string;
  /** Parameters of its node in place of the graph's. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** What is measured, and on what. */
export interface Setup {
  readonly graph: string;
  /** As it runs: flat, without nodes that do not run. */
  readonly document: GraphDocument;
  /** That relative file names in it refer to. */
  readonly folder?: string;
  readonly target: Target;
  /** Names of the search loop's strategies. */
  readonly strategies: readonly string[];
  /** What judges, one after another; none where nothing is wired to the search loop. Trees are searched by the first. */
  readonly verifiers: readonly Verifier[];
  /** Candidates of a problem, ascending. */
  readonly budgets: readonly number[];
  readonly data: Problems;
  /** Of sampling and of the bootstrap. */
  readonly seed: number;
}

/** How many candidates of a problem are shared. */
export const poolSize = ({ budgets }: Pick<Setup, 'budgets'>): number => budgets.at(-1) ?? 1;

/** Every search of the measurement, problem by problem, so that one that is stopped has asked all strategies the same. */
export function turnsIn(setup: Setup): Turn[] {
  return Array.from({ length: setup.data.n }, (_, problem) => turnsOn(problem, setup)).flat();
}

/** Those that are not among the cells. */
export function turnsLeft(setup: Setup, cells: readonly Cell[]): Turn[] {
  const done = new Set(cells.map(keyOf));
  return turnsIn(setup).filter((turn) => !done.has(keyOf(turn)));
}

/** The searches of one problem. */
export function turnsOn(problem: number, setup: Setup): Turn[] {
  return searchesIn(setup).map((search) => ({ problem, ...search }));
}

function searchesIn(setup: Setup): Omit<Turn, 'problem'>[] {
  const { strategies, verifiers, budgets } = setup;
  const [first] = verifiers;
  const by = (verifier: Verifier | undefined) => (verifier ? { verifier: verifier.name } : {});
  const pools = verifiers.length > 0 ? verifiers : [undefined];
  return [
    ...pools.map((verifier) => ({ strategy: POOL, ...by(verifier), budget: poolSize(setup) })),
    ...strategies
      .filter((strategy) => !isPooled(strategy))
      .flatMap((strategy) => budgetsOf(strategy, budgets).map((budget) => ({ strategy, ...by(first), budget }))),
  ];
}

/** One greedy answer costs what it costs. */
function budgetsOf(strategy: string, budgets: readonly number[]): readonly number[] {
  return strategy === 'greedy' ? [1] : budgets;
}
