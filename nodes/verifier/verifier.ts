import type { HandleValue, TextValue } from '../values.ts';

/** What a verifier thinks of one solution. */
export interface Verdict {
  /** Of the whole: the probability that its answer is right, as far as the verifier can tell, in 0 … 1. */
  readonly score: number;
  /**
   * The same after each step, in order: the lines of the thought, and the answer where there is one. What a step adds is the
   * difference from the one before. Absent for an outcome verifier.
   */
  readonly steps?: readonly number[];
  /** The probability before the first step, where the verifier tells it. */
  readonly start?: number;
}

/** A verifier that can be asked many times: of half solutions too, where it judges steps. */
export interface VerifierValue extends HandleValue {
  readonly type: 'verifier';
  readonly summary: string;
  /** `process`: says something of each step, so that half a solution can be judged. */
  readonly judges: 'outcome' | 'process';
  /** Judges solutions (or their beginnings) of one question, as a batch. */
  verify(question: TextValue, solutions: readonly string[], signal: AbortSignal): Promise<readonly Verdict[]>;
  /** Tokens that went through its model so far. */
  readonly run: number;
}
