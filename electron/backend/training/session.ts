import * as ort from 'onnxruntime-node';
import type { Graph } from '../../../nodes/onnx/graph.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';
import type { StepSession } from '../../../nodes/training/trainer.ts';
import { sourceOfRequest } from '../runtime/model-source.ts';
import { fromOrt, toOrt } from '../runtime/tensors.ts';
import { THREADS } from '../runtime/threads.ts';

export interface TrainingSession extends StepSession {
  release(): Promise<void>;
}

/**
 * Numbers below 1.2e-38 are taken as 0. What a mask hides leaves a softmax of ONNX Runtime as 4e-39, and processors are
 * slow with such numbers: a causal attention's softmax took 8 ms where it takes 0.6 without them. The calling thread heeds the first
 * session of a process alone, which is why no session of another kind may come before.
 */
const FLUSH = { set_denormal_as_zero: '1' };

/**
 * A session for a training graph on the CPU, whose frozen weights come from `weights`. Runs are not pooled: the process
 * that trains does nothing else.
 */
export async function trainingSession(graph: Graph, weights: WeightSource): Promise<TrainingSession> {
  const source = sourceOfRequest({ key: 'training', build: () => buildModel(graph), weights }, 'cpu');
  const filled = source.weights?.();
  const session = await ort.InferenceSession.create(source.model as Uint8Array, {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    extra: { session: { ...THREADS, ...FLUSH } },
    ...(filled && filled.files.length > 0 && { externalData: filled.files }),
  }).catch((error: unknown) => {
    throw source.explain(error instanceof Error ? error.message : String(error));
  });
  filled?.release();
  return {
    async run(feeds, into) {
      const fetches = Object.fromEntries(
        Object.entries(into).map(([name, tensor]) => [name, tensor ? (toOrt({ tensor }).tensor as ort.Tensor) : null]),
      );
      return fromOrt(await session.run(toOrt(feeds), fetches));
    },
    release: () => session.release(),
  };
}
