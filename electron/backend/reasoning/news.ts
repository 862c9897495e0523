import type { Reasoning } from '../../../graphs/reasoning.ts';
import type { RunError } from '../executor/events.ts';

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

/** A measurement that is kept. */
export interface ReasoningEntry {
  readonly id: string;
  readonly title: string;
  /** ISO 8601, when it began. */
  readonly began: string;
  readonly status: 'running' | 'finished' | 'stopped';
  readonly searches: number;
  readonly done: number;
}

/** How a measurement stands. */
export interface ReasoningNews {
  readonly title: string;
  readonly searches: number;
  readonly done: number;
  readonly status: ReasoningEntry['status'] | 'failed';
  /** From the searches so far. */
  readonly secondsLeft?: number;
  /** Of all problems that every strategy finished; absent where it is as in the last news. */
  readonly result?: Reasoning;
  readonly error?: RunError;
}
