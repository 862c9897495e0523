import { type Json, textNumber } from './export.ts';
import type { Variant } from './variants.ts';

/** What a decoder keeps of every token that it has read, as config.json tells before a file of it is there. */
export interface CacheSize {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Tokens that the cache is reckoned for. */
  readonly tokens: number;
}

/** Tokens of a long conversation about a few pictures: what a model has positions for may be a hundred times more than is used. */
const USUAL = 4096;

/** Ends of the names of architectures that write. */
const WRITES = /(CausalLM|ConditionalGeneration|LMHeadModel|EncoderDecoderModel)$/;

/** Undefined for a model that writes nothing, and where the config does not tell. */
export function cacheSizeOf(config: Json | undefined): CacheSize | undefined {
  const { architectures } = config ?? {};
  if (!config || !Array.isArray(architectures) || !architectures.some((name) => WRITES.test(String(name))))
    return undefined;
  const layers = textNumber(config, 'num_hidden_layers', 'n_layer', 'n_layers', 'decoder_layers', 'num_layers');
  const heads = textNumber(config, 'num_attention_heads', 'n_head', 'decoder_attention_heads', 'num_heads');
  const width = textNumber(config, 'hidden_size', 'n_embd', 'd_model');
  const kvHeads = textNumber(config, 'num_key_value_heads') ?? heads;
  const headDim = textNumber(config, 'head_dim') ?? (width && heads ? width / heads : undefined);
  if (!layers || !kvHeads || !headDim) return undefined;
  const context = textNumber(config, 'max_position_embeddings', 'n_positions') ?? USUAL;
  return { layers, kvHeads, headDim, tokens: Math.min(context, USUAL) };
}

/** Bytes of keys and values: halves where activations are (`transformers.js_config.kv_cache_dtype` of such exports). */
export function cacheBytes({ layers, kvHeads, headDim, tokens }: CacheSize, variant: Variant): number {
  return 2 * layers * kvHeads * headDim * tokens * (variant === 'fp16' || variant === 'q4f16' ? 2 : 4);
}
