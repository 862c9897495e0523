/**
 * What travels on wires. A `Value` exists while a graph runs, in the engine process only.
 * A `ValueSpec` is what can be said of a value before running: shapes and token counts.
 */

/** `float16` data are the raw bits in a `Uint16Array`, `int64` a `BigInt64Array`, `bool` 0/1 in a `Uint8Array`. */
export type DType = 'float32' | 'float16' | 'int64' | 'int32' | 'uint8' | 'int8' | 'bool' | 'float64';

export type TensorData =
  | Float32Array
  | Float64Array
  | Uint16Array
  | BigInt64Array
  | Int32Array
  | Uint8Array
  | Int8Array;

export interface Tensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export interface FloatTensor extends Tensor {
  readonly dtype: 'float32';
  readonly data: Float32Array;
}

/** RGB, 8 bit, `[height, width, 3]` row-major. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** How the rasters of an `image` value came out of one picture: `rows × cols` tiles row by row, then a thumbnail. */
export interface Tiling {
  readonly rows: number;
  readonly cols: number;
  readonly thumbnail: boolean;
  /** Size of the picture before tiling, in pixels. */
  readonly width: number;
  readonly height: number;
  /** The picture kept its shape and was padded to the grid, centred (LLaVA-NeXT); otherwise it was stretched (InternVL). */
  readonly padded?: boolean;
}

export interface ImageValue {
  readonly type: 'image';
  readonly images: readonly Raster[];
  readonly tiling?: Tiling;
}

export interface TextValue {
  readonly type: 'text';
  readonly text: string;
  /** System text that goes with the prompt. */
  readonly system?: string;
}

export interface FeaturesValue {
  readonly type: 'features';
  /** `[n, tokens, width]` */
  readonly tensor: FloatTensor;
  /** Patch grid of each image, `[rows, cols]`; `tokens = rows · cols (+ 1 with a class token, first)`. */
  readonly grid: readonly [number, number];
  readonly classToken: boolean;
  readonly tiling?: Tiling;
  /** `[n, width]`: the encoder's pooled (and, where it has one, projected) output. */
  readonly pooled?: FloatTensor;
  /** The model the features came from, e.g. `paper:clip-vit-l-14`. */
  readonly model: string;
  readonly seed: number;
}

export interface EmbeddingsValue {
  readonly type: 'embeddings';
  /** `[n, tokens, width]`: visual tokens, in the LLM's embedding space. */
  readonly tensor: FloatTensor;
  /** Grid of each image's tokens where they keep one (M-RoPE needs it); absent for learned queries. */
  readonly grid?: readonly [number, number];
  readonly tiling?: Tiling;
  /** The LLM that they were trained for, where they were trained. */
  readonly llm?: string;
}

export interface CodesValue {
  readonly type: 'codes';
  /** `[n, rows, cols]` */
  readonly tensor: Tensor;
}

export interface ScoreValue {
  readonly type: 'score';
  readonly value: number;
  readonly meaning: string;
}

export interface TableValue {
  readonly type: 'table';
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** Rows are lines of a text: the first column holds them, the last a score of each in 0 … 1, by which they are coloured. */
  readonly lines?: boolean;
}

export interface TensorValue {
  readonly type: 'tensor';
  readonly name: string;
  readonly tensor: Tensor;
}

export interface TokenCounts {
  readonly prompt: number;
  readonly visual: number;
  readonly thinking: number;
  readonly answer: number;
}

export interface AnswerValue {
  readonly type: 'answer';
  readonly text: string;
  readonly tokens: TokenCounts;
  /** Natural-log probability of each generated token under the sampled distribution. */
  readonly logProbs: readonly number[];
  /** `circles`: its thought repeated itself, and was stopped. */
  readonly finish: 'stop' | 'length' | 'cancelled' | 'circles';
  /** Said where the text means nothing, e.g. "random weights". */
  readonly caveat?: string;
}

/** Values of these types are defined by the kinds that make them (nodes/cross-attention-adapter, nodes/llm, nodes/verifier, nodes/search-loop). */
export interface HandleValue {
  readonly type: 'adapter' | 'generator' | 'verifier' | 'candidates';
  /** One line on the node, e.g. "8 gated layers over 64 visual tokens". */
  readonly summary?: string;
}

/** Stands where a control node sent its value another way: what depends on it does not run. */
export interface NothingValue {
  readonly type: 'nothing';
  /** e.g. "the router took the easy way". */
  readonly why: string;
}

export type Value =
  | ImageValue
  | TextValue
  | FeaturesValue
  | EmbeddingsValue
  | CodesValue
  | ScoreValue
  | TableValue
  | TensorValue
  | AnswerValue
  | NothingValue
  | HandleValue;

export type ValueSpec =
  | {
      readonly type: 'image';
      readonly count: number;
      readonly width: number;
      readonly height: number;
      readonly tiling?: Tiling;
    }
  | { readonly type: 'text'; readonly text?: string; readonly system?: string }
  | {
      readonly type: 'features';
      readonly count: number;
      readonly tokens: number;
      readonly width: number;
      readonly grid: readonly [number, number];
      readonly classToken: boolean;
      /** Width of the pooled embedding, where it is made. */
      readonly pooled?: number;
      readonly tiling?: Tiling;
    }
  | {
      readonly type: 'embeddings';
      readonly count: number;
      readonly tokens: number;
      readonly width: number;
      readonly grid?: readonly [number, number];
      readonly tiling?: Tiling;
    }
  | {
      readonly type: 'adapter';
      readonly layers: number;
      readonly tokens: number;
      readonly width: number;
      readonly config: unknown;
    }
  | { readonly type: 'generator' | 'verifier' | 'candidates' | 'answer' | 'score' | 'table' }
  | { readonly type: 'codes' | 'tensor'; readonly dims?: readonly (number | string)[] };
