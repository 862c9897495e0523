import { z } from 'zod';
import type { Cost } from './definition.ts';
import { type Bindings, costOf } from './onnx/cost.ts';
import type { Graph, Precision } from './onnx/graph.ts';

/** Parameters that every kind with weights of its own has. */
export const neuralParams = {
  precision: z
    .enum(['fp32', 'fp16', 'q4'] as const satisfies readonly Precision[])
    .default('fp32')
    .meta({ title: 'Precision', description: 'q4: weights of linear layers in 4 bits (MatMulNBits)' }),
  seed: z.int().min(0).max(0xffffffff).default(0).meta({ title: 'Seed', description: 'Of the random weights' }),
};

export const layersParam = z.int().min(0).max(200).default(0).meta({
  title: 'Layers',
  description: 'Run the first k layers only and extrapolate the whole; 0 runs all',
  advanced: true,
});

/** What a node whose weights are random says of its output. */
export const RANDOM_WEIGHTS = 'random weights';

/** What one run of a graph costs the node that builds it. */
export function nodeCost(graph: Graph, bindings: Bindings): Cost {
  const { parameters, flops, weightBytes, activationBytes } = costOf(graph, bindings);
  return { parameters, flops, peakBytes: weightBytes + activationBytes };
}
