import { decodeLoop, SCORED, type StepInputs } from '../generation/loop.ts';
import { addDims, type Dim, symbol } from '../onnx/dims.ts';
import {
  add,
  and,
  cast,
  dimension,
  expand,
  gatherElements,
  greater,
  greaterOrEqual,
  identity,
  ifElse,
  less,
  minimum,
  neg,
  or,
  range,
  reduceMax,
  reduceMin,
  reshape,
  scatterND,
  slice,
  squeeze,
  sub,
  unsqueeze,
  values,
  where,
} from '../onnx/functions.ts';
import { Graph, type Handle } from '../onnx/graph.ts';
import type { KeyValue } from '../onnx/layers/attention.ts';
import { dimAt } from '../onnx/ops/shapes.ts';
import type { OpOutput } from '../onnx/ops.ts';
import type { DType } from '../values.ts';
import type { DecoderFacts, FileFacts, PortFacts } from './facts.ts';

/**
 * A decoder of an export as the body of our own decoding loop: sampling, the cache and the mask stay inside ONNX Runtime,
 * and all that goes on from decoders of ours (chunks, branches, likelihoods) goes on from these.
 */

const BATCH = symbol('batch');

/** `past_key_values.3.key`, `past.3.value`, `present.3.key`. */
const CACHE_PORT = /^(past|present)(?:_key_values)?\.(\d+)\.(?:decoder\.)?(key|value)$/;

/** Which half of which layer's cache a port holds. */
export function cachePort({ name }: Pick<PortFacts, 'name'>): { layer: number; part: 'key' | 'value' } | undefined {
  const [, , layer, part] = CACHE_PORT.exec(name) ?? [];
  return layer === undefined ? undefined : { layer: Number(layer), part: part as 'key' | 'value' };
}

/** `past_key_values.3.encoder.key`: of what an encoder gave, the same at every step. */
const CROSS_PORT = /^(?:past|present)(?:_key_values)?\.(\d+)\.encoder\.(key|value)$/;

/** The loop's name for the half of a layer's keys and values that a port holds of what an encoder gave. */
export function crossPort({ name }: Pick<PortFacts, 'name'>): string | undefined {
  const [, layer, part] = CROSS_PORT.exec(name) ?? [];
  return layer === undefined ? undefined : `crossed.${layer}.${part}`;
}

/** Inputs of a decoder that the loop knows how to feed, beside its cache. */
const FED: ReadonlySet<string> = new Set([
  'input_ids',
  'inputs_embeds',
  'attention_mask',
  'position_ids',
  'num_logits_to_keep',
  'use_cache_branch',
  'encoder_hidden_states',
  'encoder_attention_mask',
]);

/** Inputs of a table of embeddings that also lays pictures among the tokens (Janus). */
const AMONG: ReadonlySet<string> = new Set(['pixel_values', 'images_seq_mask', 'images_emb_mask']);

/** Does this make embeddings of ids and pictures together? */
export function laysPictures({ inputs }: FileFacts): boolean {
  return (
    inputs.some(({ name }) => name === 'images_seq_mask') &&
    inputs.every(({ name }) => name === 'input_ids' || AMONG.has(name))
  );
}

/** Throws a clause where the decoder takes what the loop cannot feed. */
export function requireFed({ inputs }: FileFacts): void {
  const other = inputs.find((port) => !FED.has(port.name) && !cachePort(port) && !crossPort(port));
  if (other) throw new Error(`it takes "${other.name}"`);
}

/**
 * The graph of `decodeGraph` (nodes/llm/model.ts) with the same inputs and outputs, in which `Imported` nodes stand for the
 * parts `decoder` and `embed`.
 */
export function importedLoop(facts: DecoderFacts): Graph {
  requireFed(facts.file);
  const g = new Graph();
  const [tokens, rows] = [symbol('tokens'), symbol('visual')];
  const ids = g.input('ids', 'int64', [BATCH, tokens]);
  const visual = g.input('visual', 'float32', [rows, facts.width]);
  const slots = g.input('slots', 'int64', [rows, 2]);
  const positions = g.input('positions', 'int64', [Math.max(1, facts.axes), BATCH, tokens]);
  const shape = [BATCH, facts.kvHeads, symbol('past'), facts.headDim];
  const past = Array.from({ length: facts.layers }, (_, layer) => ({
    key: g.input(`past.${layer}.key`, facts.cacheType, shape),
    value: g.input(`past.${layer}.value`, facts.cacheType, shape),
  }));
  const [first] = past;
  if (!first) throw new Error('it has no cache');
  const pastAtFirst = dimension(g, first.key, 2);
  const crossed = crossedInputs(g, facts, ids);
  const embedded = embed(g, facts, ids);
  decodeLoop(g, {
    start: {
      x: facts.embed ? scatterND(g, embedded, slots, cast(g, visual, embedded.dtype)) : embedded,
      positions,
      past,
    },
    vocabulary: facts.vocabulary,
    ...(facts.noRepeat !== undefined && { noRepeat: facts.noRepeat }),
    embed: (body, token) => embed(body, facts, unsqueeze(body, token, [1])),
    step: (body, inputs, from) => step(body, facts, inputs, { pastAtFirst, crossed, from }),
    ...(facts.cache === 'growing' && {
      settle: (present: readonly KeyValue[], kept: Handle) => settled(g, present, kept, pastAtFirst),
    }),
  });
  return g;
}

/** Ids `[batch, tokens]` → `[batch, tokens, width]`; where the decoder takes ids, those, `[batch, tokens, 1]`. */
function embed(g: Graph, { embed: part, width }: DecoderFacts, ids: Handle): Handle {
  if (!part) return unsqueeze(g, ids, [2]);
  const [output] = part.outputs;
  const outputs = [{ dtype: dtypeOf(output), shape: [...ids.shape, width] }];
  return imported(g, 'embed', part, (port) => toEmbed(g, port, ids), outputs)[0] as Handle;
}

/** Where pictures are laid among the tokens too, none are: visual rows take their places after it. */
function toEmbed(g: Graph, port: PortFacts, ids: Handle): Handle {
  if (port.name === 'images_seq_mask') return less(g, ids, 0);
  if (port.name === 'images_emb_mask') return values(g, [], [1, 1, 0], 'bool');
  if (port.name === 'pixel_values') return values(g, [], [0, 0, ...port.dims.slice(2).map(Number)], dtypeOf(port));
  return ids;
}

/** What the steps take of the graph around the loop. */
interface Outside {
  readonly pastAtFirst: Handle;
  readonly crossed: Readonly<Record<string, Handle>>;
  /** After which tokens scores are given. */
  readonly from: Handle;
}

/** What an encoder gave and its keys and values, of one sequence, for each sequence; `crossStates` makes them. */
function crossedInputs(g: Graph, { crossed, file, kvHeads, headDim }: DecoderFacts, ids: Handle): Outside['crossed'] {
  if (!crossed) return {};
  const seen = symbol('encoded');
  const each = (name: string, dtype: DType, shape: readonly Dim[]) =>
    expand(g, g.input(name, dtype, [1, ...shape]), [BATCH, ...shape], [ids]);
  return Object.fromEntries(
    file.inputs.flatMap((port) => {
      const dtype = dtypeOf(port);
      const name = crossPort(port);
      if (name) return [[name, each(name, dtype, [kvHeads, seen, headDim])]];
      if (port.name === 'encoder_hidden_states') return [[port.name, each(port.name, dtype, [seen, crossed.width])]];
      return port.name === 'encoder_attention_mask' ? [[port.name, each(port.name, dtype, [seen])]] : [];
    }),
  );
}

function step(
  g: Graph,
  facts: DecoderFacts,
  inputs: StepInputs,
  { pastAtFirst, crossed, from }: Outside,
): { logits: Handle; present: readonly KeyValue[] } {
  const { x, positions, past } = inputs;
  const tokens = dimAt(x.shape, 1);
  const before = past[0]?.key as Handle;
  const given: Record<string, () => Handle> = {
    input_ids: () => squeeze(g, x, [2]),
    inputs_embeds: () => x,
    attention_mask: () => maskOf(g, facts, inputs, pastAtFirst),
    position_ids: () => (facts.axes === 1 ? squeeze(g, positions, [0]) : positions),
    num_logits_to_keep: () => squeeze(g, neg(g, from), [0]),
    // The other branch reads what an encoder gave; that was done before the loop.
    use_cache_branch: () =>
      facts.file.inputs.some(crossPort)
        ? values(g, [1], [1], 'bool')
        : reshape(g, greater(g, dimension(g, before, 2), 0), [1]),
  };
  const kept = facts.file.inputs.some(({ name }) => name === 'num_logits_to_keep');
  const total = addDims(dimAt(before.shape, 2), tokens);
  const { head } = facts;
  const [last, size] = [scoredOutput(facts), head ? facts.width : facts.vocabulary];
  const outputs = facts.file.outputs.map((port): OpOutput => {
    const dtype = dtypeOf(port);
    if (port.name === last) return { dtype, shape: [BATCH, kept ? SCORED : tokens, size] };
    if (cachePort(port)) return { dtype, shape: [BATCH, facts.kvHeads, total, facts.headDim] };
    return {
      dtype,
      shape: port.dims.map((dim, axis) => (typeof dim === 'number' ? dim : symbol(`${port.name}_${axis}`))),
    };
  });
  const made = imported(
    g,
    'decoder',
    facts.file,
    (port) => {
      const cache = cachePort(port);
      const value = cache
        ? past[cache.layer]?.[cache.part]
        : (given[port.name]?.() ?? crossed[crossPort(port) ?? port.name]);
      if (!value) throw new Error(`it takes "${port.name}"`);
      return cast(g, value, dtypeOf(port));
    },
    outputs,
  );
  const outputAt = (find: (port: PortFacts) => boolean) => {
    const handle = made[facts.file.outputs.findIndex(find)];
    if (!handle) throw new Error('it lacks an output');
    return handle;
  };
  const whole = outputAt(({ name }) => name === last);
  const scored = kept ? whole : slice(g, whole, 1, from, undefined, { length: SCORED });
  const half = (layer: number, part: string) =>
    outputAt((port) => cachePort(port)?.layer === layer && cachePort(port)?.part === part);
  return {
    logits: cast(g, head ? scoresOf(g, facts, head, scored) : scored, 'float32'),
    present: past.map((_, layer) => ({ key: half(layer, 'key'), value: half(layer, 'value') })),
  };
}

/** The output of a decoder that scores are, or are made of. */
export function scoredOutput({ head }: Pick<DecoderFacts, 'head'>): string {
  return head?.inputs[0]?.name ?? 'logits';
}

/** Vectors `[batch, scored, width]` → scores `[batch, scored, vocabulary]`. */
function scoresOf(g: Graph, { vocabulary }: DecoderFacts, head: FileFacts, hidden: Handle): Handle {
  const outputs = [{ dtype: dtypeOf(head.outputs[0]), shape: [...hidden.shape.slice(0, 2), vocabulary] }];
  return imported(g, 'head', head, (port) => cast(g, hidden, dtypeOf(port)), outputs)[0] as Handle;
}

/**
 * Which places are a sequence's own, `[batch, places]`. A cache that grows at its end holds, behind what came in, padding
 * first and then what this call made; `grouped` puts new tokens behind the sequence's own by the sum of the mask.
 */
function maskOf(
  g: Graph,
  { cache }: DecoderFacts,
  { x, past, kept, keptAtFirst }: StepInputs,
  pastAtFirst: Handle,
): Handle {
  const tokens = dimension(g, x, 1);
  const own = unsqueeze(g, add(g, kept, tokens), [1]);
  if (cache === 'grouped') {
    const longest = { ...add(g, squeeze(g, reduceMax(g, kept, [0]), [0]), tokens), value: [symbol('longest')] };
    return cast(g, less(g, unsqueeze(g, range(g, 0, longest), [0]), own), 'int64');
  }
  const before = past[0]?.key as Handle;
  const places = unsqueeze(g, range(g, 0, add(g, dimension(g, before, 2), tokens)), [0]);
  const asItCame = unsqueeze(g, keptAtFirst, [1]);
  const made = add(g, pastAtFirst, sub(g, own, asItCame));
  const inWhatCame = less(g, places, asItCame);
  const inWhatWasMade = and(g, greaterOrEqual(g, places, pastAtFirst), less(g, places, made));
  return cast(g, or(g, inWhatCame, inWhatWasMade), 'int64');
}

/** Closes the gap that padding left between what came in and what was made; as it is where there was none. */
function settled(g: Graph, present: readonly KeyValue[], kept: Handle, pastAtFirst: Handle): readonly KeyValue[] {
  const padded = squeeze(g, less(g, reduceMin(g, kept, [0]), pastAtFirst), [0]);
  const flat = present.flatMap(({ key, value }) => [key, value]);
  const shapes = flat.map(({ shape }) => shape);
  const moved = ifElse(
    g,
    padded,
    (branch) => {
      const total = dimension(branch, flat[0] as Handle, 2);
      const places = unsqueeze(branch, range(branch, 0, total), [0]);
      const own = unsqueeze(branch, kept, [1]);
      const from = minimum(branch, add(branch, places, sub(branch, pastAtFirst, own)), sub(branch, total, 1));
      const order = unsqueeze(branch, where(branch, less(branch, places, own), places, from), [1, 3]);
      return flat.map((cache) => gatherElements(branch, cache, expand(branch, order, cache.shape, [cache]), 2));
    },
    (branch) => flat.map((cache) => identity(branch, cache)),
    shapes,
  );
  return present.map((_, layer) => ({ key: moved[2 * layer] as Handle, value: moved[2 * layer + 1] as Handle }));
}

/** A part of the export in the place of an operator. */
function imported(
  g: Graph,
  part: string,
  { inputs }: FileFacts,
  given: (port: PortFacts) => Handle,
  outputs: readonly OpOutput[],
): readonly Handle[] {
  return g.ops('Imported', inputs.map(given), { part, outputs: { outputs } });
}

function dtypeOf(port: PortFacts | undefined): DType {
  return (port?.dtype ?? 'float32') as DType;
}
