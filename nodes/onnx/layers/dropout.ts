import { cast, div, greaterOrEqual, mul, range, reshape, scalar } from '../functions.ts';
import type { Graph, Handle } from '../graph.ts';
import { sizeAt } from '../ops/shapes.ts';
import { startOf } from '../random.ts';

export interface DropoutOptions {
  /** Share of elements that become 0, from 0 to below 1. */
  readonly share: number;
  /** Int64 scalar: the same mask for the same seed, another in each step for a seed that counts steps. */
  readonly seed: Handle;
}

/**
 * Dropout (Srivastava et al. 2014, §10): zeroes elements of `x` and divides the rest by `1 - share`, so that the mean
 * stays. The mask is a function of the seed, the layer's path and the element's place alone, not of a generator's state
 * (Salmon et al. 2011): a training that was resumed drops what it would have dropped. Throws where no share is left.
 */
export function dropout(g: Graph, name: string, x: Handle, { share, seed }: DropoutOptions): Handle {
  if (!(share >= 0 && share < 1)) throw new Error(`a share of ${share} cannot be dropped: expected 0 to below 1`);
  const count = x.shape.reduce<number>((total, _, axis) => total * sizeAt(x.shape, axis), 1);
  const layer = scalar(g, startOf(0, g.path(name)) >>> 0, 'int64');
  return g.scope(name, () => {
    const key = mixed(g, xor(g, mixed(g, word(g, seed)), layer));
    // The places' half does not change from step to step: ONNX Runtime works it out when the session is opened.
    const bits = mixed(g, xor(g, mixed(g, range(g, 0, count)), key));
    const kept = cast(g, greaterOrEqual(g, bits, Math.round(share * 2 ** 32)), x.dtype);
    return mul(g, x, reshape(g, mul(g, kept, 1 / (1 - share)), x.shape));
  });
}

/**
 * MurmurHash3's finaliser over words of 32 bits, kept in int64: ONNX shifts no signed numbers, so a division stands for a
 * shift, and factors are written as signed, which makes the same low bits and overflows nowhere.
 */
function mixed(g: Graph, words: Handle): Handle {
  const shifted = (x: Handle, bits: number) => xor(g, x, div(g, x, 2 ** bits));
  const first = word(g, mul(g, shifted(words, 16), 0x85ebca6b | 0));
  return shifted(word(g, mul(g, shifted(first, 13), 0xc2b2ae35 | 0)), 16);
}

/** The low 32 bits. */
function word(g: Graph, x: Handle): Handle {
  return g.op('BitwiseAnd', [x, scalar(g, 2 ** 32 - 1, 'int64')]);
}

function xor(g: Graph, a: Handle, b: Handle): Handle {
  return g.op('BitwiseXor', [a, b]);
}
