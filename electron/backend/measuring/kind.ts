import type { z } from 'zod';
import type { RunningEngine } from '../evaluation/runner.ts';
import type { Journaled } from './journal.ts';
import type { Standing } from './news.ts';

/** What a measurement runs with. */
export interface Running {
  readonly engine: RunningEngine;
  readonly signal: AbortSignal;
}

/** What every result says of itself: whether it was made to its end. */
export interface Measured {
  readonly how: { readonly complete: boolean };
}

/**
 * A kind of measurement of graphs: how it is kept, and how it is made. `Cell`: what one of its runs gave; `Told`: what is said
 * of one wherever it is named.
 */
export interface Kind<Request, Told, Cell, Result, News> {
  /** In sentences: `comparison` */
  readonly name: string;
  /** In the data folder: `comparisons` */
  readonly folder: string;
  readonly requestSchema: z.ZodType<Request>;
  readonly toldSchema: z.ZodType<Told>;
  readonly resultSchema: z.ZodType<Result>;
  /** How many runs it makes. */
  runs(told: Told): number;
  /** Rejects with a sentence where a request makes no measurement. */
  prepare(request: Request): Promise<Prepared<Told, Cell, Result>>;
  /** `cells`: those since the last news. */
  news(standing: Standing<Told, Result>, cells: readonly Cell[], step: Step<Cell>): News;
}

/** A measurement that can run. */
export interface Prepared<Told, Cell, Result> {
  readonly told: Told;
  readonly journaled: Journaled<Cell>;
  /** Makes what is not among the cells `done`, until `signal` stops it. */
  steps(done: readonly Cell[], running: Running): AsyncGenerator<Step<Cell>, void, void>;
  /** While it runs. */
  soFar(cells: readonly Cell[]): Result;
  /** Once it has stopped. */
  resultOf(cells: readonly Cell[]): Result;
  /** Adds to the result what is kept with it. */
  complete(result: Result, engine: RunningEngine): Promise<Result>;
}

/** What came of a run, or what is known before the next. */
export interface Step<Cell> {
  readonly cell?: Cell;
  readonly secondsLeft?: number;
  /** Before runs count: what is loaded or run. */
  readonly preparing?: { readonly graph: string; readonly done: number; readonly of: number };
}
