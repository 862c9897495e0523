import type { Session } from '../run.ts';
import type { FloatTensor, Tensor, TensorData } from '../values.ts';
import { type Sampling, samplingFeeds } from './sampling.ts';

/** Sizes of a decoder that its caller must know. */
export interface DecoderSizes {
  readonly vocabulary: number;
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly width: number;
  /** Numbers that say where a token stands: 1, or 3 with M-RoPE. */
  readonly axes: number;
  readonly cacheType: 'float32' | 'float16';
}

/** Tokens of a prompt, with visual rows in place of some. One sequence. */
export interface PromptTokens {
  readonly ids: readonly number[];
  /** Rows `[count, width]` that stand in place of the ids at `slots`, in order. */
  readonly visual: FloatTensor;
  readonly slots: readonly number[];
  /** Where each token stands, an array for each axis. */
  readonly positions: readonly (readonly number[])[];
  /** Where the first generated token stands. */
  readonly next: number;
}

/** Where decoding stands: may be kept, forked, and gone on from more than once. */
export interface DecodeState {
  /** Tokens that the cache does not hold yet. */
  readonly pending: Readonly<Record<'ids' | 'visual' | 'slots' | 'positions', Tensor>>;
  readonly next: BigInt64Array;
  /** `[batch · vocabulary]`, 1 for tokens in the context. */
  readonly seen: Uint8Array;
  readonly ended: Uint8Array;
  /** `past.<layer>.key` and `.value`. */
  readonly past: Readonly<Record<string, Tensor>>;
}

export interface Chunk {
  /** One list a step, with a token for each sequence. */
  readonly tokens: readonly (readonly number[])[];
  readonly logProbs: readonly (readonly number[])[];
  readonly state: DecodeState;
}

export interface ChunkOptions {
  readonly sampling: Sampling;
  readonly ends: readonly number[];
  readonly steps: number;
  /** Draws a number in [0, 1). */
  readonly uniform: () => number;
  /** Inputs that stay the same for all chunks: an adapter's keys and values. */
  readonly constants?: Readonly<Record<string, Tensor>>;
}

/** Decoding that has not started: the first chunk's first step is the prefill. */
export function startState(sizes: DecoderSizes, prompt: PromptTokens): DecodeState {
  const count = prompt.ids.length;
  const seen = new Uint8Array(sizes.vocabulary);
  const visual = new Set(prompt.slots);
  prompt.ids.forEach((id, at) => {
    if (!visual.has(at)) seen[id] = 1;
  });
  const empty: Tensor = {
    dtype: sizes.cacheType,
    dims: [1, sizes.kvHeads, 0, sizes.headDim],
    data: sizes.cacheType === 'float16' ? new Uint16Array(0) : new Float32Array(0),
  };
  const slots = prompt.slots.flatMap((at) => [0, at]);
  return {
    pending: {
      ids: int64s([1, count], prompt.ids),
      visual: prompt.visual,
      slots: int64s([prompt.slots.length, 2], slots),
      positions: int64s([sizes.axes, 1, count], prompt.positions.flat()),
    },
    next: BigInt64Array.of(BigInt(prompt.next)),
    seen,
    ended: new Uint8Array(1),
    past: Object.fromEntries(cacheNames(sizes, 'past').map((name) => [name, empty])),
  };
}

/** Runs up to `steps` steps in one call; fewer where every sequence ended. */
export async function decodeChunk(
  session: Session,
  sizes: DecoderSizes,
  state: DecodeState,
  options: ChunkOptions,
): Promise<Chunk> {
  const batch = state.ended.length;
  const uniforms = Float32Array.from({ length: options.steps * batch }, options.uniform);
  const outputs = await session.run({
    ...state.pending,
    ...state.past,
    ...options.constants,
    ...samplingFeeds(options.sampling, sizes.vocabulary),
    steps: int64s([], [options.steps]),
    uniforms: { dtype: 'float32', dims: [options.steps, batch], data: uniforms },
    next: { dtype: 'int64', dims: [batch], data: state.next },
    seen: { dtype: 'bool', dims: [batch, sizes.vocabulary], data: state.seen },
    ended: { dtype: 'bool', dims: [batch], data: state.ended },
    // No id is -1; the largest of no numbers is undefined, so there is always one.
    ends: int64s([Math.max(1, options.ends.length)], options.ends.length > 0 ? options.ends : [-1]),
  });
  const tokens = rows(outputs.tokens, batch);
  return {
    tokens,
    logProbs: rows(outputs.log_probs, batch),
    state: advanced(sizes, state, tokens, outputs),
  };
}

/** The same sequence `count` times, to go on differently from here. Its cache is copied, not computed again. */
export function fork(state: DecodeState, count: number): DecodeState {
  const { ids, visual, slots, positions } = state.pending;
  if (state.ended.length !== 1) throw new Error('one sequence can be forked, not a batch');
  if (ids.dims[1] !== 1) throw new Error('fork after the prefill: before it the prompt is not in the cache');
  return {
    pending: { ids: repeated(ids, 0, count), visual, slots, positions: repeated(positions, 1, count) },
    next: repeatedData(state.next, 1, count),
    seen: repeatedData(state.seen, 1, count),
    ended: repeatedData(state.ended, 1, count),
    past: Object.fromEntries(Object.entries(state.past).map(([name, cache]) => [name, repeated(cache, 0, count)])),
  };
}

/**
 * Fills the cache with all of a prompt but its last token, which must be text, so that the state can be forked before
 * anything is sampled.
 */
export async function prefill(
  session: Session,
  sizes: DecoderSizes,
  prompt: PromptTokens,
  options: Pick<ChunkOptions, 'sampling' | 'constants'>,
): Promise<DecodeState> {
  const whole = startState(sizes, prompt);
  const last = prompt.ids.length - 1;
  if (prompt.slots.includes(last)) throw new Error('a prompt must end in text');
  if (last === 0) return whole;
  const before: PromptTokens = {
    ...prompt,
    ids: prompt.ids.slice(0, last),
    positions: prompt.positions.map((axis) => axis.slice(0, last)),
    next: 0,
  };
  const once = { ...options, ends: [], steps: 1, uniform: () => 0 };
  const { state } = await decodeChunk(session, sizes, startState(sizes, before), once);
  const places = prompt.positions.map((axis) => axis[last] ?? 0);
  return {
    ...whole,
    pending: {
      ...state.pending,
      ids: int64s([1, 1], prompt.ids.slice(last)),
      positions: int64s([sizes.axes, 1, 1], places),
    },
    past: state.past,
  };
}

function advanced(
  sizes: DecoderSizes,
  state: DecodeState,
  tokens: readonly (readonly number[])[],
  outputs: Readonly<Record<string, Tensor>>,
): DecodeState {
  const batch = state.ended.length;
  const seen = state.seen.slice();
  for (const step of tokens)
    step.forEach((id, sequence) => {
      seen[sequence * sizes.vocabulary + id] = 1;
    });
  const steps = BigInt(tokens.length);
  const positions = Array.from({ length: sizes.axes }, () => Array.from(state.next, (at) => Number(at + steps - 1n)));
  const ended = outputs.still_ended?.data;
  if (!(ended instanceof Uint8Array)) throw new Error('the session did not say what ended');
  const present = cacheNames(sizes, 'present');
  return {
    pending: {
      ids: int64s([batch, 1], tokens.at(-1) ?? []),
      visual: { dtype: 'float32', dims: [0, sizes.width], data: new Float32Array(0) },
      slots: int64s([0, 2], []),
      positions: int64s([sizes.axes, batch, 1], positions.flat()),
    },
    next: state.next.map((at) => at + steps),
    seen,
    ended,
    past: Object.fromEntries(
      cacheNames(sizes, 'past').map((name, index) => {
        const cache = outputs[present[index] ?? ''];
        if (!cache) throw new Error(`the session gave no cache for ${name}`);
        return [name, cache];
      }),
    ),
  };
}

function cacheNames({ layers }: DecoderSizes, side: 'past' | 'present'): string[] {
  return Array.from({ length: layers }, (_, layer) =>
    ['key', 'value'].map((part) => `${side}.${layer}.${part}`),
  ).flat();
}

/** Rows of a `[steps, batch]` tensor. */
function rows(tensor: Tensor | undefined, batch: number): number[][] {
  if (!tensor) throw new Error('the session gave no tokens');
  const flat = Array.from(tensor.data, Number);
  return Array.from({ length: flat.length / batch }, (_, step) => flat.slice(step * batch, (step + 1) * batch));
}

function int64s(dims: readonly number[], values: readonly number[]): Tensor {
  return { dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) };
}

/** A tensor whose dimension `axis` is 1, `count` times along it. */
function repeated(tensor: Tensor, axis: number, count: number): Tensor {
  const outer = tensor.dims.slice(0, axis).reduce((size, dim) => size * dim, 1);
  return { ...tensor, dims: tensor.dims.with(axis, count), data: repeatedData(tensor.data, outer, count) };
}

/** Each of `outer` equal parts of `data`, `count` times. */
function repeatedData<D extends TensorData>(data: D, outer: number, count: number): D {
  const inner = data.length / outer;
  const make = data.constructor as new (length: number) => D;
  const copies = new make(data.length * count);
  for (let part = 0; part < outer; part++) {
    const one = data.subarray(part * inner, (part + 1) * inner);
    for (let copy = 0; copy < count; copy++) copies.set(one as never, (part * count + copy) * inner);
  }
  return copies;
}
