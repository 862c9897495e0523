import { z } from 'zod';
import { defineNode, type Facts, type SpecContext } from '../definition.ts';
import { endpointReference, isEndpoint } from '../endpoint/reference.ts';
import { cardOf, modelChoices, modelOf } from '../model-reference.ts';
import type { CardOf } from '../models/card.ts';
import { nodeCost } from '../neural.ts';
import type { ModuleGraph } from '../onnx/modules.ts';
import type { ValueSpec } from '../values.ts';
import { verifierGraph } from './model.ts';
import { expressionOf } from './rules.ts';

const DEFAULT_PROMPT = `{question}

An answer to this question:
{answer}

Is the answer right? Say yes or no.`;

const params = z.object({
  source: z
    .enum(['model', 'rule', 'judge', 'majority'])
    // A rule needs no model: none that verifies ships yet.
    .default('rule')
    .meta({ title: 'Source', description: 'A trained verifier, a rule, an LLM that is asked, or the votes of all' }),
  model: z
    .string()
    .default('tiny:prm')
    .meta({
      title: 'Model',
      control: 'model',
      choices: modelChoices('verifier', {}),
      when: { param: 'source', is: ['model'] },
    }),
  aggregate: z
    .enum(['last', 'min', 'product', 'mean'])
    .default('last')
    .meta({
      title: 'Score from steps',
      description: 'Of a process verifier: the last step, the worst, their product or their mean',
      when: { param: 'source', is: ['model'] },
    }),
  rule: z
    .enum(['arithmetic', 'answer', 'pattern'])
    .default('arithmetic')
    .meta({
      title: 'Rule',
      description: 'Every a + b = c is reckoned again; one answer is right; or answers that fit a pattern',
      when: { param: 'source', is: ['rule'] },
    }),
  expected: z
    .string()
    .default('')
    .meta({ title: 'Right answer', when: { param: 'rule', is: ['answer'] } }),
  pattern: z
    .string()
    .default('\\d')
    .meta({
      title: 'Pattern',
      description: 'A regular expression, upper and lower case alike',
      when: { param: 'rule', is: ['pattern'] },
    }),
  prompt: z
    .string()
    .default(DEFAULT_PROMPT)
    .meta({
      title: 'Prompt',
      control: 'text',
      description: 'For a judge and an endpoint: model; {question} and {answer} are put in',
      when: [
        { param: 'source', is: ['judge'] },
        { param: 'model', starts: 'endpoint:' },
      ],
    }),
});

export type VerifierParams = z.output<typeof params>;

export const definition = defineNode({
  kind: 'verifier',
  version: 1,
  title: 'Verifier',
  category: 'Reasoning',
  doc: 'Says how likely a solution is right: as a whole (an outcome verifier) or after each step of its thought (a process verifier, so that half a solution can be judged, and a search can choose among steps). A trained one learned from solutions that a reasoner wrote: from whether their answers were right, from how often what goes on from a step ends well, from what a step adds to the chance of a prover, or from outcomes alone, with the reward of a step read off a log-ratio. It can also be a rule, an LLM that is asked, or the majority of all answers. An endpoint: model is asked as an LLM is. With an answer wired in, each step stands there with its score.',
  sources: [
    { title: 'Training Verifiers to Solve Math Word Problems (outcome)', url: 'https://arxiv.org/abs/2110.14168' },
    { title: "Let's Verify Step by Step (process)", url: 'https://arxiv.org/abs/2305.20050' },
    { title: 'Math-Shepherd (labels by continuations)', url: 'https://arxiv.org/abs/2312.08935' },
    { title: 'Rewarding Progress (PAV)', url: 'https://arxiv.org/abs/2410.08146' },
    { title: 'Free Process Rewards without Process Labels (implicit)', url: 'https://arxiv.org/abs/2412.01981' },
    { title: 'Judging LLM-as-a-Judge', url: 'https://arxiv.org/abs/2306.05685' },
  ],
  params,
  ports: () => ({
    inputs: {
      question: { type: 'text', optional: true, doc: 'What the answers answer' },
      answer: { type: 'text', multiple: true, optional: true, doc: 'Answers to be judged here and now' },
      generator: { type: 'generator', optional: true, doc: 'judge: the LLM that is asked' },
    },
    outputs: {
      verifier: { type: 'verifier', doc: 'To be asked many times, by a search' },
      score: { type: 'score', doc: 'Of the first answer' },
      table: { type: 'table', doc: 'Each step of the answer with its score; of several answers, each answer' },
    },
  }),
  shapes({ params: values, inputs, facts }): Readonly<Record<string, ValueSpec>> {
    if (values.source === 'model') {
      if (isEndpoint(values.model)) endpointReference(values.model);
      else heldVerifier(values.model, facts);
    }
    if (values.source === 'rule' && values.rule === 'pattern') expressionOf(values.pattern);
    if (values.source === 'judge' && !inputs.generator?.length)
      throw new Error('a judge is an LLM: wire its generator in, or choose an endpoint as model');
    const verifier = { verifier: { type: 'verifier' } } as const;
    return inputs.answer?.length ? { ...verifier, score: { type: 'score' }, table: { type: 'table' } } : verifier;
  },
  cost(context) {
    return holdsModel(context.params) ? verifierCost(heldVerifier(context.params.model, context.facts)) : {};
  },
  modules({ params: values, facts }: SpecContext<VerifierParams>) {
    return holdsModel(values) ? verifierModules(heldVerifier(values.model, facts)) : undefined;
  },
});

/** Whether it has weights here: a server's model has them there. */
function holdsModel({ source, model }: VerifierParams): boolean {
  return source === 'model' && !isEndpoint(model);
}

export function verifierCost(card: CardOf<'verifier'>) {
  return nodeCost(['verifier', card.judges, card.architecture], verifierModules(card));
}

/** About as many tokens as a problem has with one solution. */
const TOKENS = 96;

function verifierModules(card: CardOf<'verifier'>): ModuleGraph {
  return {
    build: () => verifierGraph(card, { precision: 'fp32', fused: true }),
    bindings: { batch: 1, tokens: TOKENS },
  };
}

/** The card of a trained verifier. Throws an `Error` where the reference names none. */
export function heldVerifier(model: string, facts: Facts | undefined): CardOf<'verifier'> {
  const card = cardOf(model, facts);
  if (!card) throw new Error(`"${model}" has no trained weights: choose a tiny: or trained: verifier`);
  return modelOf(model, {}, () => (card.kind === 'verifier' ? card : undefined), facts);
}
