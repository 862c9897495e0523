import type { RunError } from '../executor/events.ts';

/** What the app hears of measurements, beside what is told of each: its title, and how many runs it makes. */

export type Status = 'running' | 'finished' | 'stopped' | 'failed';

/** One that is kept. */
export type Entry<Told> = Told & {
  readonly id: string;
  /** ISO 8601, when it began. */
  readonly began: string;
  readonly status: Exclude<Status, 'failed'>;
  /** Of its runs. */
  readonly done: number;
};

/** How one stands. */
export type Standing<Told, Result> = Told & {
  readonly done: number;
  readonly status: Status;
  readonly secondsLeft?: number;
  /** So far; absent where it is as in the last news. */
  readonly result?: Result;
  readonly error?: RunError;
};
