import type { ProviderReport, Report, RunError, Timing } from '../../../nodes/report.ts';
import type { SearchNode, SearchResult } from '../../../nodes/search-loop/search.ts';

/** Events of a run and its result: the one vocabulary of the canvas, the CLI and the tests. */

export type { ProviderReport, RunError, Timing };

/** One operator in ONNX Runtime's profile: how often it ran, where, and its kernel time in milliseconds. */
export interface OperatorTime {
  readonly operator: string;
  readonly provider: string;
  readonly count: number;
  readonly ms: number;
}

/**
 * A piece of a node's time, in milliseconds since the run began. `prefill` and `decode` are parts of an LLM's `run`; what the
 * node waits for while another holds the engine lies within. `turn` 0 is the first run, later ones are repeats.
 */
export interface Span {
  readonly phase: 'load' | 'run' | 'prefill' | 'decode';
  readonly turn: number;
  readonly start: number;
  readonly end: number;
}

/** What a node's run took and made, as the executor tells it. */
export interface NodeReport extends Report<OutputSummary> {
  /** On the time axis of this run, one after another without a gap; none where the node was reused. */
  readonly spans?: readonly Span[];
  /** Where the time of its sessions went, longest first; with `profile` only. */
  readonly operators?: readonly OperatorTime[];
}

/** Five-number view of a tensor with a histogram of 32 equal bins between min and max, of at most 8,192 of its values. */
export interface TensorStats {
  readonly dims: readonly number[];
  readonly dtype: string;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly histogram: readonly number[];
}

/** What of an output crosses to the renderer and into `--json`: never the tensor. `preview` is a data URL. */
export type OutputSummary =
  | {
      readonly type: 'image';
      readonly count: number;
      readonly width: number;
      readonly height: number;
      readonly preview?: string;
    }
  | { readonly type: 'text'; readonly text: string; readonly system?: string }
  | {
      readonly type: 'answer';
      readonly text: string;
      readonly tokens: {
        readonly prompt: number;
        readonly visual: number;
        readonly thinking: number;
        readonly answer: number;
      };
      readonly finish: string;
      readonly caveat?: string;
    }
  | {
      readonly type: 'features' | 'embeddings';
      readonly count: number;
      readonly tokens: number;
      readonly width: number;
      readonly grid?: readonly [number, number];
      readonly stats?: TensorStats;
    }
  | {
      readonly type: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | number | null)[])[];
      /** See `TableValue`. */
      readonly lines?: boolean;
    }
  | { readonly type: 'score'; readonly value: number; readonly meaning: string }
  | { readonly type: 'tensor' | 'codes'; readonly name?: string; readonly stats: TensorStats }
  | { readonly type: 'nothing'; readonly why: string }
  | { readonly type: 'candidates'; readonly summary: string; readonly result: SearchResult }
  | { readonly type: 'adapter' | 'generator' | 'verifier'; readonly summary: string };

export interface RunResult {
  readonly run: string;
  readonly graph: string;
  readonly status: 'finished' | 'failed' | 'cancelled';
  readonly totalMs: number;
  readonly nodes: Readonly<Record<string, NodeReport>>;
  /** Said where the run itself failed, e.g. the engine process died. */
  readonly error?: RunError;
}

export type RunEvent =
  /** `order`: ids of the nodes that this run will visit, in plan order. */
  | { readonly type: 'run-started'; readonly run: string; readonly order: readonly string[] }
  | { readonly type: 'node-loading'; readonly run: string; readonly node: string }
  /** Again after `node-loading`, once the session is there. */
  | { readonly type: 'node-started'; readonly run: string; readonly node: string; readonly why?: string }
  /** What begins now on the time axis of the run, in milliseconds since it began; it ends where the next begins. */
  | ({ readonly type: 'node-span'; readonly run: string; readonly node: string } & Omit<Span, 'end'>)
  | { readonly type: 'node-text'; readonly run: string; readonly node: string; readonly text: string }
  | {
      readonly type: 'node-progress';
      readonly run: string;
      readonly node: string;
      readonly done: number;
      readonly of: number;
      readonly label: string;
    }
  /** Nodes of the tree of a search that are new, or stand differently than before. The whole tree stands in the report. */
  | {
      readonly type: 'node-search';
      readonly run: string;
      readonly node: string;
      readonly nodes: readonly SearchNode[];
    }
  | { readonly type: 'node-done'; readonly run: string; readonly node: string; readonly report: NodeReport }
  | { readonly type: 'run-done'; readonly run: string; readonly result: RunResult };

export interface RunOptions {
  /** Run only what these nodes need; all, if absent. */
  readonly to?: readonly string[];
  /** These nodes and what depends on them run anew; what they need is reused. */
  readonly from?: readonly string[];
  /** Runs of each node: the first, then the rest for `warm`. */
  readonly repeat?: number;
  /** Execution provider to prefer; `auto` tries in order of preference. */
  readonly provider?: string;
  /** Ignore what the cache holds. */
  readonly fresh?: boolean;
  /** Take ONNX Runtime's profile, for the share that fell back and the top operators. */
  readonly profile?: boolean;
}
