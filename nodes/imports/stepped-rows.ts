import type { Tensor, TensorData } from '../values.ts';
import type { DecoderFacts } from './facts.ts';

/** Which places of a cache are a sequence's own, outside of a graph: `maskOf` and `settled` of nodes/imports/decoder.ts. */
export interface Rows {
  /** `[batch]`, now and when the call began. */
  readonly kept: BigInt64Array;
  readonly keptAtFirst: BigInt64Array;
  /** How long the cache was when the call began. */
  readonly pastAtFirst: number;
  /** `[batch, kvHeads, places, headDim]` by name. */
  readonly past: Readonly<Record<string, Tensor>>;
}

/** int64 `[batch, places]`. `before`: places of the cache that goes in; `tokens`: that are read. */
export function maskOf(cache: DecoderFacts['cache'], rows: Rows, before: number, tokens: number): Tensor {
  const { kept, keptAtFirst, pastAtFirst } = rows;
  const longest = Math.max(...Array.from(kept, Number));
  const places = (cache === 'grouped' ? longest : before) + tokens;
  const data = new BigInt64Array(kept.length * places);
  kept.forEach((each, row) => {
    const [own, came] = [Number(each) + tokens, Number(keptAtFirst[row])];
    for (let place = 0; place < places; place++) {
      const made = place >= pastAtFirst && place < pastAtFirst + own - came;
      if (cache === 'grouped' ? place < own : place < came || made) data[row * places + place] = 1n;
    }
  });
  return { dtype: 'int64', dims: [kept.length, places], data };
}

/** The cache with each sequence's own places first: what was made stands behind the padding of what came in. */
export function inOrder({ past, keptAtFirst, pastAtFirst }: Rows): Rows['past'] {
  if (keptAtFirst.every((each) => Number(each) === pastAtFirst)) return past;
  return Object.fromEntries(
    Object.entries(past).map(([name, cache]) => [name, closed(cache, keptAtFirst, pastAtFirst)]),
  );
}

function closed(cache: Tensor, keptAtFirst: BigInt64Array, pastAtFirst: number): Tensor {
  const [, heads = 0, places = 0, width = 0] = cache.dims;
  const data = cache.data.slice() as TensorData;
  keptAtFirst.forEach((kept, row) => {
    for (let head = 0; head < heads; head++) {
      const start = (row * heads + head) * places;
      const made = cache.data.subarray((start + pastAtFirst) * width, (start + places) * width);
      data.set(made as never, (start + Number(kept)) * width);
    }
  });
  return { ...cache, data };
}
