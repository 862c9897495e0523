import { product } from '../dims.ts';
import {
  add,
  cast,
  concat,
  cos,
  dimension,
  gather,
  ints,
  mul,
  neg,
  range,
  reshape,
  sin,
  split,
  squeeze,
  unsqueeze,
  values,
} from '../functions.ts';
import type { Graph, Handle } from '../graph.ts';
import { dimAt, sizeAt } from '../ops/shapes.ts';

/** Rotary position embeddings (Su et al. 2021), halves form: feature `i` turns with feature `i + headDim/2`. */

/** Cosines and sines of each token's angles, made once and used by every layer. */
export interface Rotary {
  /** `[batch, tokens, headDim / 2]` */
  readonly cos: Handle;
  readonly sin: Handle;
  /** Row of each token in the flattened tables, int64 `[batch, tokens]`: what the fused operator looks up. */
  readonly rows: Handle;
}

/** `theta^(-2i / dim)` for each of `dim / 2` pairs (Su et al., eq. 15). */
export function rotaryFrequencies(dim: number, theta: number): number[] {
  return Array.from({ length: dim / 2 }, (_, pair) => theta ** ((-2 * pair) / dim));
}

/** One position a token: `positions: [batch, tokens]`, int64. */
export function rotary(g: Graph, positions: Handle, frequencies: readonly number[]): Rotary {
  return g.scope('rotary', () => fromAngles(g, anglesOf(g, positions, frequencies)));
}

/**
 * Row and column of each patch (Qwen2-VL's vision encoder): half of the angles turn by the row, half by the column.
 * `rows`, `columns`: `[batch, tokens]`; `frequencies`: `headDim / 4` of them.
 */
export function rotary2d(g: Graph, rows: Handle, columns: Handle, frequencies: readonly number[]): Rotary {
  return g.scope('rotary', () => {
    const angles = [rows, columns].map((positions) => anglesOf(g, positions, frequencies));
    return fromAngles(g, concat(g, angles, -1));
  });
}

/**
 * Multimodal rotary (M-RoPE, Qwen2-VL, Wang et al. 2024 §2.1): sections of the frequencies turn by time, row and column.
 * `positions: [3, batch, tokens]`; `sections` adds up to `frequencies.length`, e.g. 16 + 24 + 24.
 */
export function rotaryMultimodal(
  g: Graph,
  positions: Handle,
  frequencies: readonly number[],
  sections: readonly [number, number, number],
): Rotary {
  return g.scope('rotary', () => {
    let from = 0;
    const angles = sections.map((size, axis) => {
      const part = frequencies.slice(from, from + size);
      from += size;
      return anglesOf(g, squeeze(g, gather(g, positions, ints(g, [axis]), 0), [0]), part);
    });
    return fromAngles(g, concat(g, angles, -1));
  });
}

/** `positions[batch, tokens]` times each frequency: `[batch, tokens, frequencies]`, in single precision. */
function anglesOf(g: Graph, positions: Handle, frequencies: readonly number[]): Handle {
  const turns = values(g, frequencies, [frequencies.length], 'float32');
  return mul(g, unsqueeze(g, cast(g, positions, 'float32'), [-1]), turns);
}

function fromAngles(g: Graph, angles: Handle): Rotary {
  const [batch, tokens] = [dimAt(angles.shape, 0), dimAt(angles.shape, 1)];
  const count = mul(g, dimension(g, angles, 0), dimension(g, angles, 1));
  const rows = reshape(g, range(g, 0, count), [batch, tokens], [angles]);
  return { cos: cast(g, cos(g, angles), g.dtype), sin: cast(g, sin(g, angles), g.dtype), rows };
}

/** Turns the heads of `x: [batch, tokens, heads·headDim]`. */
export function rotate(g: Graph, x: Handle, heads: number, { cos, sin, rows }: Rotary): Handle {
  const half = sizeAt(cos.shape, 2);
  if (g.fuses('RotaryEmbedding')) {
    const [cosTable, sinTable] = [cos, sin].map((table) => reshape(g, table, [product(table.shape.slice(0, 2)), half]));
    return g.op('RotaryEmbedding', [x, rows, cosTable, sinTable], { num_heads: heads, rotary_embedding_dim: 0 });
  }
  const [batch, tokens, width] = [dimAt(x.shape, 0), dimAt(x.shape, 1), sizeAt(x.shape, 2)];
  const [first, second] = split(g, reshape(g, x, [batch, tokens, heads, width / heads]), [half, half], 3);
  if (!first || !second) throw new Error('a head has two halves');
  const [c, s] = [cos, sin].map((table) => unsqueeze(g, table, [2]));
  if (!c || !s) throw new Error('rotary tables come in two');
  const turned = [add(g, mul(g, first, c), neg(g, mul(g, second, s))), add(g, mul(g, second, c), mul(g, first, s))];
  return reshape(g, concat(g, turned, 3), [batch, tokens, width]);
}
