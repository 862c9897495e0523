import * as ort from 'onnxruntime-node';
import { NodeError } from '../../../nodes/run.ts';
import type { DType, Tensor, TensorData } from '../../../nodes/values.ts';

const DTYPES: ReadonlySet<string> = new Set<DType>([
  'float32',
  'float16',
  'int64',
  'int32',
  'uint8',
  'int8',
  'bool',
  'float64',
]);

/** No copy: ONNX Runtime reads the arrays where they are. */
export function toOrt(feeds: Readonly<Record<string, Tensor>>): Record<string, ort.Tensor> {
  const tensors: Record<string, ort.Tensor> = {};
  for (const [name, { dtype, data, dims }] of Object.entries(feeds))
    tensors[name] = new ort.Tensor(dtype, data as Float32Array, dims);
  return tensors;
}

export function fromOrt(results: ort.InferenceSession.OnnxValueMapType): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(results)) tensors[name] = tensorOf(name, value);
  return tensors;
}

function tensorOf(name: string, { type, data, dims }: ort.OnnxValue): Tensor {
  if (!isDType(type) || !ArrayBuffer.isView(data))
    throw new NodeError(
      `The model's output "${name}" is of type ${type}, which no node takes.`,
      'Cast it to float32 or int64 in the model.',
    );
  if (type !== 'float16' || data instanceof Uint16Array) return { dtype: type, dims, data: data as TensorData };
  // Where JavaScript has half floats, ONNX Runtime returns those; here they are bits.
  return { dtype: type, dims, data: new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) };
}

function isDType(type: string): type is DType {
  return DTYPES.has(type);
}
