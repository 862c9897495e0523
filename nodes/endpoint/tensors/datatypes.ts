import type { DType, TensorData } from '../../values.ts';

/** Types of tensors as KServe v2 names them, and as wires carry them. */
export const DTYPES: Readonly<Record<string, DType>> = {
  FP32: 'float32',
  FP16: 'float16',
  FP64: 'float64',
  INT64: 'int64',
  INT32: 'int32',
  INT8: 'int8',
  UINT8: 'uint8',
  BOOL: 'bool',
};

export function datatypeOf(dtype: DType): string {
  const found = Object.entries(DTYPES).find(([, ours]) => ours === dtype);
  if (!found) throw new Error(`KServe v2 has no type for ${dtype}`);
  return found[0];
}

interface ArrayOfNumbers {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): TensorData;
  from(values: readonly number[]): TensorData;
}

const ARRAYS: Readonly<Record<Exclude<DType, 'int64'>, ArrayOfNumbers>> = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

export function elementBytes(dtype: DType): number {
  return dtype === 'int64' ? 8 : ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** Raw little-endian values, as the binary tensor extension has them. */
export function fromBytes(dtype: DType, bytes: Uint8Array): TensorData {
  // Its own buffer: a view may begin at a place where no 8-byte value may.
  const { buffer } = bytes.slice();
  return dtype === 'int64' ? new BigInt64Array(buffer) : new ARRAYS[dtype](buffer);
}

/** Values as they stand in JSON, nested or flat; half-precision ones cannot. */
export function fromJson(dtype: DType, values: readonly unknown[]): TensorData {
  const flat = values.flat(Number.POSITIVE_INFINITY).map(Number);
  return dtype === 'int64' ? BigInt64Array.from(flat, (value) => BigInt(Math.trunc(value))) : ARRAYS[dtype].from(flat);
}
