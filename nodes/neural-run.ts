import type { Cost } from './definition.ts';
import { RANDOM_WEIGHTS } from './neural.ts';
import type { Graph } from './onnx/graph.ts';
import { randomWeights } from './onnx/random.ts';
import { buildModel } from './onnx/serialize.ts';
import type { NodeMetrics, RunContext, Session } from './run.ts';
import type { FloatTensor, Tensor } from './values.ts';

/**
 * A session for a graph with seeded random weights. `identity` is whatever the graph was built from: equal identities
 * share a session.
 */
export function randomSession(
  context: RunContext,
  identity: unknown,
  seed: number,
  build: () => Graph,
): Promise<Session> {
  const weights = randomWeights(seed);
  const key = JSON.stringify([identity, weights.digest]);
  return context.session({ key, build: () => buildModel(build()), weights });
}

/** Says on the node what it costs and that its weights are random. */
export function reportCost(context: RunContext, cost: Cost, more: NodeMetrics = {}): void {
  context.report({
    ...(cost.parameters !== undefined && { parameters: cost.parameters }),
    ...(cost.flops !== undefined && { flops: cost.flops }),
    ...(cost.peakBytes !== undefined && { bytes: { peak: cost.peakBytes } }),
    ...(cost.tokens && { tokens: cost.tokens }),
    caveat: RANDOM_WEIGHTS,
    ...more,
  });
}

/** Output `name` of a session, which our graphs always give in single precision. */
export function floatOutput(outputs: Readonly<Record<string, Tensor>>, name: string): FloatTensor {
  const tensor = outputs[name];
  if (!tensor || !(tensor.data instanceof Float32Array)) throw new Error(`the session gave no float32 "${name}"`);
  return { dtype: 'float32', dims: tensor.dims, data: tensor.data };
}
