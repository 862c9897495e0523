import { z } from 'zod';
import { defineNode } from '../definition.ts';
import type { ValueSpec } from '../values.ts';

const POINTWISE = `{question}

An answer to this question about the picture:
{answer}

Its {dimension}: {meaning} Say a number from 0 to 10.`;

const PAIRWISE = `{question}

Two answers to this question about the picture.
A: {first}
B: {second}

Which is better in {dimension}: {meaning} Say A, B or tie.`;

const params = z.object({
  mode: z.enum(['pointwise', 'pairwise']).default('pointwise').meta({
    title: 'Mode',
    description: 'Scores of each answer, or which of the first two is better',
  }),
  source: z
    .enum(['rule', 'judge'])
    .default('rule')
    .meta({ title: 'Source', description: 'The truth about a picture of shapes, or an LLM that sees the picture' }),
  pointwise: z
    .string()
    .default(POINTWISE)
    .meta({
      title: 'Prompt for one',
      control: 'text',
      advanced: true,
      description: '{question}, {answer}, {dimension} and {meaning} are put in',
      when: { param: 'source', is: ['judge'] },
    }),
  pairwise: z
    .string()
    .default(PAIRWISE)
    .meta({
      title: 'Prompt for two',
      control: 'text',
      advanced: true,
      description: '{question}, {first}, {second}, {dimension} and {meaning} are put in; asked in both orders',
      when: { param: 'source', is: ['judge'] },
    }),
});

export type CriticParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'critic',
  version: 1,
  title: 'Critic',
  category: 'Reasoning',
  doc: 'Judges answers about a picture by accuracy, relevance, detail and freedom from hallucination, each from 0 to 1: one by one, or which of two is better. The judge is an LLM that sees the picture (wire the generator that has it), or a rule that knows what is in it: in the world of shapes the truth can be said in words, and what an answer names is looked up there. Two answers are shown to an LLM in both orders, so that being first is worth nothing.',
  sources: [
    { title: 'LLaVA-Critic', url: 'https://arxiv.org/abs/2410.02712' },
    { title: 'Judging LLM-as-a-Judge, section 3.4 (both orders)', url: 'https://arxiv.org/abs/2306.05685' },
  ],
  params,
  ports: ({ source }) => ({
    inputs: {
      question: { type: 'text', doc: 'What the answers answer' },
      answer: { type: 'text', multiple: true, doc: 'The answers to be judged, in order' },
      truth: {
        type: 'text',
        optional: source !== 'rule',
        doc: 'rule: the shapes in the picture in words, e.g. "a large red circle and 2 small blue squares"',
      },
      generator: {
        type: 'generator',
        optional: source !== 'judge',
        doc: 'judge: the LLM that is asked, with the picture',
      },
    },
    outputs: {
      table: {
        type: 'table',
        doc: 'Scores by dimension, a column an answer in their order; of a pair, which is better',
      },
      score: { type: 'score', doc: 'Of the first answer: the mean of its scores, or how far it is preferred' },
      preferred: { type: 'text', doc: 'The better answer; the first, where none is' },
    },
  }),
  shapes({ params: { mode }, inputs }): Readonly<Record<string, ValueSpec>> {
    if (mode === 'pairwise' && inputs.answer && inputs.answer.length < 2)
      throw new Error('to compare two answers, wire two: the input takes several wires');
    return { table: { type: 'table' }, score: { type: 'score' }, preferred: { type: 'text' } };
  },
});
