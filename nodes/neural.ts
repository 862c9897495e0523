import { z } from 'zod';
import type { Cost } from './definition.ts';
import { VARIANTS } from './imports/variants.ts';
import { isStored } from './model-reference.ts';
import { costOf } from './onnx/cost.ts';
import type { Precision } from './onnx/graph.ts';
import type { ModuleGraph } from './onnx/modules.ts';

/** Where weights are random: those of a published model, or of a design of one's own. */
export const RANDOM = { param: 'model', is: [''], starts: 'paper:' };

/** Parameters that every kind with weights of its own has. */
export const neuralParams = {
  precision: z
    .enum(['fp32', 'fp16', 'q4'] as const satisfies readonly Precision[])
    .default('fp32')
    .meta({
      title: 'Precision',
      description: 'Of paper: models. q4: weights of linear layers in 4 bits (MatMulNBits)',
      when: RANDOM,
    }),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(0)
    .meta({ title: 'Seed', description: 'Of the random weights', when: RANDOM }),
};

/** Of models that others exported, in whatever precisions they come. */
export const variantParam = z
  .enum(['auto', ...VARIANTS])
  .default('auto')
  .meta({
    title: 'Variant',
    description: 'Of file: and hf: models; auto: the most exact that there is room for',
    advanced: true,
    when: [
      { param: 'model', starts: 'file:' },
      { param: 'model', starts: 'hf:' },
    ],
  });

export const layersParam = z.int().min(0).max(200).default(0).meta({
  title: 'Layers',
  description: 'Run the first k layers only and extrapolate the whole; 0 runs all',
  advanced: true,
});

/** What a node whose weights are random says of its output. */
export const RANDOM_WEIGHTS = 'random weights';

/** The precision that a node runs in: trained weights run in single precision, whatever the parameter says. */
export function precisionOf({
  model,
  precision,
}: {
  readonly model: string;
  readonly precision: Precision;
}): Precision {
  return isStored(model) ? 'fp32' : precision;
}

/** Costs kept: a measured repeat, or an edit elsewhere in the graph, builds and walks nothing again. */
const KEPT = 500;
const costs = new Map<string, Cost>();

/** What one run of a graph costs the node that builds it. `identity` is whatever the graph is built from. */
export function nodeCost(identity: readonly unknown[], { build, bindings }: ModuleGraph): Cost {
  const key = JSON.stringify([identity, bindings]);
  const known = costs.get(key);
  if (known) return known;
  const { parameters, flops, weightBytes, activationBytes } = costOf(build(), bindings);
  const cost = { parameters, flops, peakBytes: weightBytes + activationBytes };
  costs.set(key, cost);
  const [oldest] = costs.keys();
  if (costs.size > KEPT && oldest !== undefined) costs.delete(oldest);
  return cost;
}
