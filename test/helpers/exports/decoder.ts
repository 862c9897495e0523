import { SCORED } from '../../../nodes/generation/loop.ts';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { decoderStep } from '../../../nodes/llm/model.ts';
import { symbol } from '../../../nodes/onnx/dims.ts';
import {
  add,
  cast,
  concat,
  dimension,
  expand,
  greater,
  matmul,
  mul,
  neg,
  range,
  reduceSum,
  reshape,
  slice,
  softmax,
  squeeze,
  sub,
  transpose,
  unsqueeze,
  where,
} from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import type { KeyValue } from '../../../nodes/onnx/layers/attention.ts';
import { embedding, linear, tiedHead } from '../../../nodes/onnx/layers/linear.ts';
import { swiglu } from '../../../nodes/onnx/layers/mlp.ts';
import { rmsNorm } from '../../../nodes/onnx/layers/norm.ts';
import { type Rotary, rotary, rotaryFrequencies, rotaryMultimodal, rotate } from '../../../nodes/onnx/layers/rotary.ts';
import { ROTARY } from '../../integration/llm/tiny.ts';

/** Decoders with the inputs and outputs of exports: a Llama with random weights, small. */

export const SMALL: DecoderConfig = { ...ROTARY, layers: 3 };

export interface DecoderExport {
  readonly config?: DecoderConfig;
  /** Takes embeddings, as decoders beside an `embed_tokens` do. */
  readonly embeds?: boolean;
  /** Scores are asked for after the last tokens only. */
  readonly keeps?: boolean;
  /** GroupQueryAttention, which needs no positions. */
  readonly grouped?: boolean;
  /** Gives vectors, of which a file of its own makes scores. */
  readonly headless?: boolean;
}

const [BATCH, TOKENS, PAST] = [symbol('batch_size'), symbol('sequence_length'), symbol('past_sequence_length')];

export function decoderExport({
  config = SMALL,
  embeds = false,
  keeps = false,
  grouped = false,
  headless = false,
}: DecoderExport = {}): Graph {
  const g = new Graph({ precision: 'fp32', fused: grouped });
  const x = embeds ? g.input('inputs_embeds', 'float32', [BATCH, TOKENS, config.width]) : undefined;
  const ids = embeds ? undefined : g.input('input_ids', 'int64', [BATCH, TOKENS]);
  const mask = g.input('attention_mask', 'int64', [BATCH, symbol('total_sequence_length')]);
  const multimodal = config.positions.kind === 'multimodal';
  const places = grouped
    ? undefined
    : g.input('position_ids', 'int64', multimodal ? [3, BATCH, TOKENS] : [BATCH, TOKENS]);
  const kept = keeps ? g.input('num_logits_to_keep', 'int64', []) : undefined;
  const shape = [BATCH, config.kvHeads, PAST, config.width / config.heads];
  const past = Array.from({ length: config.layers }, (_, layer) => ({
    key: g.input(`past_key_values.${layer}.key`, 'float32', shape),
    value: g.input(`past_key_values.${layer}.value`, 'float32', shape),
  }));
  const table = ids && embedding(g, 'embedding', ids, config.vocabulary, config.width);
  const embedded = x ?? (table?.embedded as Handle);
  const made = grouped
    ? groupedStep(g, config, embedded, mask, past)
    : growingStep(g, config, embedded, mask, places as Handle, past);
  const scored = kept
    ? slice(g, made.hidden, 1, unsqueeze(g, neg(g, kept), [0]), undefined, { length: SCORED })
    : made.hidden;
  if (headless) g.output('hidden_states', scored);
  else
    g.output(
      'logits',
      table ? tiedHead(g, scored, table.table) : linear(g, 'lm_head', scored, config.vocabulary, { bias: false }),
    );
  made.present.forEach(({ key, value }, layer) => {
    g.output(`present.${layer}.key`, key);
    g.output(`present.${layer}.value`, value);
  });
  return g;
}

/** `embed_tokens.onnx` */
export function embedExport({ vocabulary, width }: DecoderConfig = SMALL): Graph {
  const g = new Graph({ precision: 'fp32', fused: false });
  const ids = g.input('input_ids', 'int64', [BATCH, TOKENS]);
  g.output('inputs_embeds', embedding(g, 'embedding', ids, vocabulary, width).embedded);
  return g;
}

interface Made {
  readonly hidden: Handle;
  readonly present: readonly KeyValue[];
}

/** As onnxruntime-genai's builder writes it: places follow from the mask. */
function groupedStep(g: Graph, config: DecoderConfig, x: Handle, mask: Handle, past: readonly KeyValue[]): Made {
  const tokens = dimension(g, x, 1);
  const before = sub(g, squeeze(g, reduceSum(g, mask, [1]), [1]), tokens);
  const positions = add(g, unsqueeze(g, before, [1]), unsqueeze(g, range(g, 0, tokens), [0]));
  return decoderStep(g, config, { x, positions: unsqueeze(g, positions, [0]), past, kept: before });
}

/** As optimum writes it: new keys behind all that came in, and who sees whom from the mask. */
function growingStep(
  g: Graph,
  config: DecoderConfig,
  x: Handle,
  mask: Handle,
  places: Handle,
  past: readonly KeyValue[],
): Made {
  const turns = turnsOf(g, config, places);
  const hidden = seen(g, x, mask, past[0]?.key as Handle);
  const present: KeyValue[] = [];
  let stream = x;
  past.forEach((cache, layer) => {
    g.scope(`layers.${layer}`, () => {
      const made = attention(g, config, rmsNorm(g, 'input_layernorm', stream), turns, cache, hidden);
      present.push(made.present);
      stream = add(g, stream, made.output);
      const inner = swiglu(g, 'mlp', rmsNorm(g, 'post_attention_layernorm', stream), {
        inner: config.mlp.width,
        bias: false,
      });
      stream = add(g, stream, inner);
    });
  });
  return { hidden: rmsNorm(g, 'norm', stream), present };
}

function turnsOf(g: Graph, { positions, width, heads }: DecoderConfig, places: Handle): Rotary {
  if (positions.kind === 'learned') throw new Error('fixtures have rotary positions');
  const frequencies = rotaryFrequencies(width / heads, positions.theta);
  return positions.kind === 'multimodal'
    ? rotaryMultimodal(g, places, frequencies, positions.sections)
    : rotary(g, places, frequencies);
}

/** Added to the scores, `[batch, 1, tokens, total]`. */
function seen(g: Graph, x: Handle, mask: Handle, past: Handle): Handle {
  const causal = later(g, dimension(g, x, 1), dimension(g, past, 2));
  const shown = { ...mask, shape: [BATCH, causal.shape[1] ?? 0] };
  const padding = mul(g, sub(g, 1, cast(g, unsqueeze(g, shown, [1]), 'float32')), -30000);
  return unsqueeze(g, add(g, causal, padding), [1]);
}

/** Hides from each of `tokens` behind `before` others those that come later, `[tokens, total]`. */
export function later(g: Graph, tokens: Handle, before: Handle): Handle {
  const place = unsqueeze(g, range(g, 0, add(g, before, tokens)), [0]);
  const own = unsqueeze(g, add(g, before, range(g, 0, tokens)), [1]);
  return cast(g, where(g, greater(g, place, own), -30000, 0), 'float32');
}

function attention(
  g: Graph,
  { width, heads, kvHeads }: DecoderConfig,
  x: Handle,
  turns: Rotary,
  past: KeyValue,
  mask: Handle,
): { output: Handle; present: KeyValue } {
  const dim = width / heads;
  const split = (of: Handle, count: number) => transpose(g, reshape(g, of, [BATCH, TOKENS, count, dim]), [0, 2, 1, 3]);
  const query = split(rotate(g, linear(g, 'q_proj', x, width, { bias: false }), heads, turns), heads);
  const key = split(rotate(g, linear(g, 'k_proj', x, kvHeads * dim, { bias: false }), kvHeads, turns), kvHeads);
  const value = split(linear(g, 'v_proj', x, kvHeads * dim, { bias: false }), kvHeads);
  const present = { key: concat(g, [past.key, key], 2), value: concat(g, [past.value, value], 2) };
  const every = (cache: Handle) => {
    const groups = heads / kvHeads;
    const total = cache.shape[2] ?? 0;
    const repeated = expand(g, unsqueeze(g, cache, [2]), [1, 1, groups, 1, 1]);
    return reshape(g, repeated, [BATCH, heads, total, dim], [cache]);
  };
  const scores = add(g, mul(g, matmul(g, query, transpose(g, every(present.key), [0, 1, 3, 2])), dim ** -0.5), mask);
  const attended = transpose(g, matmul(g, softmax(g, scores), every(present.value)), [0, 2, 1, 3]);
  return { output: linear(g, 'o_proj', reshape(g, attended, [BATCH, TOKENS, width]), width, { bias: false }), present };
}
