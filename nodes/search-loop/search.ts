import type { Branch, Branching, Spent } from '../generation/branches.ts';
import type { Sampling } from '../generation/sampling.ts';
import type { TextValue } from '../values.ts';
import type { VerifierValue } from '../verifier/verifier.ts';

/** What a search may spend; it ends when the first of them is used up. */
export interface Budget {
  readonly candidates: number;
  /** Tokens sampled. */
  readonly tokens: number;
  readonly seconds: number;
}

/** What a strategy works with. */
export interface SearchContext {
  readonly question: TextValue;
  /** Reads the prompt once; strategies that ask other prompts (self-refine, Reflexion) open others. */
  open(question: TextValue): Promise<Branching>;
  readonly verifier?: VerifierValue;
  readonly budget: Budget;
  readonly sampling: Sampling;
  /** Tokens of a solution. */
  readonly maxTokens: number;
  readonly signal: AbortSignal;
  /** Draws a number in [0, 1). */
  readonly random: () => number;
  /** Milliseconds of the node's own time. */
  clock(): number;
  /** Told of every node that is new or changed. */
  onNodes(nodes: readonly SearchNode[]): void;
}

/** A node of the tree as it is drawn: a step, or a whole solution where the strategy does not look inside. */
export interface SearchNode {
  readonly id: number;
  /** Absent: the prompt itself. */
  readonly parent?: number;
  /** What it adds to its parent. */
  readonly text: string;
  /** What the search thinks of it, in 0 … 1; absent where nothing does. */
  readonly value?: number;
  readonly visits: number;
  readonly chosen: boolean;
  readonly finish?: Branch['finish'];
}

/** A whole solution that the search came to. */
export interface Candidate {
  readonly text: string;
  /** What it answers: the text after the thought, trimmed. */
  readonly answer: string;
  readonly tokens: number;
  /** Mean log-probability of its tokens. */
  readonly confidence: number;
  /** The verifier's; absent without one. */
  readonly score?: number;
  readonly steps?: readonly number[];
  /** The node of the tree where it ends. */
  readonly node: number;
}

export interface Vote {
  readonly answer: string;
  readonly weight: number;
  readonly count: number;
}

export interface SearchResult {
  /** Index into `candidates`; absent where none was made in time. */
  readonly chosen?: number;
  readonly candidates: readonly Candidate[];
  /** Where the strategy votes, heaviest first. */
  readonly votes: readonly Vote[];
  readonly nodes: readonly SearchNode[];
  readonly spent: Spent & { readonly verifier: number; readonly ms: number };
}

export type Strategy = (context: SearchContext) => Promise<SearchResult>;
