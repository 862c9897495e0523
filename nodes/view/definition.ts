import { z } from 'zod';
import { defineNode } from '../definition.ts';
import type { ValueSpec } from '../values.ts';

const params = z.object({
  map: z.enum(['norm', 'similarity', 'channel']).default('norm').meta({
    title: 'Map',
    description: 'What colours each patch: the length of its vector, its cosine to the chosen patch, or one channel',
  }),
  row: z.int().min(0).max(4095).default(0).meta({ title: 'Row', description: 'similarity: row of the chosen patch' }),
  column: z
    .int()
    .min(0)
    .max(4095)
    .default(0)
    .meta({ title: 'Column', description: 'similarity: column of the chosen patch' }),
  channel: z.int().min(0).max(65535).default(0).meta({ title: 'Channel', description: 'channel: counted from 0' }),
  opacity: z
    .number()
    .min(0)
    .max(1)
    .default(0.6)
    .meta({ title: 'Opacity', step: 0.05, description: 'Of the map over the picture' }),
});

export const definition = defineNode({
  kind: 'view',
  version: 1,
  title: 'View',
  category: 'Output',
  doc: 'Shows what arrives: a picture, a text, a table, a score, or the statistics and histogram of a tensor. Features and tensors that keep a patch grid are also drawn as a map, over the picture where one is wired in; the cosine map is the one used to look into self-supervised ViTs (DINO, figure 1).',
  sources: [
    { title: 'Emerging Properties in Self-Supervised Vision Transformers', url: 'https://arxiv.org/abs/2104.14294' },
  ],
  params,
  ports: () => ({
    inputs: {
      value: { type: 'any', doc: 'What to show' },
      picture: { type: 'image', optional: true, doc: 'The picture that a map is drawn over' },
    },
    outputs: {},
  }),
  shapes({ inputs }): Readonly<Record<string, ValueSpec>> {
    const [value] = inputs.value ?? [];
    return value ? { value } : {};
  },
});
