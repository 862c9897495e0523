import { type AdapterConfig, gatedCrossAttention } from '../cross-attention-adapter/adapter.ts';
import { decodeLoop, SCORED } from '../generation/loop.ts';
import { type Dim, symbol } from '../onnx/dims.ts';
import { add, argMax, cast, expand, reshape, scatterND, slice, squeeze } from '../onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../onnx/graph.ts';
import {
  type BranchLengths,
  branchAttention,
  branchLengths,
  cacheLengths,
  causalAttention,
  type KeyValue,
  type SelfAttentionOptions,
  selfAttention,
} from '../onnx/layers/attention.ts';
import { embedding, linear, rowsOf, tiedHead } from '../onnx/layers/linear.ts';
import { mlp, swiglu } from '../onnx/layers/mlp.ts';
import { layerNorm, rmsNorm, skipLayerNorm, skipRmsNorm } from '../onnx/layers/norm.ts';
import { type Rotary, rotary, rotaryFrequencies, rotaryMultimodal } from '../onnx/layers/rotary.ts';
import { dimAt } from '../onnx/ops/shapes.ts';
import { type DecoderConfig, type FrequencyStretch, type Positions, positionAxes } from './config.ts';

/** Gated layers with the keys and values they attend to, `[batch, visualTokens, keyValueHeads·headWidth]`. */
export interface AdapterLayers {
  readonly config: AdapterConfig;
  readonly keyValues: readonly KeyValue[];
}

export interface DecoderInputs {
  /** `[batch, tokens, width]` */
  readonly x: Handle;
  /** Where each token stands: int64 `[axes, batch, tokens]`, three axes with M-RoPE. */
  readonly positions: Handle;
}

/** Keys and values of earlier tokens, one for each layer, `[batch, kvHeads, past, headDim]`. */
export interface CachedInputs extends DecoderInputs {
  readonly past: readonly KeyValue[];
  /** Places of the cache that are each sequence's own, int64 `[batch]`; all, if absent. */
  readonly kept?: Handle;
}

/**
 * The layers of a decoder over new tokens that follow a cache → hidden states `[batch, tokens, width]` after the last
 * norm, and the longer cache. Prefill and decoding are the same call.
 */
export function decoderStep(
  g: Graph,
  config: DecoderConfig,
  { x, positions, past, kept }: CachedInputs,
  adapter?: AdapterLayers,
): { readonly hidden: Handle; readonly present: readonly KeyValue[] } {
  const [first] = past;
  if (!first) throw new Error('a decoder needs at least one layer');
  const lengths = cacheLengths(g, x, first.key, kept);
  const present: KeyValue[] = [];
  const hidden = decoderLayers(g, config, { x, positions }, adapter, (normalised, index, options) => {
    const cache = past[index];
    if (!cache) throw new Error(`layer ${index} has no cache`);
    const attended = causalAttention(g, 'attention', normalised, { ...options, past: cache, lengths });
    present.push(attended.present);
    return attended.output;
  });
  return { hidden, present };
}

/** One token each of sequences that began with one prompt; see `branchAttention`, a cache for each layer. */
export interface BranchInputs extends DecoderInputs {
  readonly prompt: readonly KeyValue[];
  readonly own: readonly KeyValue[];
  readonly since: readonly KeyValue[];
  readonly lengths: BranchLengths;
}

/** `decoderStep` for branches of a prompt → hidden states `[batch, 1, width]`, and the longer last part of the cache. */
export function branchStep(
  g: Graph,
  config: DecoderConfig,
  { prompt: prompts, own: owns, since: before, lengths, ...inputs }: BranchInputs,
  adapter?: AdapterLayers,
): { readonly hidden: Handle; readonly since: readonly KeyValue[] } {
  const longer: KeyValue[] = [];
  const hidden = decoderLayers(g, config, inputs, adapter, (normalised, index, options) => {
    const [prompt, own, since] = [prompts[index], owns[index], before[index]];
    if (!prompt || !own || !since) throw new Error(`layer ${index} has no cache`);
    const attended = branchAttention(g, 'attention', normalised, { ...options, prompt, own, since, lengths });
    longer.push(attended.since);
    return attended.output;
  });
  return { hidden, since: longer };
}

export interface SequenceInputs extends DecoderInputs {
  /** Added to the scores, `[batch, 1, tokens, tokens]`: who sees whom. Absent: each token what came before it. */
  readonly mask?: Handle;
}

/** The layers over whole sequences, with no cache → hidden states `[batch, tokens, width]` after the last norm. */
export function decoderHidden(
  g: Graph,
  config: DecoderConfig,
  { mask, ...inputs }: SequenceInputs,
  adapter?: AdapterLayers,
): Handle {
  const seeing = mask ? { mask } : { causal: true };
  return decoderLayers(g, config, inputs, adapter, (normalised, _, options) =>
    selfAttention(g, 'attention', normalised, { ...options, ...seeing }),
  );
}

type Attend = (normalised: Handle, layer: number, options: SelfAttentionOptions) => Handle;

function decoderLayers(
  g: Graph,
  config: DecoderConfig,
  { x, positions }: DecoderInputs,
  adapter: AdapterLayers | undefined,
  attend: Attend,
): Handle {
  const turns = turnsOf(g, config, positions);
  const options = {
    heads: config.heads,
    kvHeads: config.kvHeads,
    bias: config.bias !== 'none',
    outputBias: config.bias === 'all',
    ...(turns && { rotary: turns }),
  };
  let stream: Stream = { sum: placed(g, config, x, positions) };
  for (let index = 0; index < config.layers; index++) {
    const entering = gatedLayer(g, index, stream, adapter);
    stream = g.scope('layers', () =>
      g.scope(String(index), () =>
        decoderLayer(g, config, entering, (normalised) => attend(normalised, index, options)),
      ),
    );
  }
  return normed(g, 'norm', config, stream).normalised;
}

/** The residual stream is `sum + delta`: the addition waits for the norm that follows, which fuses with it. */
interface Stream {
  readonly sum: Handle;
  readonly delta?: Handle;
}

function decoderLayer(g: Graph, config: DecoderConfig, stream: Stream, attend: (x: Handle) => Handle): Stream {
  const before = normed(g, 'attention_norm', config, stream);
  const between = normed(g, 'mlp_norm', config, { sum: before.sum, delta: attend(before.normalised) });
  return { sum: between.sum, delta: feedForward(g, config, between.normalised) };
}

function feedForward(g: Graph, { mlp: { width: inner, activation }, bias: biases }: DecoderConfig, x: Handle): Handle {
  const bias = biases === 'all';
  return activation === 'swiglu' ? swiglu(g, 'mlp', x, { inner, bias }) : mlp(g, 'mlp', x, { inner, activation, bias });
}

function gatedLayer(g: Graph, index: number, stream: Stream, adapter: AdapterLayers | undefined): Stream {
  const gated = adapter?.config.depths.indexOf(index) ?? -1;
  const keyValue = adapter?.keyValues[gated];
  if (!adapter || !keyValue) return stream;
  const hidden = stream.delta ? add(g, stream.sum, stream.delta) : stream.sum;
  return { sum: gatedCrossAttention(g, adapter.config, gated, hidden, keyValue.key, keyValue.value) };
}

function normed(
  g: Graph,
  name: string,
  { norm, epsilon }: DecoderConfig,
  { sum, delta }: Stream,
): { readonly normalised: Handle; readonly sum: Handle } {
  const options = { epsilon };
  if (norm === 'rms')
    return delta ? skipRmsNorm(g, name, sum, delta, options) : { normalised: rmsNorm(g, name, sum, options), sum };
  return delta ? skipLayerNorm(g, name, sum, delta, options) : { normalised: layerNorm(g, name, sum, options), sum };
}

/** Adds learned positions, where the model has them. */
function placed(g: Graph, { positions: kind, width }: DecoderConfig, x: Handle, positions: Handle): Handle {
  if (kind.kind !== 'learned') return x;
  const rows = add(g, squeeze(g, positions, [0]), kind.offset);
  return add(g, x, embedding(g, 'positions', rows, kind.count, width).embedded);
}

function turnsOf(g: Graph, config: DecoderConfig, positions: Handle): Rotary | undefined {
  const kind = config.positions;
  if (kind.kind === 'learned') return undefined;
  const frequencies = frequenciesOf(kind, config.width / config.heads);
  return kind.kind === 'multimodal'
    ? rotaryMultimodal(g, positions, frequencies, kind.sections)
    : rotary(g, squeeze(g, positions, [0]), frequencies);
}

function frequenciesOf(kind: Exclude<Positions, { kind: 'learned' }>, headDim: number): number[] {
  const frequencies = rotaryFrequencies(headDim, kind.theta);
  const stretch = kind.kind === 'rotary' ? kind.stretch : undefined;
  return stretch ? frequencies.map((frequency) => stretched(frequency, stretch)) : frequencies;
}

/** Slow turns are slowed by `factor`, fast ones kept, those between blended (`apply_scaling` of Llama 3.1's code). */
function stretched(frequency: number, { factor, lowFrequency, highFrequency, context }: FrequencyStretch): number {
  const turns = (context * frequency) / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (turns - lowFrequency) / (highFrequency - lowFrequency)));
  return frequency * (kept + (1 - kept) / factor);
}

/** Scores over the vocabulary after each token: `hidden [batch, tokens, width]` → `[batch, tokens, vocabulary]`. */
export function vocabularyScores(g: Graph, config: DecoderConfig, hidden: Handle, table: Handle): Handle {
  return config.tied ? tiedHead(g, hidden, table) : linear(g, 'head', hidden, config.vocabulary, { bias: false });
}

/** Scores after these tokens, float32. */
export function scoresAfter(g: Graph, config: DecoderConfig, hidden: Handle, table: Handle): Handle {
  return cast(g, vocabularyScores(g, config, hidden, table), 'float32');
}

const BATCH = symbol('batch');

interface PromptInputs extends CachedInputs {
  /** The embedding table. */
  readonly table: Handle;
  readonly adapter?: AdapterLayers;
}

/**
 * Inputs that both graphs take: `ids [batch, tokens]`, int64; `visual [visual, width]`, rows that stand in place of the
 * ids at `slots [visual, 2]` (sequence, token); `positions [axes, batch, tokens]`; `past.<layer>.key` and `.value`; with
 * an adapter `adapter.<index>.key` and `.value`.
 */
function promptInputs(g: Graph, config: DecoderConfig, adapter?: AdapterConfig): PromptInputs {
  const [tokens, visual] = [symbol('tokens'), symbol('visual')];
  const ids = g.input('ids', 'int64', [BATCH, tokens]);
  const rows = g.input('visual', 'float32', [visual, config.width]);
  const slots = g.input('slots', 'int64', [visual, 2]);
  const positions = g.input('positions', 'int64', [positionAxes(config), BATCH, tokens]);
  const { embedded, table } = embedding(g, 'embedding', ids, config.vocabulary, config.width);
  const past = cacheInputs(g, config, BATCH);
  return {
    x: scatterND(g, embedded, slots, cast(g, rows, g.dtype)),
    positions,
    past,
    table,
    ...(adapter && { adapter: adapterInputs(g, adapter, config.layers, ids) }),
  };
}

/** `past.<layer>.key` and `.value` for each layer, after `names` where a graph has several decoders. */
export function cacheInputs(g: Graph, config: DecoderConfig, batch: Dim, names = ''): KeyValue[] {
  const shape = [batch, config.kvHeads, symbol(`${names}past`), config.width / config.heads];
  return Array.from({ length: config.layers }, (_, layer) => ({
    key: g.input(`${names}past.${layer}.key`, g.dtype, shape),
    value: g.input(`${names}past.${layer}.value`, g.dtype, shape),
  }));
}

/**
 * What gated layers see, the same for every sequence. Layers that would stand before a layer which does not run are left
 * out.
 */
export function adapterInputs(
  g: Graph,
  config: AdapterConfig,
  layers: number,
  sequences?: Handle,
  names = '',
): AdapterLayers {
  const width = config.keyValueHeads * config.headWidth;
  const input = (name: string) => {
    const seen = g.input(`${names}${name}`, 'float32', [1, symbol(`${names}adapterTokens`), width]);
    const one = cast(g, seen, g.dtype);
    return sequences ? expand(g, one, [dimAt(sequences.shape, 0), ...one.shape.slice(1)], [sequences]) : one;
  };
  const keyValues = config.depths
    .filter((depth) => depth < layers)
    .map((_, i) => ({ key: input(`adapter.${i}.key`), value: input(`adapter.${i}.value`) }));
  return { config, keyValues };
}

/**
 * One step: the prompt inputs → `logits [batch, vocabulary]` after the last token, the most likely `token [batch]`, and
 * `present.<layer>.key` and `.value`. What costs are walked from, and what a loop of one call a token runs.
 */
export function stepGraph(config: DecoderConfig, options: GraphOptions, adapter?: AdapterConfig): Graph {
  const g = new Graph(options);
  const inputs = promptInputs(g, config, adapter);
  const { hidden, present } = decoderStep(g, config, inputs, inputs.adapter);
  const logits = squeeze(g, scoresAfter(g, config, slice(g, hidden, 1, -1), inputs.table), [1]);
  g.output('logits', logits);
  g.output('token', argMax(g, logits, -1));
  present.forEach(({ key, value }, layer) => {
    g.output(`present.${layer}.key`, key);
    g.output(`present.${layer}.value`, value);
  });
  return g;
}

/** Many steps a call: see `decodeLoop` for the inputs and outputs beside those of the prompt. */
export function decodeGraph(config: DecoderConfig, options: GraphOptions, adapter?: AdapterConfig): Graph {
  const g = new Graph(options);
  const { adapter: layers, table, ...start } = promptInputs(g, config, adapter);
  decodeLoop(g, {
    start,
    vocabulary: config.vocabulary,
    embed: (body, tokens) => reshape(body, rowsOf(body, table, tokens), [BATCH, 1, config.width]),
    step(body, inputs, from) {
      const { hidden, present } = decoderStep(body, config, inputs, layers);
      const scored = slice(body, hidden, 1, from, undefined, { length: SCORED });
      return { logits: scoresAfter(body, config, scored, table), present };
    },
  });
  return g;
}

/**
 * As `decodeGraph`, for branches of one prompt, one token each and no pictures. `prompt.<layer>.key` and `.value`
 * `[kvHeads, prompt, headDim]` hold what they share; `past` and `kept` are about what each went on with, and `present` is
 * what these steps made alone, `[batch, kvHeads, steps, headDim]`.
 */
export function branchGraph(config: DecoderConfig, options: GraphOptions, adapter?: AdapterConfig): Graph {
  const g = new Graph(options);
  const ids = g.input('ids', 'int64', [BATCH, 1]);
  const positions = g.input('positions', 'int64', [positionAxes(config), BATCH, 1]);
  const { embedded, table } = embedding(g, 'embedding', ids, config.vocabulary, config.width);
  const [prompt, own] = [promptCacheInputs(g, config), cacheInputs(g, config, BATCH)];
  const [shared, first] = [prompt[0], own[0]];
  if (!shared || !first) throw new Error('a decoder needs at least one layer');
  const layers = adapter && adapterInputs(g, adapter, config.layers, ids);
  const kept = g.input('kept', 'int64', [BATCH]);
  const lengths = branchLengths(g, shared, first, kept);
  const none = (part: Handle) => slice(g, part, 2, 0, 0, { length: 0 });
  decodeLoop(g, {
    start: { x: embedded, positions, past: own.map(({ key, value }) => ({ key: none(key), value: none(value) })) },
    vocabulary: config.vocabulary,
    kept,
    embed: (body, tokens) => reshape(body, rowsOf(body, table, tokens), [BATCH, 1, config.width]),
    step(body, { x, positions, past: since }, from) {
      const inputs = { x, positions, prompt, own, since, lengths };
      const { hidden, since: present } = branchStep(body, config, inputs, layers);
      const scored = slice(body, hidden, 1, from, undefined, { length: SCORED });
      return { logits: scoresAfter(body, config, scored, table), present };
    },
  });
  return g;
}

function promptCacheInputs(g: Graph, { layers, kvHeads, width, heads }: DecoderConfig): KeyValue[] {
  const input = (name: string) => g.input(`prompt.${name}`, g.dtype, [kvHeads, symbol('prompt'), width / heads]);
  return Array.from({ length: layers }, (_, layer) => ({ key: input(`${layer}.key`), value: input(`${layer}.value`) }));
}
