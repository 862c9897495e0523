import { dimName } from '../dims.ts';
import {
  add,
  cast,
  concat,
  conv,
  gather,
  gemm,
  matmul,
  mul,
  reshape,
  scalar,
  slice,
  sub,
  transpose,
} from '../functions.ts';
import type { Graph, Handle } from '../graph.ts';
import { dimAt, sizeAt } from '../ops/shapes.ts';
import { bytesOf } from '../weights.ts';

export interface LinearOptions {
  readonly bias?: boolean;
  /** Standard deviation of random weights. */
  readonly std?: number;
}

/** Standard deviation of random weights, small enough for deep stacks to stay finite in fp16 (GPT-2). */
export const STD = 0.02;

/** `x[…, in] · weight[in, width] (+ bias)` → `[…, width]`. With `q4` the weight is `MatMulNBits`'s, in blocks of 32. */
export function linear(g: Graph, name: string, x: Handle, width: number, options: LinearOptions = {}): Handle {
  const { bias = true, std = STD } = options;
  return g.scope(name, () => {
    const inner = sizeAt(x.shape, -1);
    const product =
      g.options.precision === 'q4'
        ? quantisedProduct(g, x, inner, width, std)
        : concat(
            g,
            columnParts(g, inner, width).map(({ name: part, width: columns }) =>
              matmul(g, x, g.param(part, [inner, columns], { kind: 'normal', std })),
            ),
            -1,
          );
    return bias ? add(g, product, g.param('bias', [width], { kind: 'constant', value: 0 })) : product;
  });
}

/** ONNX Runtime takes no larger tensor from memory. */
const LARGEST_TENSOR = 2 ** 31 - 1;

/** A weight as few enough columns that each part can be loaded: one part, but for the heads of large vocabularies. */
function columnParts(g: Graph, inner: number, width: number): { readonly name: string; readonly width: number }[] {
  const count = Math.ceil((inner * width * bytesOf({ shape: [], dtype: g.dtype })) / LARGEST_TENSOR);
  if (count === 1) return [{ name: 'weight', width }];
  const each = Math.ceil(width / count);
  return Array.from({ length: count }, (_, i) => ({ name: `weight.${i}`, width: Math.min(each, width - i * each) }));
}

const BLOCK = 32;
/** Standard deviation of whole numbers spread evenly over -7 … 7, which random nibbles stand for. */
const NIBBLE_STD = Math.sqrt((15 ** 2 - 1) / 12);

/** A column of the weight is a row of blocks, each of 32 nibbles (low first) with one scale; 8 stands for zero. */
function quantisedProduct(g: Graph, x: Handle, inner: number, width: number, std: number): Handle {
  const blocks = Math.ceil(inner / BLOCK);
  const packed = g.param(
    'weight',
    [width, blocks, BLOCK / 2],
    { kind: 'nibbles' },
    { dtype: 'uint8', parameters: inner * width },
  );
  const scales = g.param('scales', [width, blocks], { kind: 'constant', value: std / NIBBLE_STD }, { parameters: 0 });
  if (g.fuses('MatMulNBits')) {
    const attributes = { K: inner, N: width, bits: 4, block_size: BLOCK, accuracy_level: 4 };
    return g.op('MatMulNBits', [x, packed, scales], attributes);
  }
  const low = g.op('BitwiseAnd', [packed, scalar(g, 15, 'uint8')]);
  const high = g.op('BitShift', [packed, scalar(g, 4, 'uint8')], { direction: 'RIGHT' });
  const pairs = concat(
    g,
    [low, high].map((half) => reshape(g, half, [width, blocks, BLOCK / 2, 1])),
    3,
  );
  const levels = sub(g, cast(g, reshape(g, pairs, [width, blocks, BLOCK]), x.dtype), 8);
  const weight = mul(g, levels, reshape(g, scales, [width, blocks, 1]));
  // The last block may be filled up with nibbles that stand for nothing.
  const rows = slice(g, reshape(g, weight, [width, blocks * BLOCK]), 1, 0, inner);
  return matmul(g, x, transpose(g, rows, [1, 0]));
}

/**
 * A table of vectors, and the rows that `ids` (int64, any shape) pick: `[…ids, width]`. A table too large to be loaded in
 * single precision is kept in half: look its rows up with `rowsOf`.
 */
export function embedding(
  g: Graph,
  name: string,
  ids: Handle,
  count: number,
  width: number,
): { readonly embedded: Handle; readonly table: Handle } {
  const large = count * width * bytesOf({ shape: [], dtype: g.dtype }) > LARGEST_TENSOR;
  const dtype = large ? 'float16' : g.dtype;
  const table = g.scope(name, () => g.param('weight', [count, width], { kind: 'normal', std: STD }, { dtype }));
  return { embedded: rowsOf(g, table, ids), table };
}

/** Rows of an embedding table, in the precision of activations. */
export function rowsOf(g: Graph, table: Handle, ids: Handle): Handle {
  return cast(g, gather(g, table, ids), g.dtype);
}

/** Scores over a vocabulary by the embedding table itself: `x[batch, tokens, width] · table[count, width]ᵀ`. */
export function tiedHead(g: Graph, x: Handle, table: Handle): Handle {
  const [batch, tokens, width] = [dimAt(x.shape, 0), dimAt(x.shape, 1), sizeAt(x.shape, 2)];
  const rows = g.op('Reshape', [
    x,
    g.constant({ dtype: 'int64', dims: [2], data: BigInt64Array.of(-1n, BigInt(width)) }),
  ]);
  return reshape(g, gemm(g, rows, table, undefined, { transB: true }), [batch, tokens, sizeAt(table.shape, 0)], [x]);
}

/**
 * Patches of a picture as tokens (ViT, Dosovitskiy et al. 2021, eq. 1): a convolution whose stride is its kernel.
 * `pixels: [n, channels, height, width]` → `[n, rows·cols, width]`. Where patches come flattened already
 * (Qwen2-VL), use `linear` without bias.
 */
export function patchEmbedding(
  g: Graph,
  name: string,
  pixels: Handle,
  options: { readonly patch: number; readonly width: number; readonly bias?: boolean },
): Handle {
  const { patch, width, bias = true } = options;
  return g.scope(name, () => {
    const channels = dimAt(pixels.shape, 1);
    if (typeof channels !== 'number') throw new Error(`the channels must be a number, not ${dimName(channels)}`);
    const weight = g.param('weight', [width, channels, patch, patch], { kind: 'normal', std: STD });
    const offset = bias ? g.param('bias', [width], { kind: 'constant', value: 0 }) : undefined;
    const map = conv(g, pixels, weight, offset, { stride: patch });
    const flat = g.op('Reshape', [
      map,
      g.constant({ dtype: 'int64', dims: [3], data: BigInt64Array.of(0n, BigInt(width), -1n) }),
    ]);
    return transpose(g, flat, [0, 2, 1]);
  });
}
