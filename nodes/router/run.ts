import { NodeError, type NodeRun, type RunContext } from '../run.ts';
import { generatorOf, textOf } from '../search-loop/inputs.ts';
import { selfConsistency } from '../search-loop/strategies/self-consistency.ts';
import type { NothingValue, ScoreValue, TextValue, Value } from '../values.ts';
import type { RouterParams } from './definition.ts';

export const run: NodeRun<RouterParams>['run'] = async (context, params, inputs) => {
  const question = textOf(inputs.prompt?.[0]);
  const score =
    params.by === 'score'
      ? scoreOf(inputs.score?.[0])
      : await agreement(context, params, question, inputs.generator?.[0]);
  const easy = score.value >= params.limit;
  const other: NothingValue = { type: 'nothing', why: `the router took the ${easy ? 'easy' : 'hard'} way` };
  return { easy: easy ? question : other, hard: easy ? other : question, score };
};

function scoreOf(value: Value | undefined): ScoreValue {
  if (value?.type === 'score') return value;
  throw new NodeError('no score came in', 'Wire a score to the router, or let it go by agreement');
}

/** The share of a few samples that come to the most frequent answer. */
async function agreement(
  context: RunContext,
  params: RouterParams,
  question: TextValue,
  generator: Value | undefined,
): Promise<ScoreValue> {
  const asked = generatorOf(generator);
  const { temperature, samples } = params;
  const { votes, spent } = await selfConsistency({
    question,
    open: (text) => asked.branch(text, params.seed),
    budget: { candidates: samples, tokens: Number.POSITIVE_INFINITY, seconds: Number.POSITIVE_INFINITY },
    settings: { exploration: 0, width: 1, lookahead: 1, rollout: 'sample', enough: 1 },
    sampling: { temperature, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
    maxTokens: params.maxTokens,
    signal: context.signal,
    clock: context.clock,
    onNodes: (nodes) => context.progress({ type: 'search', nodes }),
  });
  context.report({
    tokens: {
      prompt: spent.distinct - spent.generated,
      thinking: spent.generated - spent.answer,
      answer: spent.answer,
    },
    bytes: { kvCache: spent.kvCache },
  });
  return { type: 'score', value: (votes[0]?.count ?? 0) / samples, meaning: `of ${samples} samples agree` };
}
