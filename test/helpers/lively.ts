import { randomWeights } from '../../nodes/onnx/random.ts';
import type { WeightSource } from '../../nodes/onnx/weights.ts';

/** Random weights large enough for every branch of a small model to matter: matrices, scales and biases alike. */
export const lively: WeightSource = {
  digest: 'lively',
  fill(spec, into) {
    const init = { kind: 'uniform', bound: 0.8 } as const;
    randomWeights(3).fill(spec.init.kind === 'nibbles' ? spec : { ...spec, init }, into);
  },
};
