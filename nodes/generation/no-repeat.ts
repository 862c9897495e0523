import { symbol } from '../onnx/dims.ts';
import {
  and,
  concat,
  equal,
  expand,
  full,
  scatterElements,
  slice,
  unsqueeze,
  values,
  where,
} from '../onnx/functions.ts';
import type { Graph, Handle } from '../onnx/graph.ts';
import { dimAt, sizeAt } from '../onnx/ops/shapes.ts';
import type { Tensor } from '../values.ts';

/**
 * No stretch of `n` tokens comes twice (`no_repeat_ngram_size`; Paulus et al. 2018, section 2.5): a token that would end one
 * that is there already cannot be drawn.
 */

/** Stands before what is shorter than the longest of a batch. */
const NOTHING = -1;

/** All tokens of each sequence, `[batch, tokens]`, as an input; shorter ones end with the longest. */
export function historyFeed(rows: readonly (readonly number[])[]): Tensor {
  const longest = Math.max(...rows.map(({ length }) => length));
  const data = rows.flatMap((row) => [...Array<number>(longest - row.length).fill(NOTHING), ...row]);
  return { dtype: 'int64', dims: [rows.length, longest], data: BigInt64Array.from(data, BigInt) };
}

/** Tokens that cannot follow these. */
export function repeats(ids: readonly number[], n: number): number[] {
  const last = ids.slice(ids.length - (n - 1));
  return ids.flatMap((id, at) => {
    const start = at - (n - 1);
    return start >= 0 && last.every((each, i) => each === ids[start + i]) ? [id] : [];
  });
}

/** `scores [batch, vocabulary]` with those of tokens at nothing that cannot follow `history [batch, tokens]`. */
export function withoutRepeats(g: Graph, scores: Handle, history: Handle, n: number): Handle {
  const vocabulary = sizeAt(scores.shape, 1);
  const windows = { length: symbol('windows') };
  const candidates = slice(g, history, 1, n - 1, undefined, windows);
  const same = Array.from({ length: n - 1 }, (_, i) => {
    const before = slice(g, history, 1, i, i - (n - 1), windows);
    return equal(g, before, slice(g, history, 1, i - (n - 1), i === n - 2 ? undefined : i - (n - 2), { length: 1 }));
  });
  const whole = same.reduce((all, each) => and(g, all, each), equal(g, candidates, candidates));
  // What may follow is told of a place behind the vocabulary: every place that is written to is written alike.
  const places = where(g, whole, candidates, vocabulary);
  const spare = full(g, [dimAt(scores.shape, 0), 1], 0, 'float32', [scores]);
  const never = expand(g, values(g, [Number.NEGATIVE_INFINITY], [1, 1], 'float32'), places.shape, [places]);
  const wider = scatterElements(g, concat(g, [scores, spare], 1), places, never, 1);
  return slice(g, wider, 1, 0, vocabulary);
}

/** `history` with the token of each sequence behind it. */
export function longerHistory(g: Graph, history: Handle, token: Handle): Handle {
  return concat(g, [history, unsqueeze(g, token, [1])], 1);
}
