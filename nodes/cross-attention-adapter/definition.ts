import { z } from 'zod';
import { defineNode, type Facts, type SpecContext } from '../definition.ts';
import { isStored, modelChoices, modelOf, requireInput } from '../model-reference.ts';
import { neuralParams, precisionOf, RANDOM } from '../neural.ts';
import type { ValueSpec } from '../values.ts';
import type { AdapterConfig } from './adapter.ts';
import { type AdapterModel, adapterCost, adapterModules } from './model.ts';
import { ADAPTER_PRESETS } from './presets.ts';

const DEPTHS = /^\s*(\d{1,3}(\s*,\s*\d{1,3})*\s*)?$/;

const params = z.object({
  model: z
    .string()
    .default('paper:llama-3.2-11b-vision')
    .meta({
      title: 'Model',
      description: 'A trained or published adapter; empty: the sizes below',
      control: 'model',
      choices: [...modelChoices('cross-attention-adapter', ADAPTER_PRESETS), { value: '', label: 'Own sizes' }],
    }),
  depths: z.string().regex(DEPTHS, 'expected layer numbers, e.g. "0, 4, 8"').default('').meta({
    title: 'Depths',
    description: "The LLM's layers (from 0) before which a gated layer is inserted; empty: the model's",
    when: RANDOM,
  }),
  width: z.int().min(0).max(65536).default(0).meta({
    title: 'Width',
    description: "The LLM's width; 0: the model's",
    when: RANDOM,
  }),
  heads: z
    .int()
    .min(1)
    .max(128)
    .default(8)
    .meta({
      title: 'Heads',
      description: 'Of own sizes; must divide the width',
      advanced: true,
      when: { param: 'model', is: [''] },
    }),
  zeroGates: z.boolean().default(false).meta({
    title: 'Gates at zero',
    description:
      'As training starts: the LLM answers as if it saw nothing. Otherwise the gates are random, as after training',
    when: RANDOM,
  }),
  ...neuralParams,
});

export type AdapterParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'cross-attention-adapter',
  version: 1,
  title: 'Cross-attention adapter',
  category: 'Fusion',
  doc: "Gated cross-attention layers that are inserted into an LLM at given depths: its tokens attend to the picture's features, and tanh of a learned gate, zero at first, says how much of that is added. The picture takes no place in the LLM's context. Keys and values are computed once for each picture; the LLM takes them with the layers over a thick wire.",
  sources: [
    { title: 'Flamingo, section 2.2, figure 4', url: 'https://arxiv.org/abs/2204.14198' },
    { title: 'The Llama 3 Herd of Models, section 7.1', url: 'https://arxiv.org/abs/2407.21783' },
  ],
  params,
  ports: () => ({
    inputs: {
      features: {
        type: ['features', 'embeddings'],
        multiple: true,
        doc: "An encoder's features, or a perceiver's latents; several pictures are attended to together",
      },
    },
    outputs: { adapter: { type: 'adapter', doc: 'Gated layers with their keys and values, for an LLM' } },
  }),
  shapes({ params: values, inputs, facts }): Readonly<Record<string, ValueSpec>> {
    const seen = seenIn(inputs);
    if (!seen) return {};
    requireInput(values.model, facts, seen.width);
    const { config } = adapterModel(values, facts);
    return {
      adapter: {
        type: 'adapter',
        layers: config.depths.length,
        tokens: seen.tokens,
        width: config.width,
        config,
      },
    };
  },
  cost({ params: values, inputs, facts }) {
    const seen = seenIn(inputs);
    if (!seen) return {};
    return {
      ...adapterCost(adapterModel(values, facts), seen.width, precisionOf(values), seen.tokens),
      ...(seen.counted > 0 && { tokens: { visual: seen.counted } }),
    };
  },
  modules({ params: values, inputs, facts }) {
    const seen = seenIn(inputs);
    return seen && adapterModules(adapterModel(values, facts), seen.width, precisionOf(values), seen.tokens);
  },
});

/** What text will attend to; undefined while nothing is known to come in. Throws an `Error` where pictures do not go together. */
function seenIn({ features }: SpecContext<AdapterParams>['inputs']) {
  const pictures = (features ?? []).filter((spec) => spec.type === 'features' || spec.type === 'embeddings');
  const [first] = pictures;
  if (!first) return undefined;
  const other = pictures.find(({ width }) => width !== first.width);
  if (other) throw new Error(otherWidths(first.width, other.width));
  const total = (specs: typeof pictures) => specs.reduce((sum, { count, tokens }) => sum + count * tokens, 0);
  // Embeddings were counted as visual tokens where they were made.
  const counted = total(pictures.filter(({ type }) => type === 'features'));
  return { width: first.width, tokens: total(pictures), counted };
}

export const otherWidths = (width: number, other: number) =>
  `the pictures that come in have features of width ${width} and ${other}: encode all by one model`;

/** The adapter that these parameters draw; a trained one is as its card says. Throws an `Error` where sizes are wanting. */
export function adapterModel(values: AdapterParams, facts?: Facts): AdapterModel {
  if (values.model === '') return { config: ownConfig(values), projects: false };
  const held = modelOf<AdapterModel>(
    values.model,
    ADAPTER_PRESETS,
    (card) => {
      if (card.kind !== 'cross-attention-adapter') return undefined;
      const { projects, input, ...config } = card.architecture;
      return { projects, config };
    },
    facts,
  );
  if (isStored(values.model)) return held;
  const config: AdapterConfig = {
    ...held.config,
    zeroGates: values.zeroGates,
    ...(values.width !== 0 && { width: values.width }),
    ...(values.depths.trim() !== '' && { depths: parseDepths(values.depths) }),
  };
  return { config, projects: held.projects };
}

/** Flamingo's layers (appendix A.1.2) in sizes of one's own: the MLP is four times as wide as the LLM. */
function ownConfig({ width, depths, heads, zeroGates }: AdapterParams): AdapterConfig {
  if (width === 0) throw new Error("set its width to the LLM's");
  if (depths.trim() === '') throw new Error('set its depths, e.g. "0, 2": the layers of the LLM that it stands before');
  if (width % heads !== 0) throw new Error(`${heads} heads do not divide a width of ${width}`);
  return {
    width,
    depths: parseDepths(depths),
    heads,
    keyValueHeads: heads,
    headWidth: width / heads,
    mlp: { width: 4 * width, activation: 'squared-relu' },
    norm: 'layer',
    queryKeyNorm: false,
    epsilon: 1e-5,
    zeroGates,
  };
}

function parseDepths(text: string): number[] {
  const depths = text.split(',').map(Number);
  if (depths.some((depth, i) => i > 0 && depth <= (depths[i - 1] ?? 0)))
    throw new Error(`depths must rise: ${text.trim()}`);
  return depths;
}
