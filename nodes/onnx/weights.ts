import type { DType } from '../values.ts';

/** How a parameter starts. `normal` and `uniform` are symmetric around zero. */
export type Init =
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** Packed 4-bit weights of MatMulNBits, two to a byte. */
  | { readonly kind: 'nibbles' };

/** A tensor of weights that a model needs. */
export interface ParamSpec {
  /** Path in the module tree, e.g. `layers.0.attention.query.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly init: Init;
  /** Weights this stands for: its elements, the unpacked count of a packed tensor, 0 for scales and tables. */
  readonly parameters: number;
}

/** Where weights come from. */
export interface WeightSource {
  /** Equal for equal weights: part of the session's key and of the model digest. */
  readonly digest: string;
  /** Writes the tensor's bytes (little endian) into `into`, whose length is the tensor's size. */
  fill(spec: ParamSpec, into: Uint8Array): void;
}

/** For a graph that has none. */
export const NO_WEIGHTS: WeightSource = {
  digest: '',
  fill({ name }) {
    throw new Error(`there are no weights for ${name}`);
  },
};

const elementBytes: Readonly<Record<DType, number>> = {
  float64: 8,
  int64: 8,
  float32: 4,
  int32: 4,
  float16: 2,
  uint8: 1,
  int8: 1,
  bool: 1,
};

/** Size of a tensor in memory. */
export function bytesOf({ shape, dtype }: { readonly shape: readonly number[]; readonly dtype: DType }): number {
  return shape.reduce((size, dim) => size * dim, elementBytes[dtype]);
}
