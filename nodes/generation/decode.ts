import type { Session } from '../run.ts';
import type { FloatTensor, Tensor } from '../values.ts';
import { historyFeed } from './no-repeat.ts';
import { type Sampling, samplingFeeds } from './sampling.ts';
import type { TextTokenizer } from './tokenizer.ts';

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
  /** No stretch of so many tokens comes twice; absent where any may. */
  readonly noRepeat?: number;
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

/** A decoder ready to go on from prompts: its session, and what is the same for all of them. */
export interface BoundDecoder {
  readonly session: Session;
  readonly sizes: DecoderSizes;
  readonly tokenizer: TextTokenizer;
  /** Ids that end an answer. */
  readonly ends: readonly number[];
  /** Keys and values of gated layers. */
  readonly constants: Readonly<Record<string, Tensor>>;
  /** A session of `sampleGraph`, made when it is first needed. */
  sampler(): Promise<Session>;
  /** One of `branchGraph`, made when it is first needed; absent where what a step does is not ours to write. */
  branches?(): Promise<Session>;
  /** See `RunContext`. */
  clock(): number;
  /** What is to be said of every answer, e.g. "random weights". */
  readonly caveat?: string;
}

/** `past.<layer>.key` and `.value`, `[batch, kvHeads, places, headDim]`. */
export type Cache = Readonly<Record<string, Tensor>>;

/** Where decoding stands, one sequence or several of different lengths: may be kept, and gone on from more than once. */
export interface DecodeState {
  /** Tokens that the cache does not hold yet. */
  readonly pending: Readonly<Record<'ids' | 'visual' | 'slots' | 'positions', Tensor>>;
  /** Where each sequence's next token stands. */
  readonly next: BigInt64Array;
  /** Places of the cache that are each sequence's own, from the first; the rest is padding. */
  readonly kept: BigInt64Array;
  /** `[batch · vocabulary]`, 1 for tokens in the context. */
  readonly seen: Uint8Array;
  readonly ended: Uint8Array;
  readonly past: Cache;
  /** All tokens of each sequence, for a decoder with `noRepeat`. */
  readonly history?: readonly (readonly number[])[];
}

export interface Chunk {
  /** The tokens of each sequence: as many as there were steps, or fewer where it ended. */
  readonly tokens: readonly (readonly number[])[];
  readonly logProbs: readonly (readonly number[])[];
  readonly steps: number;
  readonly state: DecodeState;
  /** Scores over the vocabulary after the last `scores` tokens of the last step, `[batch, scores, vocabulary]`. */
  readonly logits?: FloatTensor;
}

export interface ChunkOptions {
  readonly sampling: Sampling;
  readonly ends: readonly number[];
  readonly steps: number;
  /** Draw numbers in [0, 1), one for each sequence. */
  readonly uniforms: readonly (() => number)[];
  /** Inputs that stay the same for all chunks: an adapter's keys and values. */
  readonly constants?: Readonly<Record<string, Tensor>>;
  /** Wanted as `logits`: after how many tokens of the last step. More than 1 with a single step only. */
  readonly scores?: number;
}

/** Decoding that has not started: the first chunk's first step is the prefill. */
export function startState(sizes: DecoderSizes, prompt: PromptTokens): DecodeState {
  const count = prompt.ids.length;
  const seen = new Uint8Array(sizes.vocabulary);
  const visual = new Set(prompt.slots);
  prompt.ids.forEach((id, at) => {
    if (!visual.has(at)) seen[id] = 1;
  });
  const slots = prompt.slots.flatMap((at) => [0, at]);
  return {
    pending: {
      ids: int64s([1, count], prompt.ids),
      visual: prompt.visual,
      slots: int64s([prompt.slots.length, 2], slots),
      positions: int64s([sizes.axes, 1, count], prompt.positions.flat()),
    },
    next: BigInt64Array.of(BigInt(prompt.next)),
    kept: new BigInt64Array(1),
    seen,
    ended: new Uint8Array(1),
    past: emptyCache(sizes),
    ...(sizes.noRepeat !== undefined && { history: [prompt.ids] }),
  };
}

/** The cache of a sequence before its first token. */
export function emptyCache(sizes: DecoderSizes): Cache {
  const empty: Tensor = {
    dtype: sizes.cacheType,
    dims: [1, sizes.kvHeads, 0, sizes.headDim],
    data: sizes.cacheType === 'float16' ? new Uint16Array(0) : new Float32Array(0),
  };
  return Object.fromEntries(cacheNames(sizes, 'past').map((name) => [name, empty]));
}

/** The cache of one sequence as what the branches of `branchGraph` share. */
export function promptCache(past: Cache): Readonly<Record<string, Tensor>> {
  const shared = Object.entries(past).map(([name, tensor]): [string, Tensor] => [
    name.replace('past', 'prompt'),
    { ...tensor, dims: tensor.dims.slice(1) },
  ]);
  return Object.fromEntries(shared);
}

/** Runs up to `steps` steps in one call; fewer where every sequence ended. */
export async function decodeChunk(
  session: Session,
  sizes: DecoderSizes,
  state: DecodeState,
  options: ChunkOptions,
): Promise<Chunk> {
  const outputs = await session.run({ ...state.pending, ...chunkFeeds(sizes, state, options) }, wanted(sizes, options));
  return chunkOf(sizes, state, outputs, pastOf(sizes, outputs));
}

/**
 * The same over a session of `branchGraph`, with the prompt's cache among `constants`. The state's own cache has room for
 * all steps and is written on in place: states before this one may be kept, since they know how many places are their
 * own, but only one may be gone on from.
 */
export async function decodeBranches(
  session: Session,
  sizes: DecoderSizes,
  state: DecodeState,
  options: ChunkOptions,
): Promise<Chunk> {
  const { ids, positions } = state.pending;
  const feeds = { ids, positions, ...chunkFeeds(sizes, state, options) };
  const outputs = await session.run(feeds, wanted(sizes, options));
  const chunk = chunkOf(sizes, state, outputs, state.past);
  const made = Object.entries(pastOf(sizes, outputs));
  for (const [name, since] of made) writeOn(state.past[name], since, state.kept, chunk.state.kept);
  return chunk;
}

/** Puts what was made, `[batch, kvHeads, steps, headDim]`, behind each sequence's own places. */
function writeOn(cache: Tensor | undefined, made: Tensor, before: BigInt64Array, after: BigInt64Array): void {
  if (!cache) throw new Error('the session made a cache that it did not have');
  const [, heads = 0, places = 0, width = 0] = cache.dims;
  const steps = made.dims[2] ?? 0;
  before.forEach((kept, row) => {
    const [at, count] = [Number(kept), Number((after[row] ?? kept) - kept)];
    for (let head = row * heads; head < (row + 1) * heads; head++) {
      const from = head * steps * width;
      const own = made.data.subarray(from, from + count * width);
      cache.data.set(own as never, (head * places + at) * width);
    }
  });
}

function chunkFeeds(sizes: DecoderSizes, state: DecodeState, options: ChunkOptions): Record<string, Tensor> {
  const batch = state.ended.length;
  const uniforms = new Float32Array(options.steps * batch);
  options.uniforms.forEach((draw, sequence) => {
    for (let step = 0; step < options.steps; step++) uniforms[step * batch + sequence] = draw();
  });
  return {
    ...state.past,
    ...options.constants,
    ...samplingFeeds(options.sampling, sizes.vocabulary),
    steps: int64s([], [options.steps]),
    uniforms: { dtype: 'float32', dims: [options.steps, batch], data: uniforms },
    next: { dtype: 'int64', dims: [batch], data: state.next },
    kept: { dtype: 'int64', dims: [batch], data: state.kept },
    seen: { dtype: 'bool', dims: [batch, sizes.vocabulary], data: state.seen },
    ended: { dtype: 'bool', dims: [batch], data: state.ended },
    // No id is -1; the largest of no numbers is undefined, so there is always one.
    ends: int64s([Math.max(1, options.ends.length)], options.ends.length > 0 ? options.ends : [-1]),
    scored: int64s([1], [options.scores ?? 1]),
    ...(state.history && { history: historyFeed(state.history) }),
  };
}

function wanted(sizes: DecoderSizes, { scores }: ChunkOptions): string[] {
  const always = ['tokens', 'log_probs', 'still_ended', 'now_kept', ...cacheNames(sizes, 'present')];
  return scores === undefined ? always : [...always, 'logits'];
}

function chunkOf(
  sizes: DecoderSizes,
  state: DecodeState,
  outputs: Readonly<Record<string, Tensor>>,
  past: Cache,
): Chunk {
  const batch = state.ended.length;
  const [kept, ended] = [outputs.now_kept?.data, outputs.still_ended?.data];
  const [logits, ids] = [outputs.logits, outputs.tokens];
  if (!(kept instanceof BigInt64Array) || !(ended instanceof Uint8Array) || !ids)
    throw new Error('the session did not say what became of the sequences');
  const read = state.pending.ids.dims[1] ?? 0;
  const counts = Array.from(kept, (places, i) =>
    state.ended[i] ? 0 : Number(places - (state.kept[i] ?? 0n)) - read + 1,
  );
  const tokens = columns(ids, counts);
  return {
    tokens,
    logProbs: columns(outputs.log_probs, counts),
    steps: ids.data.length / batch,
    state: { ...advanced(sizes, state, tokens), kept, ended, past },
    ...(logits?.data instanceof Float32Array && { logits: { ...logits, dtype: 'float32', data: logits.data } }),
  };
}

function advanced(
  { vocabulary, width, axes }: DecoderSizes,
  state: DecodeState,
  tokens: readonly (readonly number[])[],
): Pick<DecodeState, 'pending' | 'next' | 'seen' | 'history'> {
  const batch = tokens.length;
  const seen = state.seen.slice();
  tokens.forEach((ids, sequence) => {
    for (const id of ids) seen[sequence * vocabulary + id] = 1;
  });
  const before = state.pending.ids.data;
  const next = state.next.map((at, sequence) => at + BigInt(tokens[sequence]?.length ?? 0));
  const last = tokens.map((ids, sequence) => ids.at(-1) ?? Number(before[before.length - batch + sequence]));
  const history = state.history?.map((ids, sequence) => [...ids, ...(tokens[sequence] ?? [])]);
  return {
    pending: pendingTokens({ width, axes }, last, Array.from(next, Number)),
    next,
    seen,
    ...(history && { history }),
  };
}

/** One sequence with a token put in after what it has. */
export function appended({ vocabulary, axes }: DecoderSizes, state: DecodeState, id: number): DecodeState {
  const { ids, positions } = state.pending;
  const [count = 0, next = 0n] = [ids.dims[1], state.next[0]];
  const before = Array.from(positions.data, Number);
  const places = Array.from({ length: axes }, (_, axis) => [
    ...before.slice(axis * count, (axis + 1) * count),
    Number(next),
  ]);
  const seen = state.seen.slice();
  seen[id % vocabulary] = 1;
  return {
    ...state,
    pending: {
      ...state.pending,
      ids: int64s([1, count + 1], [...Array.from(ids.data, Number), id]),
      positions: int64s([axes, 1, count + 1], places.flat()),
    },
    next: BigInt64Array.of(next + 1n),
    seen,
    ...(state.history && { history: state.history.map((before) => [...before, id]) }),
  };
}

/** One token for each sequence, which stands right before its next one. */
export function pendingTokens(
  { width, axes }: Pick<DecoderSizes, 'width' | 'axes'>,
  ids: readonly number[],
  next: readonly number[],
): DecodeState['pending'] {
  const positions = Array.from({ length: axes }, () => next.map((at) => at - 1));
  return {
    ids: int64s([ids.length, 1], ids),
    visual: { dtype: 'float32', dims: [0, width], data: new Float32Array(0) },
    slots: int64s([0, 2], []),
    positions: int64s([axes, ids.length, 1], positions.flat()),
  };
}

function pastOf(sizes: DecoderSizes, outputs: Readonly<Record<string, Tensor>>): Cache {
  const present = cacheNames(sizes, 'present');
  return Object.fromEntries(
    cacheNames(sizes, 'past').map((name, index) => {
      const cache = outputs[present[index] ?? ''];
      if (!cache) throw new Error(`the session gave no cache for ${name}`);
      return [name, cache];
    }),
  );
}

function cacheNames({ layers }: DecoderSizes, side: 'past' | 'present'): string[] {
  return Array.from({ length: layers }, (_, layer) =>
    ['key', 'value'].map((part) => `${side}.${layer}.${part}`),
  ).flat();
}

/** Columns of a `[steps, batch]` tensor, each as long as its count. */
function columns(tensor: Tensor | undefined, counts: readonly number[]): number[][] {
  if (!tensor) throw new Error('the session gave no tokens');
  return counts.map((count, sequence) =>
    Array.from({ length: count }, (_, step) => Number(tensor.data[step * counts.length + sequence])),
  );
}

function int64s(dims: readonly number[], values: readonly number[]): Tensor {
  return { dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) };
}
