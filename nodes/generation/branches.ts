import type { Sampling } from './sampling.ts';

/** Stands for each token of a server, which tells no ids: they can be counted all the same. */
export const UNKNOWN_ID = -1;

/** A text that a model began after a prompt: it can be continued many times, and its cache is kept as long as it is. */
export interface Branch {
  /** All that was generated after the prompt, as the tokenizer decodes it, behind the `<think>` that the prompt may have opened. */
  readonly text: string;
  readonly ids: readonly number[];
  /** Natural-log probability of each token under the distribution that it was drawn from. */
  readonly logProbs: readonly number[];
  /** Tokens after which a step ends (the line's newline included), ascending. */
  readonly stepEnds: readonly number[];
  /** Absent: it can go on. */
  readonly finish?: 'stop' | 'length' | 'cancelled';
}

export interface GrowRequest {
  /** Each branch goes on this often, independently. */
  readonly count: number;
  /** To the end of the next step (a newline, the end of a thought, or the end), or to the end. */
  readonly until: 'step' | 'end';
  readonly sampling: Sampling;
  /** Of a branch as a whole. */
  readonly maxTokens: number;
  /** Of all branches together: what has to end because they are used up has `finish: 'length'`. Absent: no limit. */
  readonly tokens?: number;
  /**
   * Heard after each decode step, or every 20 ms where steps are shorter; what was made by then comes back with
   * `finish: 'cancelled'`.
   */
  readonly signal: AbortSignal;
  /** Hears all branches as far as they stand, a few times a second. */
  onProgress?(branches: readonly Branch[]): void;
}

/** What a search has cost so far. */
export interface Spent {
  /** Tokens sampled. */
  readonly generated: number;
  /** Tokens that went through the model, the prompt's included. */
  readonly run: number;
  /** Tokens of the prompt and of the tree of all branches: what several branches grew from is counted once. */
  readonly distinct: number;
  /** Steps in which a row of a batch stood still since it had ended: run along, and thrown away. */
  readonly idle: number;
  /** Most bytes of caches held at once. */
  readonly kvCache: number;
}

/** A prompt, read once, and the branches that grow from it. All sampling is a function of the seed it was opened with. */
export interface Branching {
  readonly root: Branch;
  readonly spent: Spent;
  /** Grows in batches: `count` continuations of each branch, in order, those of one branch side by side. */
  grow(branches: readonly Branch[], request: GrowRequest): Promise<readonly Branch[]>;
  /** Lets their caches go at once, instead of with the branches: they can grow no more. */
  drop(branches: readonly Branch[]): void;
}
