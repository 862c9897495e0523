import type { Comparison } from '../../../graphs/comparison.ts';
import type { RunError } from '../executor/events.ts';
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

export type ComparisonStatus = 'running' | 'finished' | 'stopped' | 'failed';

/** A comparison that is kept. */
export interface ComparisonEntry {
  readonly id: string;
  readonly title: string;
  /** ISO 8601, when it began. */
  readonly began: string;
  readonly status: 'running' | 'finished' | 'stopped';
  readonly runs: number;
  readonly done: number;
}

/** A run that is done, as the app shows it. */
export interface CellNews extends Pick<Cell, 'variant' | 'item' | 'round'> {
  /** Where a question was answered. */
  readonly right?: boolean;
  /** Of a timed run, loading left out. */
  readonly ms?: number;
}

/** How a comparison stands; `cells` are those since the last news. */
export interface ComparisonNews {
  readonly title: string;
  readonly graphs: readonly string[];
  readonly items: number;
  readonly runs: number;
  readonly done: number;
  readonly status: ComparisonStatus;
  readonly cells: readonly CellNews[];
  /** Before runs count: what is loaded or run. */
  readonly preparing?: { readonly graph: string; readonly done: number; readonly of: number };
  /** From one warm run of each graph, then from the runs so far. */
  readonly secondsLeft?: number;
  /** So far; absent where it is as in the last news. While it runs, differences are left out: they take time from runs. */
  readonly result?: Comparison;
  readonly error?: RunError;
}
