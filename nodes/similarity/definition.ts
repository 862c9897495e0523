import { z } from 'zod';
import { defineNode, type Facts } from '../definition.ts';
import { importFacts, isImported } from '../imports/facts.ts';
import { modelChoices, modelOf } from '../model-reference.ts';
import { neuralParams, precisionOf, variantParam } from '../neural.ts';
import type { ValueSpec } from '../values.ts';
import { textCost, textModules } from './model.ts';
import { TEXT_PRESETS, type TextTower } from './presets.ts';

const params = z.object({
  model: z
    .string()
    .default('paper:clip-vit-b-32')
    .meta({
      title: 'Model',
      description: 'The text tower: that of the encoder wired in',
      control: 'model',
      choices: modelChoices('similarity', TEXT_PRESETS),
    }),
  labels: z
    .string()
    .default('a cat\na dog\na waterfall')
    .meta({ title: 'Labels', description: 'One a line', control: 'text' }),
  template: z
    .string()
    .default('a photo of {}.')
    .meta({ title: 'Template', description: 'The prompt of each label, which stands for {}; empty: the label itself' }),
  reading: z
    .enum(['softmax', 'sigmoid'])
    .default('softmax')
    .meta({ title: 'Reading', description: 'softmax: one label is right (CLIP); sigmoid: each by itself (SigLIP)' }),
  temperature: z.number().min(0.001).max(10).default(0.01).meta({
    title: 'Temperature',
    description:
      "Similarity is divided by it; CLIP's is 0.01 after training, SigLIP's 0.1 at its start; a trained model has its own",
  }),
  bias: z.number().min(-100).max(100).default(-10).meta({
    title: 'Bias',
    description: 'sigmoid: added to the logit; a trained model has its own',
  }),
  variant: variantParam,
  ...neuralParams,
});

export type SimilarityParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'similarity',
  version: 1,
  title: 'Similarity',
  category: 'Vision',
  doc: "How well each of several texts describes the picture: a text tower embeds the prompts into the space of the encoder's pooled embedding, and the cosine between the two is read as a probability, over all prompts (softmax) or for each alone (sigmoid). With class names as labels this is zero-shot classification.",
  sources: [
    { title: 'CLIP, sections 2.3 and 3.1', url: 'https://arxiv.org/abs/2103.00020' },
    { title: 'SigLIP, equation 1', url: 'https://arxiv.org/abs/2303.15343' },
  ],
  params,
  ports: () => ({
    inputs: { features: { type: 'features', doc: 'From a vision encoder with its pooled embedding on' } },
    outputs: {
      table: { type: 'table', doc: 'Each label with its cosine and score' },
      score: { type: 'score', doc: 'Of the best label of the first picture' },
    },
  }),
  shapes({ params: values, inputs, facts }): Readonly<Record<string, ValueSpec>> {
    prompts(values);
    const [features] = inputs.features ?? [];
    if (features?.type === 'features') {
      if (features.pooled === undefined) throw new Error(NO_POOLED_EMBEDDING);
      const width = towerWidth(values.model, facts);
      if (width !== undefined) checkWidth(values.model, width, features.pooled);
    }
    return { table: { type: 'table' }, score: { type: 'score' } };
  },
  cost({ params: values, facts }) {
    if (isImported(values.model)) {
      const { file } = importFacts(facts)?.text ?? {};
      return file ? { parameters: file.parameters, peakBytes: file.bytes } : {};
    }
    return textCost(textTower(values.model, facts).config, precisionOf(values), prompts(values).length);
  },
  importedFiles: ({ text }) => (text ? [text.file] : []),
  modules({ params: values, facts }) {
    if (isImported(values.model)) return undefined;
    return textModules(textTower(values.model, facts).config, precisionOf(values), prompts(values).length);
  },
});

/** The text tower that a reference names. Throws an `Error` where there is none. */
export function textTower(model: string, facts?: Facts): TextTower {
  return modelOf<TextTower>(
    model,
    TEXT_PRESETS,
    (card) => {
      if (card.kind !== 'vision-encoder' || !card.architecture.text) return undefined;
      const { text: config, logits } = card.architecture;
      return { config, ...(logits && { logits }) };
    },
    facts,
  );
}

/** Undefined before a folder was read. Throws an `Error` where it holds no text tower. */
function towerWidth(model: string, facts: Facts | undefined): number | undefined {
  if (!isImported(model)) return textTower(model, facts).config.embedding;
  const read = importFacts(facts);
  if (read && !read.text) throw new Error(`${model} has no text tower that puts a text beside pictures`);
  return read?.text?.width;
}

export const NO_POOLED_EMBEDDING = 'no pooled embedding comes in: switch it on in the vision encoder';

/** Throws an `Error` where the encoder's pooled embedding has not the text tower's width. */
export function checkWidth(model: string, width: number, pooled: number | undefined): void {
  if (pooled !== width)
    throw new Error(
      `the picture's embedding has ${pooled} features, the text tower of ${model} ${width}: choose the tower of that encoder`,
    );
}

/** Labels with their prompts. Throws an `Error` where there is no label. */
export function prompts({ labels, template }: SimilarityParams): { readonly label: string; readonly prompt: string }[] {
  const lines = labels
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) throw new Error('there is no label: write one a line');
  return lines.map((label) => ({ label, prompt: template === '' ? label : template.replaceAll('{}', label) }));
}
