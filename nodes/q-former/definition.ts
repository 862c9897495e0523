import { z } from 'zod';
import { defineNode, type Facts } from '../definition.ts';
import { modelChoices, modelOf, requireInput } from '../model-reference.ts';
import { neuralParams, precisionOf, RANDOM } from '../neural.ts';
import type { ValueSpec } from '../values.ts';
import { qFormerCost, qFormerModules } from './model.ts';
import { Q_FORMER_PRESETS, type QFormerConfig } from './presets.ts';

/** Sizes of one's own, where no model is held. */
const OWN = { param: 'model', is: [''] };

const params = z.object({
  model: z
    .string()
    .default('paper:blip2-qformer')
    .meta({
      title: 'Model',
      description: 'A published Q-Former; empty: the sizes below',
      control: 'model',
      choices: [...modelChoices('q-former', Q_FORMER_PRESETS), { value: '', label: 'Own sizes' }],
    }),
  outputWidth: z.int().min(1).max(65536).default(2560).meta({
    title: 'Output width',
    description: "The LLM's width: a linear layer maps the queries to it; a trained model has its own",
    when: RANDOM,
  }),
  queries: z.int().min(1).max(1024).default(32).meta({
    title: 'Queries',
    description: 'Visual tokens that come out',
    when: OWN,
  }),
  width: z.int().min(8).max(8192).default(768).meta({ title: 'Width', advanced: true, when: OWN }),
  layers: z.int().min(1).max(64).default(12).meta({ title: 'Layers', advanced: true, when: OWN }),
  heads: z
    .int()
    .min(1)
    .max(64)
    .default(12)
    .meta({ title: 'Heads', description: 'Must divide the width', advanced: true, when: OWN }),
  crossEvery: z.int().min(1).max(64).default(2).meta({
    title: 'Cross-attention every',
    unit: 'layers',
    description: 'The first layer has it, then every k-th',
    advanced: true,
    when: OWN,
  }),
  ...neuralParams,
});

export type QFormerParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'q-former',
  version: 1,
  title: 'Q-Former',
  category: 'Fusion',
  doc: 'A small transformer of learned queries: in every layer the queries attend to each other, in every k-th also to the features of the picture. However many patches the encoder has, as many visual tokens come out as there are queries; a linear layer brings them to the width of the LLM.',
  sources: [{ title: 'BLIP-2, section 3.1', url: 'https://arxiv.org/abs/2301.12597' }],
  params,
  ports: () => ({
    inputs: { features: { type: 'features', doc: "An encoder's [n, tokens, width], the class token included" } },
    outputs: { embeddings: { type: 'embeddings', doc: 'Visual tokens [n, queries, LLM width]' } },
  }),
  shapes({ params: values, inputs, facts }): Readonly<Record<string, ValueSpec>> {
    const [features] = inputs.features ?? [];
    if (features?.type !== 'features') return {};
    requireInput(values.model, facts, features.width);
    const { config, outputWidth } = qFormerModel(values, facts);
    return {
      embeddings: {
        type: 'embeddings',
        count: features.count,
        tokens: config.queries,
        width: outputWidth,
        ...(features.tiling && { tiling: features.tiling }),
      },
    };
  },
  cost({ params: values, inputs, facts }) {
    const { config, outputWidth } = qFormerModel(values, facts);
    const [features] = inputs.features ?? [];
    if (features?.type !== 'features') return {};
    const { count, tokens, width } = features;
    return {
      ...qFormerCost(config, width, outputWidth, precisionOf(values), { count, tokens }),
      tokens: { visual: count * config.queries },
    };
  },
  modules({ params: values, inputs, facts }) {
    const { config, outputWidth } = qFormerModel(values, facts);
    const [features] = inputs.features ?? [];
    if (features?.type !== 'features') return undefined;
    return qFormerModules(config, features.width, outputWidth, precisionOf(values), features);
  },
});

export interface QFormerModel {
  readonly config: QFormerConfig;
  /** Of the visual tokens that come out; a published Q-Former is given the LLM's. */
  readonly outputWidth: number;
}

/** The Q-Former that these parameters draw. Throws an `Error` where the heads do not divide the width. */
export function qFormerModel(values: QFormerParams, facts?: Facts): QFormerModel {
  if (values.model === '') return { config: ownConfig(values), outputWidth: values.outputWidth };
  const held = modelOf<{ config: QFormerConfig; outputWidth?: number }>(
    values.model,
    Q_FORMER_PRESETS,
    (card) => {
      if (card.kind !== 'q-former') return undefined;
      const { outputWidth, input, ...config } = card.architecture;
      return { config, outputWidth };
    },
    facts,
  );
  return { config: held.config, outputWidth: held.outputWidth ?? values.outputWidth };
}

function ownConfig({ queries, width, layers, heads, crossEvery }: QFormerParams): QFormerConfig {
  if (width % heads !== 0) throw new Error(`${heads} heads do not divide a width of ${width}`);
  return { queries, width, layers, heads, crossEvery, mlpWidth: 4 * width, epsilon: 1e-12 };
}
