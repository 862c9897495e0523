import { basename } from 'node:path';
import { NodeError, type SessionRequest } from '../../../nodes/run.ts';
import type { DType } from '../../../nodes/values.ts';

/** What a session is made from: bytes or a path, and the tensors that stand beside it. */
export interface ModelSource {
  readonly model: Uint8Array | string;
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Of the weights. */
  readonly bytes: number;
  /** The error for the user when ONNX Runtime refuses it. */
  explain(reason: string): NodeError;
}

const ELEMENT_BYTES: Readonly<Record<DType, number>> = {
  float64: 8,
  int64: 8,
  float32: 4,
  int32: 4,
  float16: 2,
  uint8: 1,
  int8: 1,
  bool: 1,
};

/** Builds the model and its weights in memory: nothing is written to disk. */
export async function sourceOfRequest({ key, build, weights }: SessionRequest): Promise<ModelSource> {
  const model = build();
  const externalData = model.files.map(({ path, bytes, entries }) => {
    const data = new Uint8Array(bytes);
    for (const { spec, offset } of entries) {
      const size = spec.shape.reduce((product, dim) => product * dim, ELEMENT_BYTES[spec.dtype]);
      weights.fill(spec, data.subarray(offset, offset + size));
    }
    return { path, data };
  });
  return {
    model: model.bytes,
    ...(externalData.length > 0 && { externalData }),
    bytes: model.files.reduce((sum, file) => sum + file.bytes, 0),
    explain: (reason) => new NodeError(`ONNX Runtime could not load the model ${key}: ${reason}`, memoryHint(reason)),
  };
}

/** An `.onnx` file; weights beside it are found by ONNX Runtime itself. */
export async function sourceOfFile(path: string, bytes: number): Promise<ModelSource> {
  return {
    model: path,
    bytes,
    explain: (reason) =>
      /external data|\.data|onnx_data/i.test(reason)
        ? new NodeError(
            `${basename(path)} needs a weight file that is not beside it: ${reason}`,
            'Put its .onnx_data file in the same folder.',
          )
        : new NodeError(
            `${path} is not a model that ONNX Runtime can load: ${reason}`,
            'Export or download it again; it may be damaged or need a newer runtime.',
          ),
  };
}

function memoryHint(reason: string): string | undefined {
  return /alloc|memory/i.test(reason) ? 'There was not enough memory: use a smaller model or fewer layers.' : undefined;
}
