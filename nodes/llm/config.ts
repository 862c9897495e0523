import type { Source } from '../definition.ts';
import type { DecoderSizes } from '../generation/decode.ts';
import type { TokenizerName } from '../generation/tokenizer.ts';
import type { Precision } from '../onnx/graph.ts';

/** How a decoder knows where a token stands. */
export type Positions =
  | {
      readonly kind: 'rotary';
      readonly theta: number;
      /** Llama 3.1's stretch of the low frequencies to a longer context. */
      readonly stretch?: FrequencyStretch;
    }
  /** M-RoPE: sections of the frequencies turn by time, row and column (Qwen2-VL, section 2.1). */
  | { readonly kind: 'multimodal'; readonly theta: number; readonly sections: readonly [number, number, number] }
  /** A table of `count` rows, of which the first `offset` are never used (OPT). */
  | { readonly kind: 'learned'; readonly count: number; readonly offset: number };

export interface FrequencyStretch {
  readonly factor: number;
  readonly lowFrequency: number;
  readonly highFrequency: number;
  /** Context that the model was trained on first, in tokens. */
  readonly context: number;
}

/** A decoder-only LLM with norms before attention and MLP. Widths in features. */
export interface DecoderConfig {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values, each shared by a group of query heads. */
  readonly kvHeads: number;
  readonly mlp: { readonly width: number; readonly activation: 'swiglu' | 'gelu' | 'relu' };
  readonly norm: 'rms' | 'layer';
  readonly epsilon: number;
  /** Biases of query, key and value only (Qwen), of all linear layers (OPT), or none. */
  readonly bias: 'none' | 'query-key-value' | 'all';
  readonly positions: Positions;
  /** The head is the embedding table. */
  readonly tied: boolean;
}

/** How a conversation is written for the model, and what ends its answer. */
export type Chat = 'vicuna' | 'llama-3' | 'chatml' | 'plain' | 'tiny';

/** An LLM as a node holds it. */
export interface HeldLlm {
  readonly label: string;
  /** Trained weights bring their own. */
  readonly tokenizer?: TokenizerName;
  readonly chat: Chat;
  readonly config: DecoderConfig;
}

export interface LlmPreset extends HeldLlm {
  readonly source: Source;
  readonly tokenizer: TokenizerName;
}

/** Numbers that say where a token stands: one, or time, row and column. */
export function positionAxes({ positions }: DecoderConfig): number {
  return positions.kind === 'multimodal' ? 3 : 1;
}

/** What whoever decodes must know of a decoder. */
export function decoderSizes(config: DecoderConfig, precision: Precision): DecoderSizes {
  const { vocabulary, layers, kvHeads, width, heads } = config;
  return {
    ...{ vocabulary, layers, kvHeads, width },
    headDim: width / heads,
    axes: positionAxes(config),
    cacheType: precision === 'fp16' ? 'float16' : 'float32',
  };
}

/** Bytes of keys and values for `tokens` tokens of one sequence. */
export function kvCacheBytes(config: DecoderConfig, tokens: number, elementBytes: number): number {
  return 2 * config.layers * config.kvHeads * (config.width / config.heads) * tokens * elementBytes;
}
