import { type DecoderSizes, type DecodeState, decodeChunk } from '../../generation/decode.ts';
import { uniformGenerator } from '../../generation/uniforms.ts';
import { type DecoderConfig, positionAxes } from '../../llm/config.ts';
import type { Session } from '../../run.ts';
import type { Tensor, TensorData } from '../../values.ts';

/** A text, as tokens, that is to be continued. */
export interface Beginning {
  /** The prompt's tokens and those generated after it; two at least. */
  readonly ids: readonly number[];
  /** Continuations wanted, each drawn from a seed of its own. */
  readonly seeds: readonly number[];
  /** Most tokens of a continuation. */
  readonly room: number;
}

export interface ContinuingOptions {
  readonly session: Session;
  readonly config: DecoderConfig;
  /** The token that ends a text. */
  readonly end: number;
  readonly temperature: number;
  readonly signal: AbortSignal;
}

/** Sequences in one batch: more fill no core better, and their caches leave its own. */
const MOST_ROWS = 192;
/** Steps after which those that ended leave the batch. */
const STEPS = 8;

/**
 * Continues many texts to their ends, in batches of texts of equal length: so no token is padding. Tokens of each
 * continuation, the ending one included where it came. What comes of a text depends on its seeds, not on what else is
 * asked for, up to rounding.
 */
export async function continued(
  beginnings: readonly Beginning[],
  options: ContinuingOptions,
): Promise<readonly (readonly (readonly number[])[])[]> {
  const made = beginnings.map((): (readonly number[])[] => []);
  for (const batch of batches(beginnings)) {
    options.signal.throwIfAborted();
    const texts = await continuedBatch(
      batch.map((at) => beginnings[at] as Beginning),
      options,
    );
    let next = 0;
    for (const at of batch) {
      const { seeds } = beginnings[at] as Beginning;
      made[at] = texts.slice(next, next + seeds.length);
      next += seeds.length;
    }
  }
  return made;
}

/** Places of texts of equal length, as many as are worth one batch. */
function batches(beginnings: readonly Beginning[]): number[][] {
  const all: number[][] = [];
  const open = new Map<number, { readonly places: number[]; rows: number }>();
  beginnings.forEach(({ ids, seeds }, at) => {
    let batch = open.get(ids.length);
    if (!batch || batch.rows + seeds.length > MOST_ROWS) {
      batch = { places: [], rows: 0 };
      open.set(ids.length, batch);
      all.push(batch.places);
    }
    batch.places.push(at);
    batch.rows += seeds.length;
  });
  return all;
}

async function continuedBatch(
  beginnings: readonly Beginning[],
  { session, config, end, temperature, signal }: ContinuingOptions,
): Promise<number[][]> {
  const sizes = sizesOf(config);
  const sampling = { temperature, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
  const rows = beginnings.flatMap(({ seeds, room }, of) => seeds.map((seed) => ({ of, seed, room })));
  const texts = rows.map((): number[] => []);
  const draws = rows.map(({ seed }) => uniformGenerator(seed));
  // Read once each: what this one step samples is thrown away, since the last token is read again by every continuation.
  const read = await decodeChunk(
    session,
    sizes,
    startOf(
      sizes,
      beginnings.map(({ ids }) => ids.slice(0, -1)),
    ),
    { sampling, ends: [], steps: 1, uniforms: beginnings.map(() => () => 0) },
  );
  let state = picked(
    waiting(
      sizes,
      read.state,
      beginnings.map(({ ids }) => ids),
    ),
    sizes,
    rows.map(({ of }) => of),
  );
  let alive = [...rows.keys()];
  while (alive.length > 0) {
    signal.throwIfAborted();
    const uniforms = alive.map((at) => draws[at] as () => number);
    const chunk = await decodeChunk(session, sizes, state, { sampling, ends: [end], steps: STEPS, uniforms });
    chunk.tokens.forEach((ids, row) => {
      const at = alive[row] as number;
      const text = texts[at] as number[];
      text.push(...ids.slice(0, (rows[at]?.room ?? 0) - text.length));
    });
    const going = [...alive.keys()].filter((row) => {
      const at = alive[row] as number;
      const text = texts[at] as number[];
      return text.at(-1) !== end && text.length < (rows[at]?.room ?? 0);
    });
    state = going.length === alive.length ? chunk.state : picked(chunk.state, sizes, going);
    alive = going.map((row) => alive[row] as number);
  }
  return texts;
}

function sizesOf(config: DecoderConfig): DecoderSizes {
  const { vocabulary, layers, kvHeads, width, heads } = config;
  return {
    ...{ vocabulary, layers, kvHeads, width },
    headDim: width / heads,
    axes: positionAxes(config),
    cacheType: 'float32',
  };
}

/** Before anything was read: texts of equal length. */
function startOf(sizes: DecoderSizes, texts: readonly (readonly number[])[]): DecodeState {
  const [batch, count] = [texts.length, texts[0]?.length ?? 0];
  const empty: Tensor = {
    dtype: 'float32',
    dims: [batch, sizes.kvHeads, 0, sizes.headDim],
    data: new Float32Array(0),
  };
  const names = Array.from({ length: sizes.layers }, (_, layer) => [`past.${layer}.key`, `past.${layer}.value`]);
  return {
    pending: pendingOf(sizes, texts, 0),
    next: new BigInt64Array(batch).fill(BigInt(count)),
    kept: new BigInt64Array(batch),
    seen: new Uint8Array(batch * sizes.vocabulary),
    ended: new Uint8Array(batch),
    past: Object.fromEntries(names.flat().map((name) => [name, empty])),
  };
}

/** All of the texts is in the cache but their last tokens, which wait. */
function waiting(sizes: DecoderSizes, read: DecodeState, texts: readonly (readonly number[])[]): DecodeState {
  const last = (texts[0]?.length ?? 0) - 1;
  return {
    ...read,
    pending: pendingOf(
      sizes,
      texts.map((ids) => ids.slice(last)),
      last,
    ),
    next: new BigInt64Array(texts.length).fill(BigInt(last + 1)),
    ended: new Uint8Array(texts.length),
  };
}

/** Tokens of a batch that stand at `from` and after. */
function pendingOf(
  { axes, width }: DecoderSizes,
  texts: readonly (readonly number[])[],
  from: number,
): DecodeState['pending'] {
  const [batch, count] = [texts.length, texts[0]?.length ?? 0];
  const places = Array.from({ length: axes * batch * count }, (_, i) => BigInt(from + (i % count)));
  return {
    ids: { dtype: 'int64', dims: [batch, count], data: BigInt64Array.from(texts.flat(), BigInt) },
    visual: { dtype: 'float32', dims: [0, width], data: new Float32Array(0) },
    slots: { dtype: 'int64', dims: [0, 2], data: new BigInt64Array(0) },
    positions: { dtype: 'int64', dims: [axes, batch, count], data: BigInt64Array.from(places) },
  };
}

/** These rows of a batch, in this order, each as often as it is named. */
function picked(state: DecodeState, { axes }: DecoderSizes, rows: readonly number[]): DecodeState {
  const batch = state.ended.length;
  const of = (tensor: Tensor, axis: number, outer: number): Tensor => ({
    ...tensor,
    dims: tensor.dims.with(axis, rows.length),
    data: pickedData(tensor.data, outer, batch, rows),
  });
  const { ids, positions, ...nothing } = state.pending;
  return {
    pending: { ...nothing, ids: of(ids, 0, 1), positions: of(positions, 1, axes) },
    next: pickedData(state.next, 1, batch, rows),
    kept: pickedData(state.kept, 1, batch, rows),
    seen: pickedData(state.seen, 1, batch, rows),
    ended: pickedData(state.ended, 1, batch, rows),
    past: Object.fromEntries(Object.entries(state.past).map(([name, cache]) => [name, of(cache, 0, 1)])),
  };
}

/** Of `outer` parts of `batch` equal rows each, these rows. */
function pickedData<D extends TensorData>(data: D, outer: number, batch: number, rows: readonly number[]): D {
  const size = data.length / outer / batch;
  const make = data.constructor as new (length: number) => D;
  const copy = new make(outer * rows.length * size);
  for (let part = 0; part < outer; part++)
    rows.forEach((row, i) => {
      const from = (part * batch + row) * size;
      copy.set(data.subarray(from, from + size) as never, (part * rows.length + i) * size);
    });
  return copy;
}
