import { z } from 'zod';
import { defineNode } from '../definition.ts';
import { decodingParams } from '../llm/definition.ts';
import type { ValueSpec } from '../values.ts';

const params = z.object({
  draftLength: z
    .int()
    .min(1)
    .max(32)
    .default(4)
    .meta({ title: 'Draft length', unit: 'tokens', description: 'That the draft is ahead before the target checks' }),
  ...decodingParams,
});

export type SpeculativeParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'speculative',
  version: 1,
  title: 'Speculative decoding',
  category: 'Reasoning',
  varies: 'seed',
  doc: "Lets a small LLM draft a few tokens, which a large one checks in one pass over its cache: what it would not have said is dropped, and its own token put in. Greedy, the text is the target's token for token; sampled, it is distributed as the target's. It pays where the draft is often right and a good deal faster: the node shows the share accepted, the tokens that a pass gives, and what a step of the draft costs beside one of the target. Both must have the same tokenizer. Rounds run inside ONNX Runtime in a session of their own, which holds both models once more.",
  sources: [
    { title: 'Fast Inference from Transformers via Speculative Decoding', url: 'https://arxiv.org/abs/2211.17192' },
    {
      title: 'Accelerating Large Language Model Decoding with Speculative Sampling',
      url: 'https://arxiv.org/abs/2302.01318',
    },
  ],
  params,
  ports: () => ({
    inputs: {
      prompt: { type: 'text', doc: 'The question' },
      target: { type: 'generator', doc: 'The LLM whose answer it is' },
      draft: { type: 'generator', doc: 'A smaller LLM with the same tokenizer' },
    },
    outputs: { answer: { type: 'answer', doc: 'Text, tokens and log-probabilities, as the target has them' } },
  }),
  shapes: (): Readonly<Record<string, ValueSpec>> => ({ answer: { type: 'answer' } }),
});
