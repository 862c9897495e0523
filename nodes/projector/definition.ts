import { z } from 'zod';
import { defineNode, type Facts } from '../definition.ts';
import { importFacts, isImported } from '../imports/facts.ts';
import { isStored, modelChoices, modelOf, requireInput } from '../model-reference.ts';
import { neuralParams, precisionOf, RANDOM, variantParam } from '../neural.ts';
import type { ValueSpec } from '../values.ts';
import { tokensWithNewlines } from './arrange.ts';
import { endsRows, type ProjectorConfig, projectedTokens } from './config.ts';
import { projectorCost, projectorModules } from './model.ts';
import { PROJECTOR_PRESETS } from './presets.ts';

const params = z.object({
  model: z
    .string()
    .default('')
    .meta({
      title: 'Model',
      description: 'A trained or published projector; empty: the design below',
      control: 'model',
      choices: [{ value: '', label: 'Own design' }, ...modelChoices('projector', PROJECTOR_PRESETS)],
    }),
  design: z
    .enum(['linear', 'mlp', 'pixel-shuffle', 'patch-merger', 'resampler', 'perceiver'])
    .default('mlp')
    .meta({ title: 'Design', when: { param: 'model', is: [''] } }),
  width: z.int().min(0).max(65536).default(0).meta({
    title: 'Output width',
    description: "The LLM's width; 0: that of the model, or 4096 for an own design",
    when: RANDOM,
  }),
  depth: z
    .int()
    .min(1)
    .max(24)
    .default(2)
    .meta({
      title: 'Depth',
      description: 'mlp, perceiver: number of layers',
      when: { param: 'design', is: ['mlp', 'perceiver'] },
    }),
  activation: z
    .enum(['gelu', 'gelu-tanh', 'relu', 'silu'])
    .default('gelu')
    .meta({ title: 'Activation', description: 'Of an MLP', advanced: true, when: { param: 'design', is: ['mlp'] } }),
  queries: z
    .int()
    .min(1)
    .max(4096)
    .default(64)
    .meta({
      title: 'Queries',
      description: 'resampler (a square number), perceiver: visual tokens that come out',
      when: { param: 'design', is: ['resampler', 'perceiver'] },
    }),
  heads: z
    .int()
    .min(1)
    .max(128)
    .default(16)
    .meta({
      title: 'Heads',
      description: 'resampler, perceiver: attention heads',
      when: { param: 'design', is: ['resampler', 'perceiver'] },
      advanced: true,
    }),
  classToken: z.boolean().default(false).meta({
    title: 'Keep the class token',
    description: 'linear, mlp, perceiver: the class token passes too; else it is dropped first',
    advanced: true,
  }),
  newline: z.boolean().default(false).meta({
    title: 'Newline after each row',
    description:
      'linear, mlp: tiles come together as one grid without their padding, a learned token after each row, the thumbnail first (LLaVA-NeXT)',
    advanced: true,
  }),
  variant: variantParam,
  ...neuralParams,
});

export type ProjectorParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'projector',
  version: 1,
  title: 'Projector',
  category: 'Fusion',
  doc: "Maps an encoder's features into the LLM's embedding space, so that they stand among its tokens as visual tokens. Linear and MLP keep one token a patch; pixel shuffle and patch merger put 2 × 2 neighbours into one; a resampler and a perceiver read all patches with a fixed number of learned queries.",
  sources: [
    { title: 'LLaVA, equation 1 (linear)', url: 'https://arxiv.org/abs/2304.08485' },
    { title: 'LLaVA-1.5, section 3.2 (MLP)', url: 'https://arxiv.org/abs/2310.03744' },
    {
      title: 'LLaVA-NeXT, llava_arch.py (newline after each row)',
      url: 'https://github.com/LLaVA-VL/LLaVA-NeXT/blob/main/llava/model/llava_arch.py',
    },
    { title: 'InternVL 1.5, section 3.1 (pixel shuffle)', url: 'https://arxiv.org/abs/2404.16821' },
    { title: 'Qwen2-VL, section 2.1 (patch merger)', url: 'https://arxiv.org/abs/2409.12191' },
    { title: 'Qwen-VL, section 2.1 (resampler)', url: 'https://arxiv.org/abs/2308.12966' },
    { title: 'Flamingo, appendix A.1.1 (perceiver)', url: 'https://arxiv.org/abs/2204.14198' },
  ],
  params,
  ports: () => ({
    inputs: { features: { type: 'features', doc: "An encoder's [n, tokens, width]" } },
    outputs: { embeddings: { type: 'embeddings', doc: 'Visual tokens [n, tokens, LLM width]' } },
  }),
  shapes({ params: values, inputs, facts }): Readonly<Record<string, ValueSpec>> {
    const [features] = inputs.features ?? [];
    if (features?.type !== 'features') return {};
    if (isImported(values.model)) return importedShapes(values, facts, features);
    requireInput(values.model, facts, features.width);
    const { config, classToken } = projectorModel(values, facts);
    const { tokens, grid } = projectedTokens(config, features.grid);
    if (endsRows(config)) {
      const size = tokensWithNewlines(features.count, tokens, features.grid, features.tiling);
      return { embeddings: { type: 'embeddings', ...size, width: config.width } };
    }
    const extra = classToken && features.classToken;
    const perPatch = config.design === 'linear' || config.design === 'mlp';
    return {
      embeddings: {
        type: 'embeddings',
        count: features.count,
        tokens: tokens + (extra && perPatch ? 1 : 0),
        width: config.width,
        ...(grid && !(extra && perPatch) && { grid }),
        ...(features.tiling && { tiling: features.tiling }),
      },
    };
  },
  cost({ params: values, inputs, facts }) {
    if (isImported(values.model)) {
      const { file } = importFacts(facts)?.projector ?? {};
      return file ? { parameters: file.parameters, peakBytes: file.bytes } : {};
    }
    const { config } = projectorModel(values, facts);
    const [features] = inputs.features ?? [];
    const known = features?.type === 'features' ? features : undefined;
    if (!known) return {};
    const patches = known.grid[0] * known.grid[1];
    const { tokens } = projectedTokens(config, known.grid);
    const size = endsRows(config)
      ? tokensWithNewlines(known.count, tokens, known.grid, known.tiling)
      : { count: known.count, tokens };
    return {
      ...projectorCost(config, known.width, precisionOf(values), { count: known.count, patches }),
      tokens: { visual: size.count * size.tokens },
    };
  },
  importedFiles: ({ projector }) => (projector ? [projector.file] : []),
  modules({ params: values, inputs, facts }) {
    if (isImported(values.model)) return undefined;
    const { config } = projectorModel(values, facts);
    const [features] = inputs.features ?? [];
    if (features?.type !== 'features') return undefined;
    const { count, grid, width } = features;
    return projectorModules(config, width, precisionOf(values), { count, patches: grid[0] * grid[1] });
  },
});

/** A projector that others exported maps token by token, as far as its files tell. Throws where it does not fit. */
function importedShapes(
  { model, classToken }: ProjectorParams,
  facts: Facts | undefined,
  features: Extract<ValueSpec, { type: 'features' }>,
): Readonly<Record<string, ValueSpec>> {
  const read = importFacts(facts);
  if (!read) return {};
  if (!read.projector) throw new Error(`${model} has no projector in a file of its own: it may be in its encoder`);
  const { input, width } = read.projector;
  if (input !== features.width) throw new Error(`${model} takes features of width ${input}, not ${features.width}`);
  const { count, tokens, grid, tiling } = features;
  const dropped = features.classToken && !classToken ? 1 : 0;
  return {
    embeddings: { type: 'embeddings', count, tokens: tokens - dropped, width, grid, ...(tiling && { tiling }) },
  };
}

export interface ProjectorModel {
  readonly config: ProjectorConfig;
  /** Whether the class token goes in; a design with a place for each patch has none for it. */
  readonly classToken: boolean;
}

/** The projector that these parameters draw; a trained one is as its card says. Throws an `Error` where they do not fit together. */
export function projectorModel(values: ProjectorParams, facts?: Facts): ProjectorModel {
  const { config, classToken } =
    values.model === '' ? { ...values, config: ownDesign(values) } : heldModel(values, facts);
  if (config.design === 'resampler') checkResampler(config);
  const { design } = config;
  const perPatch = design === 'linear' || design === 'mlp';
  const kept = classToken && (perPatch || design === 'perceiver');
  if (!values.newline || !perPatch) return { config, classToken: kept };
  if (isStored(values.model)) throw new Error(`${values.model} was trained without a newline token`);
  if (kept) throw new Error('the class token stands in no row: leave it out, or the newline after each row');
  return { config: { ...config, newline: true }, classToken: false };
}

function heldModel({ model, width, classToken }: ProjectorParams, facts: Facts | undefined): ProjectorModel {
  const held = modelOf<{ config: ProjectorConfig; classToken?: boolean }>(
    model,
    PROJECTOR_PRESETS,
    (card) => {
      if (card.kind !== 'projector') return undefined;
      const { classToken, input, ...config } = card.architecture;
      return { config, classToken };
    },
    facts,
  );
  const config = width === 0 || isStored(model) ? held.config : { ...held.config, width };
  return { config, classToken: held.classToken ?? classToken };
}

function ownDesign({ design, depth, activation, queries, heads, ...values }: ProjectorParams): ProjectorConfig {
  const width = values.width || 4096;
  switch (design) {
    case 'mlp':
      return { design, width, depth, activation };
    case 'resampler':
      return { design, width, queries, heads };
    case 'perceiver':
      return { design, width, queries, heads, headWidth: Math.max(1, Math.floor(width / heads)), depth };
    default:
      return { design, width };
  }
}

function checkResampler({ width, queries, heads }: Extract<ProjectorConfig, { design: 'resampler' }>): void {
  if (!Number.isInteger(Math.sqrt(queries)))
    throw new Error(`a resampler's queries stand in a square: ${queries} is no square number`);
  if (width % (4 * heads) !== 0)
    throw new Error(`a resampler of ${heads} heads needs a width that ${4 * heads} divides, not ${width}`);
}
