import type { Facts } from './definition.ts';
import type { Connection } from './endpoint/connection.ts';
import type { ImportFacts } from './imports/facts.ts';
import type { Variant } from './imports/variants.ts';
import type { ModelCard } from './models/card.ts';
import type { OnnxModel } from './onnx/model.ts';
import type { WeightSource } from './onnx/weights.ts';
import type { SearchNode } from './search-loop/search.ts';
import type { DType, Raster, Tensor, Value } from './values.ts';

/**
 * What the engine lends a node while it runs. Kinds see this interface only: nothing of ONNX Runtime, Electron
 * or the file system.
 */
export interface RunContext {
  readonly signal: AbortSignal;
  /** Output ports that something wants; a node computes no others. */
  readonly wanted: ReadonlySet<string>;
  /** Milliseconds of the running node's own time: they stand still while a model loads or another node holds the engine. */
  clock(): number;
  /** Streamed text, or a fraction done; shown on the node while it runs. */
  progress(update: ProgressUpdate): void;
  /** Adds to the node's metrics; a later call with the same field replaces it. */
  report(metrics: NodeMetrics): void;
  /** A session for a model we build, from the pool; building, weights and loading count as load time. */
  session(request: SessionRequest): Promise<Session>;
  /** A session for an `.onnx` file on disk. */
  openFile(path: string, use?: ModelUse): Promise<Session>;
  /** A `tiny:` or `trained:` model. Rejects with a sentence where it is not there or not whole. */
  storedModel(reference: string): Promise<StoredModel>;
  /** A `file:` or `hf:` model. Rejects with a sentence where its folder is not there, not whole or not understood. */
  importedModel(reference: string, variant: Variant | 'auto'): Promise<ImportedModel>;
  /** Decoded picture: EXIF orientation applied, RGB 8 bit, alpha over white. Rejects with a clear sentence. */
  decodeImage(source: string): Promise<Raster>;
  /** `bicubic` and `bilinear` with antialias, as PIL does. */
  resize(image: Raster, width: number, height: number, method: 'bicubic' | 'bilinear'): Promise<Raster>;
  /**
   * Sizes a picture exactly as transformers.js does on Node, for models that are held to it: `lanczos` with antialias,
   * the others by sampling points (libvips' affine transform), where PIL widens the filter when it shrinks. Black lies
   * beyond the picture's edge.
   */
  resample(image: Raster, width: number, height: number, method: Resampling): Promise<Raster>;
  encodePng(image: Raster): Promise<Uint8Array>;
  /** A server of the user's settings by its name; nothing is asked of it yet. Rejects with a sentence where there is none. */
  endpoint(name: string): Promise<Connection>;
  /** Text → ids for a tokenizer by name; see nodes/generation/tokenizer.ts. */
  readonly files: FileAccess;
}

export type Resampling = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';

export interface FileAccess {
  /** Turns a source in a graph (`example:…`, a path, absolute or relative to the graph) into a path. */
  resolve(source: string): string;
  read(path: string): Promise<Uint8Array>;
}

/** A folder with the models that others exported. Paths of files are from it on. */
export interface ImportedModel {
  /** What a person knows it by. */
  readonly name: string;
  readonly facts: ImportFacts;
  readonly folder: string;
  path(file: string): string;
  /** The path without links in it. */
  real(file: string): string;
  /** Undefined where there is no such file. Throws a sentence where it is no JSON. */
  json(file: string): Readonly<Record<string, unknown>> | undefined;
  text(file: string): string | undefined;
  /** A model with its weights left where they are, for `OnnxModel.beside`. */
  lean(file: string): Uint8Array<ArrayBuffer>;
}

/** A model with trained weights, as it lies on disk. */
export interface StoredModel {
  readonly card: ModelCard;
  /** Read, and checked against the card, when a session is loaded. */
  readonly weights: WeightSource;
  /** Path of the `tokenizer.json` that it was trained with. */
  readonly tokenizer: string;
}

export type ProgressUpdate =
  /** Text to add to what was streamed before. */
  | { readonly type: 'text'; readonly text: string }
  /** What an LLM does from now on: reads the prompt, or makes one token after another. */
  | { readonly type: 'phase'; readonly phase: 'prefill' | 'decode' }
  | { readonly type: 'fraction'; readonly done: number; readonly of: number; readonly label: string }
  /** Nodes of a search's tree that are new, or stand differently than before. */
  | { readonly type: 'search'; readonly nodes: readonly SearchNode[] };

export interface NodeMetrics {
  readonly tokens?: Partial<{ prompt: number; visual: number; thinking: number; answer: number }>;
  readonly rate?: { readonly firstTokenMs: number; readonly tokensPerSecond: number };
  /** How decoding with a draft went. */
  readonly speculation?: {
    /** Share of the tokens judged that the target accepted (Leviathan et al. 2023, α). */
    readonly acceptance: number;
    /** Tokens that a pass of the target gave, its own among them. */
    readonly tokensPerPass: number;
    /** Time of a step of the draft, over that of a step of the target alone; each measured by itself, once for the pair. */
    readonly costRatio: number;
  };
  /** What its tokens cost at the price that the user gave, in the user's money. */
  readonly price?: { readonly thinking: number; readonly answer: number };
  readonly parameters?: number;
  readonly flops?: number;
  readonly bytes?: Partial<{ peak: number; kvCache: number }>;
  /** With `layers: k`: what the whole model would take, scaled from the k layers that ran, next to what was measured. */
  readonly extrapolated?: {
    readonly measuredLayers: number;
    readonly layers: number;
    readonly warmMs: number;
    readonly parameters: number;
  };
  /** A short remark on the node, e.g. "random weights". */
  readonly caveat?: string;
}

export interface ModelUse {
  /** Whether it writes token by token: many small products, each of which waits for the one before. */
  readonly generates?: boolean;
}

export interface SessionRequest extends ModelUse {
  /** Equal keys mean the same model and weights: the pool holds one session for each. */
  readonly key: string;
  /** `provider`: the execution provider that it is to run on. */
  build(provider: string): OnnxModel;
  readonly weights: WeightSource;
  /** On the CPU, of a model with so many bytes of weights; the runtime's choice, if absent or undefined. */
  threads?(bytes: number): number | undefined;
}

export interface SessionPort {
  readonly name: string;
  readonly dtype: DType;
  /** Numbers, or the symbolic name of a dimension that varies. */
  readonly dims: readonly (number | string)[];
}

export interface Session {
  readonly inputs: readonly SessionPort[];
  readonly outputs: readonly SessionPort[];
  /** The execution provider that was asked for and the one the session was made with. */
  readonly provider: { readonly asked: string; readonly ran: string };
  /** Runs; `fetch` names the outputs wanted (all, if absent). Calls on one engine are taken one at a time. */
  run(feeds: Readonly<Record<string, Tensor>>, fetch?: readonly string[]): Promise<Record<string, Tensor>>;
}

export interface NodeRun<P = Record<string, unknown>> {
  /** Inputs by port, in wire order (one element for a port that takes one wire). */
  run(
    context: RunContext,
    params: P,
    inputs: Readonly<Record<string, readonly Value[]>>,
  ): Promise<Readonly<Record<string, Value>>>;
  /** Runs even where nothing came in at an input; other kinds are passed over then. */
  readonly takesNothing?: boolean;
  /** Facts that `ports`, `shapes` and `cost` need: the size of a picture, the ports of a file. */
  probe?(
    context: Pick<RunContext, 'files' | 'openFile' | 'storedModel' | 'importedModel' | 'endpoint' | 'signal'> & {
      imageSize(source: string): Promise<{ width: number; height: number }>;
    },
    params: P,
  ): Promise<Facts>;
}

/** An error meant for the user: `message` says what is wrong and where, `hint` what to do. */
export class NodeError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'NodeError';
  }
}
