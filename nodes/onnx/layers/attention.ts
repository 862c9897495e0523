import { mulDims } from '../dims.ts';
import {
  add,
  cast,
  concat,
  dimension,
  expand,
  gatherElements,
  greater,
  less,
  matmul,
  minimum,
  mul,
  range,
  reduceMax,
  reshape,
  scaledMatmul,
  shapeOf,
  slice,
  softmax,
  squeeze,
  sub,
  transpose,
  unsqueeze,
  where,
} from '../functions.ts';
import type { Graph, Handle } from '../graph.ts';
import { dimAt, sizeAt } from '../ops/shapes.ts';
import { linear } from './linear.ts';
import { type Rotary, rotate } from './rotary.ts';

/** Attention (Vaswani et al. 2017, §3.2) in its uses: self, cross, causal, grouped queries, with a cache. */

export interface Heads {
  readonly heads: number;
  /** Heads of keys and values, each shared by a group of query heads (Ainslie et al. 2023); `heads` if absent. */
  readonly kvHeads?: number;
  /** Width of a head; that of `x` over `heads` if absent. */
  readonly headDim?: number;
}

export interface AttentionOptions extends Heads {
  /** Bias of query, key and value. */
  readonly bias?: boolean;
  /** Bias of the output; as `bias` if absent. */
  readonly outputBias?: boolean;
  /** Width of the output; that of `x` if absent. */
  readonly width?: number;
}

export interface SelfAttentionOptions extends AttentionOptions {
  readonly rotary?: Rotary;
  /** Added to the scores; broadcasts to `[batch, heads, tokens, total]`. */
  readonly mask?: Handle;
  /** Each token sees itself and what came before it. */
  readonly causal?: boolean;
}

export interface KeyValue {
  readonly key: Handle;
  readonly value: Handle;
}

/** Every token attends to every token of `x: [batch, tokens, width]` (or to earlier ones, with `causal`). */
export function selfAttention(g: Graph, name: string, x: Handle, options: SelfAttentionOptions): Handle {
  return g.scope(name, () => {
    const query = queries(g, x, options, options.rotary);
    return project(g, attend(g, query, keyValues(g, x, options, options.rotary), options), x, options);
  });
}

/** `x: [batch, tokens, width]` attends to `context: [batch, total, contextWidth]`. */
export function crossAttention(
  g: Graph,
  name: string,
  x: Handle,
  context: Handle,
  options: AttentionOptions & { readonly mask?: Handle },
): Handle {
  return g.scope(name, () => {
    const heads = { headDim: headDimOf(x, options), ...options };
    return project(g, attend(g, queries(g, x, heads), keyValues(g, context, heads), heads), x, heads);
  });
}

/** The query side of attention by itself: `[batch, tokens, heads·headDim]`. */
export function queries(g: Graph, x: Handle, options: AttentionOptions, turns?: Rotary): Handle {
  const query = linear(g, 'query', x, options.heads * headDimOf(x, options), { bias: options.bias });
  return turns ? rotate(g, query, options.heads, turns) : query;
}

/** The key and value side by itself, `[batch, total, kvHeads·headDim]` each: made once where many steps attend to it. */
export function keyValues(g: Graph, context: Handle, options: AttentionOptions, turns?: Rotary): KeyValue {
  const kvHeads = options.kvHeads ?? options.heads;
  const width = kvHeads * headDimOf(context, options);
  const key = linear(g, 'key', context, width, { bias: options.bias });
  return {
    key: turns ? rotate(g, key, kvHeads, turns) : key,
    value: linear(g, 'value', context, width, { bias: options.bias }),
  };
}

/** The output side: `[batch, tokens, heads·headDim]` → as wide as `x`. */
export function project(g: Graph, attended: Handle, x: Handle, options: AttentionOptions): Handle {
  const { width = sizeAt(x.shape, -1), bias, outputBias = bias } = options;
  return linear(g, 'output', attended, width, { bias: outputBias });
}

export interface AttendOptions extends Heads {
  readonly mask?: Handle;
  readonly causal?: boolean;
  /** Factor of the scores; `1 / √headDim` if absent. */
  readonly scale?: number;
}

/**
 * Scaled dot-product attention of `query: [batch, tokens, heads·headDim]` over keys and values
 * `[batch, total, kvHeads·headDim]` → `[batch, tokens, heads·headDim]`.
 */
export function attend(g: Graph, query: Handle, { key, value }: KeyValue, options: AttendOptions): Handle {
  const { heads, kvHeads = heads, mask, causal = false } = options;
  const headDim = sizeAt(query.shape, -1) / heads;
  const scale = options.scale ?? headDim ** -0.5;
  if (!g.fuses('MultiHeadAttention')) {
    const [q, k, v] = [splitHeads(g, query, heads), splitHeads(g, key, kvHeads), splitHeads(g, value, kvHeads)];
    const masks = [mask, causal ? causalMask(g, query, 0, key) : undefined];
    return plainAttention(g, q, k, v, scale, masks);
  }
  const groups = heads / kvHeads;
  return g.op(
    'MultiHeadAttention',
    [query, repeatHeads(g, key, kvHeads, groups), repeatHeads(g, value, kvHeads, groups), undefined, undefined, mask],
    { num_heads: heads, scale: { float: scale }, unidirectional: causal ? 1 : 0 },
  );
}

/** `[batch, total, heads·headDim]` with each head `groups` times, side by side. */
function repeatHeads(g: Graph, x: Handle, heads: number, groups: number): Handle {
  if (groups === 1) return x;
  const [batch, total, width] = [dimAt(x.shape, 0), dimAt(x.shape, 1), sizeAt(x.shape, 2)];
  const split = reshape(g, x, [batch, total, heads, 1, width / heads]);
  return reshape(g, expand(g, split, [1, 1, heads, groups, width / heads]), [batch, total, width * groups]);
}

// Causal attention with a cache

export interface CausalOptions extends AttentionOptions {
  readonly rotary?: Rotary;
  /** Keys and values of earlier tokens, `[batch, kvHeads, past, headDim]`; `past` may be 0. */
  readonly past: KeyValue;
  /** Added to the scores, `[batch or 1, 1, tokens, past + tokens]`: hides padding. */
  readonly mask?: Handle;
  /** Made once by `cacheLengths`. */
  readonly lengths: CacheLengths;
}

/** What causal attention needs to know of the cache's lengths; the same for every layer. */
export interface CacheLengths {
  /** Place of each sequence's last token, int32 `[batch]`. */
  readonly last: Handle;
  /** Tokens of the longest sequence, these included, int32 scalar. */
  readonly total: Handle;
  /** For plain operators; absent where fused. */
  readonly plain?: {
    /** Added to the scores, `[batch, 1, tokens, past + tokens]`. */
    readonly mask: Handle;
    /** What stands at each place, counted over the cache and then these tokens: int64 `[batch, 1, past + tokens, 1]`. */
    readonly order: Handle;
  };
}

/**
 * `x: [batch, tokens, …]`, `pastKey: [batch, kvHeads, past, headDim]` of any layer. `kept`, int64 `[batch]`: how many
 * places of the cache are each sequence's own, from the first; the rest is padding, which nobody reads. Absent: all.
 */
export function cacheLengths(g: Graph, x: Handle, pastKey: Handle, kept?: Handle): CacheLengths {
  return g.scope('cache', () => {
    const [past, tokens] = [dimension(g, pastKey, 2), dimension(g, x, 1)];
    const before = kept ?? expand(g, unsqueeze(g, past, [0]), [dimAt(x.shape, 0)], [x]);
    const last = cast(g, add(g, before, sub(g, tokens, 1)), 'int32');
    return {
      last,
      total: add(g, reduceMax(g, last, [0], { keep: false }), 1),
      ...(!g.fuses('GroupQueryAttention') && { plain: plainLengths(g, before, past, tokens) }),
    };
  });
}

function plainLengths(g: Graph, before: Handle, past: Handle, tokens: Handle): CacheLengths['plain'] {
  const total = add(g, past, tokens);
  const place = unsqueeze(g, range(g, 0, total), [0]);
  const own = unsqueeze(g, before, [1]);
  // New tokens come right after a sequence's own places; what would come after them is never looked at.
  const moved = minimum(g, add(g, place, sub(g, past, own)), sub(g, total, 1));
  const order = where(g, less(g, place, own), place, moved);
  const seeing = add(g, own, unsqueeze(g, range(g, 0, tokens), [0]));
  const ahead = greater(g, unsqueeze(g, place, [1]), unsqueeze(g, seeing, [2]));
  return { mask: unsqueeze(g, where(g, ahead, LOWEST, 0), [1]), order: unsqueeze(g, order, [1, 3]) };
}

/**
 * Causal self-attention of `x: [batch, tokens, width]` after a cache → the output as wide as `x`, and the cache with
 * these tokens behind each sequence's own places, `[batch, kvHeads, past + tokens, headDim]` (fused, no longer than the
 * longest needs). Prefill and decode are the same call. Fused, several tokens after a cache that is not empty need a
 * batch of 1 (ONNX Runtime refuses more).
 */
export function causalAttention(
  g: Graph,
  name: string,
  x: Handle,
  options: CausalOptions,
): { readonly output: Handle; readonly present: KeyValue } {
  const { heads, kvHeads = heads, past, lengths, rotary, mask } = options;
  return g.scope(name, () => {
    const query = queries(g, x, options, rotary);
    const { key, value } = keyValues(g, x, options, rotary);
    const scale = headDimOf(x, options) ** -0.5;
    if (g.fuses('GroupQueryAttention')) {
      const bias = mask ? [undefined, undefined, undefined, mask] : [];
      const [attended, presentKey, presentValue] = g.ops(
        'GroupQueryAttention',
        [query, key, value, past.key, past.value, lengths.last, lengths.total, ...bias],
        { num_heads: heads, kv_num_heads: kvHeads, scale: { float: scale } },
      );
      if (!attended || !presentKey || !presentValue) throw new Error('GroupQueryAttention gives three outputs');
      return { output: project(g, attended, x, options), present: { key: presentKey, value: presentValue } };
    }
    const { plain } = lengths;
    if (!plain) throw new Error('the lengths were made for fused attention');
    const longer = (cache: Handle, made: Handle) => {
      const all = concat(g, [cache, splitHeads(g, made, kvHeads)], 2);
      return gatherElements(g, all, expand(g, plain.order, all.shape, [all]), 2);
    };
    const present = { key: longer(past.key, key), value: longer(past.value, value) };
    const q = splitHeads(g, query, heads);
    const attended = plainAttention(g, q, present.key, present.value, scale, [plain.mask, mask]);
    return { output: project(g, attended, x, options), present };
  });
}

export interface BranchOptions extends AttentionOptions {
  readonly rotary?: Rotary;
  /** What all sequences begin with, `[kvHeads, prompt, headDim]`. */
  readonly prompt: KeyValue;
  /** What each went on with before this call, `[batch, kvHeads, own, headDim]`; stays as it is. */
  readonly own: KeyValue;
  /** Those of the tokens of this call, `[batch, kvHeads, since, headDim]`; `since` may be 0. */
  readonly since: KeyValue;
  /** Made once by `branchLengths`. */
  readonly lengths: BranchLengths;
}

/** What attention of branches needs to know of the lengths; the same for every layer. */
export interface BranchLengths {
  /** `prompt`, and `prompt + own`: int64 `[1]`. */
  readonly prompt: Handle;
  readonly before: Handle;
  /** Added to the scores of `own`, `[batch, 1, 1, own]`: hides padding. */
  readonly mask: Handle;
}

/** `kept`, int64 `[batch]`: how many places of `own` are each sequence's, from the first. */
export function branchLengths(g: Graph, prompt: KeyValue, own: KeyValue, kept: Handle): BranchLengths {
  const [shared, places] = [shapeOf(g, prompt.key, 1, 2), shapeOf(g, own.key, 2, 3)];
  const place = unsqueeze(g, range(g, 0, squeeze(g, places, [0])), [0]);
  const mask = where(g, less(g, place, unsqueeze(g, kept, [1])), 0, LOWEST);
  return { prompt: shared, before: add(g, shared, places), mask: unsqueeze(g, mask, [1, 2]) };
}

/**
 * Attention of one token a sequence, `x: [batch, 1, width]`, where all began with one prompt → the output as wide as
 * `x`, and the longer last part of the cache. The prompt is held and read once, and nothing that was there before the
 * call is copied: GroupQueryAttention copies every sequence's whole cache at each step, which with a batch of 16 is
 * three quarters of its time.
 */
export function branchAttention(
  g: Graph,
  name: string,
  x: Handle,
  options: BranchOptions,
): { readonly output: Handle; readonly since: KeyValue } {
  const { heads, kvHeads = heads, prompt, own, since, lengths, rotary } = options;
  return g.scope(name, () => {
    const headDim = headDimOf(x, options);
    const [batch, groups] = [dimAt(x.shape, 0), heads / kvHeads];
    const query = mul(g, queries(g, x, options, rotary), headDim ** -0.5);
    const q = reshape(g, query, [batch, kvHeads, groups, headDim]);
    const { key, value } = keyValues(g, x, options, rotary);
    const longer = (part: Handle, made: Handle) => concat(g, [part, reshape(g, made, [batch, kvHeads, 1, headDim])], 2);
    const now = { key: longer(since.key, key), value: longer(since.value, value) };
    const over = (keys: Handle) => matmul(g, q, transpose(g, keys, [0, 1, 3, 2]));
    const overPrompt = ofEach(g, q, (all) => matmul(g, all, transpose(g, prompt.key, [0, 2, 1])));
    const shares = softmax(g, concat(g, [overPrompt, add(g, over(own.key), lengths.mask), over(now.key)], 3));
    const part = (from: Handle | 0, to: Handle | undefined, { shape }: Handle, axis: number) =>
      slice(g, shares, 3, from, to, { length: dimAt(shape, axis) });
    const attended = [
      ofEach(g, part(0, lengths.prompt, prompt.key, 1), (all) => matmul(g, all, prompt.value)),
      matmul(g, part(lengths.prompt, lengths.before, own.key, 2), own.value),
      matmul(g, part(lengths.before, undefined, now.key, 2), now.value),
    ];
    const sum = attended.reduce((some, more) => add(g, some, more));
    return { output: project(g, reshape(g, sum, [batch, 1, heads * headDim]), x, options), since: now };
  });
}

/**
 * `x: [batch, kvHeads, groups, n]` with the sequences of a head side by side, `[kvHeads, batch·groups, n]`, through
 * `product`, and back: what they share is then one matrix for all of them.
 */
function ofEach(g: Graph, x: Handle, product: (all: Handle) => Handle): Handle {
  const [batch, kvHeads, groups, n] = [0, 1, 2, 3].map((axis) => dimAt(x.shape, axis));
  if (!batch || !kvHeads || !groups || !n) throw new Error('heads have four dimensions');
  const all = reshape(g, transpose(g, x, [1, 0, 2, 3]), [kvHeads, mulDims(batch, groups), n]);
  const made = product(all);
  return transpose(g, reshape(g, made, [kvHeads, batch, groups, dimAt(made.shape, 2)], [x, made]), [1, 0, 2, 3]);
}

// Plain operators

/** `[batch, tokens, heads·headDim]` → `[batch, heads, tokens, headDim]` */
function splitHeads(g: Graph, x: Handle, heads: number): Handle {
  const [batch, tokens, width] = [dimAt(x.shape, 0), dimAt(x.shape, 1), sizeAt(x.shape, 2)];
  return transpose(g, reshape(g, x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** Heads first, all of them: `q[batch, heads, tokens, headDim]` over `k, v[batch, kvHeads, total, headDim]`. */
function plainAttention(
  g: Graph,
  q: Handle,
  k: Handle,
  v: Handle,
  scale: number,
  masks: readonly (Handle | undefined)[],
): Handle {
  const [batch, heads, tokens, headDim] = [
    dimAt(q.shape, 0),
    sizeAt(q.shape, 1),
    dimAt(q.shape, 2),
    sizeAt(q.shape, 3),
  ];
  const groups = heads / sizeAt(k.shape, 1);
  const [keys, values] = [k, v].map((x) => groupedHeads(g, x, groups));
  if (!keys || !values) throw new Error('attention needs keys and values');
  let scores = scaledMatmul(g, q, keys, { transB: true, scale });
  for (const mask of masks) if (mask) scores = add(g, scores, mask);
  const attended = matmul(g, softmax(g, scores), values);
  return reshape(g, transpose(g, attended, [0, 2, 1, 3]), [batch, tokens, heads * headDim]);
}

/** `[batch, kvHeads, total, headDim]` → `[batch, kvHeads·groups, total, headDim]` */
function groupedHeads(g: Graph, x: Handle, groups: number): Handle {
  if (groups === 1) return x;
  const [batch, heads, total, headDim] = [dimAt(x.shape, 0), sizeAt(x.shape, 1), dimAt(x.shape, 2), sizeAt(x.shape, 3)];
  const repeated = expand(g, unsqueeze(g, x, [2]), [1, 1, groups, 1, 1]);
  return reshape(g, repeated, [batch, heads * groups, total, headDim], [x]);
}

/** 0 where a token may look, very low where it may not: `[tokens, past + tokens]`, or over the keys' length. */
export function causalMask(g: Graph, x: Handle, past: Handle | 0, key?: Handle): Handle {
  const tokens = dimension(g, x, 1);
  const total = key ? dimension(g, key, 1) : past === 0 ? tokens : add(g, past, tokens);
  const seeing = past === 0 ? range(g, 0, tokens) : range(g, past, total);
  const ahead = greater(g, unsqueeze(g, range(g, 0, total), [0]), unsqueeze(g, seeing, [1]));
  return where(g, ahead, LOWEST, 0);
}

/** Low enough to vanish in a softmax, and finite in half precision. */
export const LOWEST = -65504;

function headDimOf(x: Handle, { heads, headDim }: Heads): number {
  return headDim ?? sizeAt(x.shape, -1) / heads;
}
