import type { DType } from '../../values.ts';

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
