import { z } from 'zod';
import { defineNode } from '../definition.ts';
import type { ValueSpec } from '../values.ts';

const params = z.object({
  by: z
    .enum(['agreement', 'score'])
    .default('agreement')
    .meta({ title: 'By', description: 'How many of a few sampled answers agree, or a score that is wired in' }),
  limit: z
    .number()
    .min(0)
    .max(1)
    .default(0.75)
    .meta({ title: 'Easy from', step: 0.05, description: 'Agreement or score from which on a question is easy' }),
  samples: z
    .int()
    .min(2)
    .max(64)
    .default(4)
    .meta({ title: 'Samples', when: { param: 'by', is: ['agreement'] } }),
  maxTokens: z
    .int()
    .min(1)
    .max(32_768)
    .default(256)
    .meta({ title: 'Most tokens', description: 'Of one sample', when: { param: 'by', is: ['agreement'] } }),
  temperature: z
    .number()
    .min(0.05)
    .max(5)
    .default(0.8)
    .meta({ title: 'Temperature', step: 0.1, when: { param: 'by', is: ['agreement'] } }),
  seed: z.int().min(0).max(0xffffffff).default(0).meta({ title: 'Seed', description: 'Of sampling' }),
});

export type RouterParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'router',
  version: 1,
  title: 'Router',
  category: 'Reasoning',
  varies: 'seed',
  doc: 'Sends a question the easy way or the hard way; what is wired to the other way does not run. A question is easy where a few sampled answers agree, or where a score that is wired in is high enough. A switch brings both ways together again.',
  sources: [
    { title: 'FrugalGPT (cascades by score)', url: 'https://arxiv.org/abs/2305.05176' },
    { title: 'Cascades by answer consistency', url: 'https://arxiv.org/abs/2310.03094' },
  ],
  params,
  ports: ({ by }) => ({
    inputs: {
      prompt: { type: 'text', doc: 'The question' },
      generator: { type: 'generator', optional: by !== 'agreement', doc: 'Gives the samples; a small model will do' },
      score: { type: 'score', optional: by !== 'score', doc: 'How easy the question is' },
    },
    outputs: {
      easy: { type: 'text', doc: 'The question, where it is easy' },
      hard: { type: 'text', doc: 'The question, where it is hard' },
      score: { type: 'score', doc: 'What decided' },
    },
  }),
  shapes({ inputs }): Readonly<Record<string, ValueSpec>> {
    const [prompt] = inputs.prompt ?? [];
    const text: ValueSpec = prompt?.type === 'text' ? prompt : { type: 'text' };
    return { easy: text, hard: text, score: { type: 'score' } };
  },
});
