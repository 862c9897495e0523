import * as ort from 'onnxruntime-node';
import type { OnnxModel } from '../../nodes/onnx/model.ts';
import { randomWeights } from '../../nodes/onnx/random.ts';
import { bytesOf } from '../../nodes/onnx/weights.ts';

/** A session as a script would make it by hand, with the same weights that Patchbay would give it. */
export function openModel(model: OnnxModel, seed = 1): Promise<ort.InferenceSession> {
  const weights = randomWeights(seed);
  const externalData = model.files.map(({ path, bytes, entries }) => {
    const data = new Uint8Array(bytes);
    for (const { spec, offset } of entries) weights.fill(spec, data.subarray(offset, offset + bytesOf(spec)));
    return { path, data };
  });
  return ort.InferenceSession.create(model.bytes, { executionProviders: ['cpu'], logSeverityLevel: 3, externalData });
}
