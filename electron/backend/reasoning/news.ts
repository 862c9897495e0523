import type { Reasoning } from '../../../graphs/reasoning.ts';
import type { Entry, Standing } from '../measuring/news.ts';

/** What the app hears of measurements of reasoning. */

/** A measurement before it runs. */
export interface ReasoningPlan {
  readonly searches: number;
  readonly problems: number;
  /** What is measured. */
  readonly strategies: readonly string[];
  /** All that the graph can run. */
  readonly able: readonly string[];
  readonly verifiers: readonly string[];
  /** Whether verifiers can be named, in place of the graph's own. */
  readonly changeable: boolean;
}

/** Searches of one problem that were timed, and what they took. */
export interface ReasoningTime {
  readonly done: number;
  readonly of: number;
  readonly ms: number;
}

/** What is told of a measurement wherever it is named. */
export interface ReasoningTold {
  readonly title: string;
  readonly searches: number;
}

export type ReasoningEntry = Entry<ReasoningTold>;

/** How a measurement stands. Its result is of all problems that every strategy finished. */
export type ReasoningNews = Standing<ReasoningTold, Reasoning>;
