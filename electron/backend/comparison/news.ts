import type { Comparison } from '../../../graphs/comparison.ts';
import type { Step } from '../measuring/kind.ts';
import type { Entry, Standing } from '../measuring/news.ts';
import type { Cell } from './cells.ts';

/** What the app hears of comparisons. */

/** A comparison before it runs. */
export interface ComparisonPlan {
  readonly variants: readonly {
    readonly graph: string;
    readonly asked: boolean;
    readonly runs: number;
    /** Expected: weights and the largest activations. */
    readonly peakBytes: number;
  }[];
  /** What is asked about, and whether it can be asked blind. */
  readonly data?: { readonly name: string; readonly n: number; readonly blind: boolean };
}

/** Milliseconds of a warm run of a graph, loading left out. */
export interface RunTime {
  readonly graph: string;
  readonly ms: number;
}

/** What is told of a comparison wherever it is named. */
export interface ComparisonTold {
  readonly title: string;
  readonly graphs: readonly string[];
  readonly items: number;
  readonly runs: number;
}

export type ComparisonEntry = Entry<ComparisonTold>;

/** A run that is done, as the app shows it. */
export interface CellNews extends Pick<Cell, 'variant' | 'item' | 'round'> {
  /** Where a question was answered. */
  readonly right?: boolean;
  /** Of a timed run, loading left out. */
  readonly ms?: number;
}

/**
 * How a comparison stands. `secondsLeft` is from one warm run of each graph, then from the runs so far. While it runs,
 * differences are left out of its result: they take time from runs.
 */
export interface ComparisonNews extends Standing<ComparisonTold, Comparison> {
  /** Since the last news. */
  readonly cells: readonly CellNews[];
  /** Before runs count: what is loaded or run. */
  readonly preparing?: Step<Cell>['preparing'];
}
