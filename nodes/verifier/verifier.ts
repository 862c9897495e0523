import type { HandleValue, TextValue } from '../values.ts';

/** What a verifier thinks of one solution. */
export interface Verdict {
  /** Of the whole: the probability that its answer is right, as far as the verifier can tell, in 0 … 1. */
  readonly score: number;
  /** After each step, in order, in 0 … 1 (progress verifiers: -1 … 1); absent for an outcome verifier. */
  readonly steps?: readonly number[];
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
