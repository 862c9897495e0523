import * as ort from 'onnxruntime-node';

/** Makes a session of a model and its weights, on one provider. */
export type Opener = (
  model: Uint8Array,
  weights: readonly { readonly path: string; readonly data: Uint8Array }[],
) => Promise<ort.InferenceSession>;

export const openOn =
  (provider: string): Opener =>
  (model, externalData) =>
    ort.InferenceSession.create(model, { externalData, executionProviders: [provider], logSeverityLevel: 4 });
