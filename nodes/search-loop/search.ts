import type { Branch, Branching, Spent } from '../generation/branches.ts';
import type { Sampling } from '../generation/sampling.ts';
import type { HandleValue, TextValue } from '../values.ts';
import type { VerifierValue } from '../verifier/verifier.ts';

/** What a search may spend; it ends when the first of them is used up. */
export interface Budget {
  readonly candidates: number;
  /** Tokens sampled. */
  readonly tokens: number;
  readonly seconds: number;
}

/** What some strategies can be told beside their budget; see the parameters of the node. */
export interface SearchSettings {
  /** Weight of what is untried against what is good: c of UCB. */
  readonly exploration: number;
  /** Continuations of a step: of a kept beginning in a beam, of an expanded node in a tree. */
  readonly width: number;
  /** Steps that are looked ahead. */
  readonly lookahead: number;
  /** How an expanded node is played to its end: sampled, greedily, or not at all, where the verifier judges steps. */
  readonly rollout: 'sample' | 'greedy' | 'verifier';
  /** A score, or a share of votes, from which on no more is tried. */
  readonly enough: number;
}

/** What a strategy works with. */
export interface SearchContext {
  readonly question: TextValue;
  /** Reads the prompt once; strategies that ask other prompts (self-refine, Reflexion) open others. */
  open(question: TextValue): Promise<Branching>;
  readonly verifier?: VerifierValue;
  /**
   * A weaker model than the generator, where one is wired in: the natural-log probability of each token of these branches,
   * one list a branch, as that model sees them.
   */
  readonly amateur?: (
    question: TextValue,
    branches: readonly Branch[],
    signal: AbortSignal,
  ) => Promise<readonly (readonly number[])[]>;
  readonly budget: Budget;
  readonly settings: SearchSettings;
  readonly sampling: Sampling;
  /** Tokens of a solution. */
  readonly maxTokens: number;
  readonly signal: AbortSignal;
  /** Milliseconds of the node's own time. */
  clock(): number;
  /** Told, a few times a second, of the nodes that are new or changed, and of how many solutions are whole. */
  onNodes(nodes: readonly SearchNode[], candidates: number): void;
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
  /** `answer`: tokens generated that are no thought. `verifier`: tokens that went through the verifier's model. */
  readonly spent: Spent & { readonly answer: number; readonly verifier: number; readonly ms: number };
}

/** What travels on a wire of candidates: data, and no handle. */
export interface CandidatesValue extends HandleValue {
  readonly type: 'candidates';
  readonly summary: string;
  readonly result: SearchResult;
}

export type Strategy = (context: SearchContext) => Promise<SearchResult>;
