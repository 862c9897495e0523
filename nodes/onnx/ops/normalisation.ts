import { dimsEqual } from '../dims.ts';
import { defineOp, type OpOutput } from '../ops.ts';
import { dimAt, type Inputs, needed } from './shapes.ts';

defineOp('LayerNormalization', { infer: normalised });
/** RMS norm; ONNX Runtime registers it in the standard domain. */
defineOp('SimplifiedLayerNormalization', { infer: normalised });

/** Input and skip added, then normalised: outputs 0 (normalised) and 3 (the sum). */
for (const name of ['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization']) {
  defineOp(name, {
    domain: 'com.microsoft',
    absentOutputs: [1, 2],
    infer(inputs) {
      const [x, skip, scale] = [needed(inputs, 0), needed(inputs, 1), needed(inputs, 2)];
      normalised([x, scale]);
      const { dtype, shape } = x;
      if (skip.shape.length !== shape.length) throw new Error('the skip must have the shape of the input');
      return Array.from({ length: 4 }, () => ({ dtype, shape }));
    },
  });
}

function normalised(inputs: Inputs): readonly OpOutput[] {
  const { dtype, shape } = needed(inputs, 0);
  const scale = needed(inputs, 1);
  if (!dimsEqual(dimAt(shape, -1), dimAt(scale.shape, -1))) throw new Error('the scale must be as wide as the input');
  return [{ dtype, shape }];
}
