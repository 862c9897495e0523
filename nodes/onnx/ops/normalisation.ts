import { dimsEqual } from '../dims.ts';
import { type Attributes, defineOp, type OpOutput } from '../ops.ts';
import { dimAt, type Inputs, needed } from './shapes.ts';

/** On a norm: its statistics come out after its result, float32 `[…, 1]` each. Not written to the model. */
export const WITH_STATISTICS = { statistics: { dim: 1 } } as const;

/** Statistics: the mean, and 1 over the deviation. */
defineOp('LayerNormalization', { infer: (inputs, attributes) => withStatistics(normalised(inputs), attributes, 2) });
/** RMS norm; ONNX Runtime registers it in the standard domain. Statistics: 1 over the root mean square. */
defineOp('SimplifiedLayerNormalization', {
  infer: (inputs, attributes) => withStatistics(normalised(inputs), attributes, 1),
});

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

function withStatistics(result: OpOutput, attributes: Attributes, count: number): readonly OpOutput[] {
  if (!('statistics' in attributes)) return [result];
  const each = { dtype: 'float32', shape: result.shape.with(-1, 1) } as const;
  return [result, ...Array.from({ length: count }, () => each)];
}

function normalised(inputs: Inputs): OpOutput {
  const { dtype, shape } = needed(inputs, 0);
  const scale = needed(inputs, 1);
  if (!dimsEqual(dimAt(shape, -1), dimAt(scale.shape, -1))) throw new Error('the scale must be as wide as the input');
  return { dtype, shape };
}
