import { z } from 'zod';
import { defineNode } from '../definition.ts';
import type { ValueSpec } from '../values.ts';
import { heeding, STRATEGIES, STRATEGY_NAMES, whatIsMissing } from './kinds.ts';

const params = z.object({
  strategy: z
    .enum(STRATEGY_NAMES)
    .default('self-consistency')
    .meta({
      title: 'Strategy',
      choices: STRATEGY_NAMES.map((value) => ({ value, label: STRATEGIES[value].label })),
    }),
  candidates: z.int().min(1).max(1024).default(16).meta({
    title: 'Candidates',
    description: 'Solutions, beginnings held at once in a beam, or simulations in a tree',
  }),
  tokens: z
    .int()
    .min(0)
    .max(10_000_000)
    .default(0)
    .meta({ title: 'Token budget', description: 'Tokens generated in all; 0: no limit' }),
  seconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(0)
    .meta({ title: 'Time budget', unit: 's', step: 1, description: '0: no limit' }),
  maxTokens: z
    .int()
    .min(1)
    .max(32_768)
    .default(256)
    .meta({ title: 'Most tokens', description: 'Of one solution, its thought included' }),
  temperature: z
    .number()
    .min(0)
    .max(5)
    .default(0.8)
    .meta({ title: 'Temperature', step: 0.1, description: '0: all candidates are the same' }),
  topP: z
    .number()
    .min(0.01)
    .max(1)
    .default(1)
    .meta({ title: 'Top p', step: 0.05, description: 'Of the fewest tokens that hold this probability; 1: off' }),
  width: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .meta({
      title: 'Width',
      description: 'How many ways each step or answer goes on',
      when: { param: 'strategy', is: heeding('width') },
    }),
  lookahead: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .meta({
      title: 'Lookahead',
      unit: 'steps',
      description: 'Greedy steps ahead by which a beginning is judged',
      when: { param: 'strategy', is: heeding('lookahead') },
    }),
  exploration: z
    .number()
    .min(0)
    .max(10)
    .default(1)
    .meta({
      title: 'Exploration c',
      step: 0.1,
      description: 'Of UCB: weight of what was tried seldom',
      when: { param: 'strategy', is: heeding('exploration') },
    }),
  rollout: z
    .enum(['sample', 'greedy', 'verifier'])
    .default('sample')
    .meta({
      title: 'Rollout',
      description: 'Plays a step to its end by sampling or greedily, or asks the verifier about the step itself',
      when: { param: 'strategy', is: heeding('rollout') },
    }),
  enough: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .meta({
      title: 'Enough',
      step: 0.01,
      description: 'Stops at this score, or at this probability that the leading answer stays ahead',
      when: { param: 'strategy', is: heeding('enough') },
    }),
  seed: z.int().min(0).max(0xffffffff).default(0).meta({ title: 'Seed', description: 'Of sampling' }),
});

export type SearchParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'search-loop',
  version: 1,
  title: 'Search loop',
  category: 'Reasoning',
  varies: 'seed',
  doc: 'Spends compute on a question: asks a generator many times, along the steps of its thought, and chooses among the answers by votes or by a verifier. The prompt is read once, candidates are decoded as one batch, and branches of a tree go on from the cache of their parent. Every token is counted. A search that is stopped ends with the decode step that is running, or after 20 ms where steps are shorter, and keeps the candidates that it has.',
  sources: [
    { title: 'Self-Consistency', url: 'https://arxiv.org/abs/2203.11171' },
    {
      title: 'Scaling LLM Test-Time Compute Optimally (best-of-N, beam, lookahead)',
      url: 'https://arxiv.org/abs/2408.03314',
    },
    { title: 'Reasoning via Planning (MCTS)', url: 'https://arxiv.org/abs/2305.14992' },
    { title: 'MCT Self-Refine', url: 'https://arxiv.org/abs/2406.07394' },
    { title: 'SC-MCTS*', url: 'https://arxiv.org/abs/2410.01707' },
    { title: 'CISC', url: 'https://arxiv.org/abs/2502.06233' },
    { title: 'RASC', url: 'https://arxiv.org/abs/2408.17017' },
    { title: 'Self-Refine', url: 'https://arxiv.org/abs/2303.17651' },
    { title: 'Reflexion', url: 'https://arxiv.org/abs/2303.11366' },
  ],
  params,
  ports: () => ({
    inputs: {
      prompt: { type: 'text', doc: 'The question' },
      generator: { type: 'generator', doc: 'The LLM that is asked' },
      verifier: { type: 'verifier', optional: true, doc: 'Scores solutions or their steps; some strategies need none' },
      amateur: {
        type: 'generator',
        optional: true,
        doc: 'A weaker LLM with the same tokenizer, for the contrastive tree search alone',
      },
    },
    outputs: {
      answer: { type: 'answer', doc: 'The chosen answer, without its thought' },
      candidates: { type: 'candidates', doc: 'All solutions with scores and votes, and the tree that made them' },
      score: { type: 'score', doc: "Of the chosen answer: the verifier's, or its share of the votes" },
    },
  }),
  shapes({ params: { strategy }, inputs }): Readonly<Record<string, ValueSpec>> {
    const missing = whatIsMissing(strategy, inputs.verifier ? 'wired' : undefined, inputs.amateur !== undefined);
    if (missing) throw new Error(missing);
    return { answer: { type: 'answer' }, candidates: { type: 'candidates' }, score: { type: 'score' } };
  },
});
