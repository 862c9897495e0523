import type { Tensor, TensorData } from '../values.ts';
import { type Cache, type DecoderSizes, type DecodeState, pendingTokens } from './decode.ts';

/** One sequence of a batch. */
export interface Row {
  readonly past: Cache;
  /** Which of the batch. */
  readonly row: number;
  /** Places of the cache that are its own. */
  readonly kept: number;
}

/** A sequence to go on with: its cache holds all but its last token. */
export interface RowStart extends Row {
  readonly last: number;
  /** Where its next token stands. */
  readonly next: number;
  /** `[vocabulary]`, 1 for tokens in its context. */
  readonly seen: Uint8Array;
  /** All of its tokens, for a decoder with `noRepeat`. */
  readonly history?: readonly number[];
}

/**
 * Sequences of several batches as one, each as long as it is. Caches are copied, nothing is computed again. `spare`: so
 * many places are left behind the longest.
 */
export function gather(sizes: DecoderSizes, rows: readonly RowStart[], spare = 0): DecodeState {
  const seen = new Uint8Array(rows.length * sizes.vocabulary);
  rows.forEach((row, at) => {
    seen.set(row.seen, at * sizes.vocabulary);
  });
  const next = rows.map((row) => row.next);
  return {
    pending: pendingTokens(
      sizes,
      rows.map(({ last }) => last),
      next,
    ),
    next: BigInt64Array.from(next, BigInt),
    kept: BigInt64Array.from(rows, ({ kept }) => BigInt(kept)),
    seen,
    ended: new Uint8Array(rows.length),
    past: gatherCaches(rows, spare),
    ...(sizes.noRepeat !== undefined && { history: rows.map(({ history = [] }) => history) }),
  };
}

/** The caches of these rows, as many places long as the longest has and `spare` more; what is over is zero. */
export function gatherCaches(rows: readonly Row[], spare = 0): Cache {
  const places = Math.max(...rows.map(({ kept }) => kept)) + spare;
  const names = Object.keys(rows[0]?.past ?? {});
  return Object.fromEntries(names.map((name) => [name, gathered(name, rows, places)]));
}

function gathered(name: string, rows: readonly Row[], places: number): Tensor {
  const tensors = rows.map(({ past }) => {
    const tensor = past[name];
    if (!tensor) throw new Error(`a sequence has no ${name}`);
    return tensor;
  });
  const [first] = tensors;
  if (!first) throw new Error('there is no sequence to gather');
  const [, heads = 0, , width = 0] = first.dims;
  const data = new (first.data.constructor as new (length: number) => TensorData)(rows.length * heads * places * width);
  rows.forEach(({ row, kept }, at) => {
    const from = tensors[at] ?? first;
    const stride = (from.dims[2] ?? 0) * width;
    for (let head = 0; head < heads; head++) {
      const start = (row * heads + head) * stride;
      const own = from.data.subarray(start, start + kept * width);
      data.set(own as never, (at * heads + head) * places * width);
    }
  });
  return { dtype: first.dtype, dims: [rows.length, heads, places, width], data };
}

/** Bytes of a cache, padding included. */
export function cacheBytes(past: Cache): number {
  return Object.values(past).reduce((sum, { data }) => sum + data.byteLength, 0);
}
