import { UNKNOWN_ID } from '../generation/branches.ts';
import { NodeError, type NodeRun } from '../run.ts';
import type { AnswerValue, ScoreValue } from '../values.ts';
import type { VerifierValue } from '../verifier/verifier.ts';
import type { SearchParams } from './definition.ts';
import { generatorOf, textOf } from './inputs.ts';
import { whatIsMissing } from './kinds.ts';
import type { Candidate, CandidatesValue, SearchResult } from './search.ts';
import { strategies } from './strategies/index.ts';

export const run: NodeRun<SearchParams>['run'] = async (context, params, inputs) => {
  const question = textOf(inputs.prompt?.[0]);
  const generator = generatorOf(inputs.generator?.[0]);
  const verifier = inputs.verifier?.find((value): value is VerifierValue => value.type === 'verifier');
  const amateur = inputs.amateur?.[0] && generatorOf(inputs.amateur[0]);
  const missing = whatIsMissing(params.strategy, verifier?.judges, amateur !== undefined);
  if (missing) throw new NodeError(missing);

  context.progress({ type: 'phase', phase: 'decode' });
  let opened = 0;
  const result = await strategies[params.strategy]({
    question,
    open: (asked) => generator.branch(asked, params.seed + opened++),
    ...(verifier && { verifier }),
    ...(amateur && {
      amateur: async (asked, branches, signal) => {
        if (branches.some(({ ids }) => ids.includes(UNKNOWN_ID)))
          throw new NodeError(
            'Two models are compared token by token, and a server tells no ids of its tokens.',
            'Wire the generators of two local models, or choose another strategy.',
          );
        return amateur.likelihoods(
          asked,
          branches.map(({ ids }) => ids),
          signal,
        );
      },
    }),
    budget: {
      candidates: params.candidates,
      tokens: params.tokens || Number.POSITIVE_INFINITY,
      seconds: params.seconds || Number.POSITIVE_INFINITY,
    },
    settings: params,
    sampling: { temperature: params.temperature, topK: 0, topP: params.topP, minP: 0, repetitionPenalty: 1 },
    maxTokens: params.maxTokens,
    signal: context.signal,
    clock: context.clock,
    onNodes(nodes, candidates) {
      context.progress({ type: 'search', nodes });
      context.progress({ type: 'fraction', done: candidates, of: params.candidates, label: 'candidates' });
    },
  });

  const { spent } = result;
  const tokens = {
    prompt: spent.distinct - spent.generated,
    visual: 0,
    thinking: spent.generated - spent.answer,
    answer: spent.answer,
  };
  const caveat = result.chosen === undefined && 'no whole solution within the budget: raise it, or Most tokens';
  context.report({ tokens, bytes: { kvCache: spent.kvCache }, ...(caveat && { caveat }) });
  return { answer: answerOf(result, tokens), candidates: candidatesOf(result), score: scoreOf(result) };
};

const chosenOf = ({ candidates, chosen }: SearchResult): Candidate | undefined =>
  chosen === undefined ? undefined : candidates[chosen];

/** Counts are those of the whole search. */
function answerOf(result: SearchResult, tokens: AnswerValue['tokens']): AnswerValue {
  const chosen = chosenOf(result);
  const end = result.nodes.find(({ id }) => id === chosen?.node);
  return { type: 'answer', text: chosen?.answer ?? '', tokens, logProbs: [], finish: end?.finish ?? 'length' };
}

function candidatesOf(result: SearchResult): CandidatesValue {
  const { candidates, votes, spent } = result;
  const answers = votes.length > 0 ? `, ${votes.length} different answers` : '';
  return {
    type: 'candidates',
    summary: `${candidates.length} candidates${answers}, ${spent.generated} tokens`,
    result,
  };
}

function scoreOf(result: SearchResult): ScoreValue {
  const chosen = chosenOf(result);
  const total = result.votes.reduce((sum, { weight }) => sum + weight, 0);
  if (chosen?.score !== undefined) return { type: 'score', value: chosen.score, meaning: "verifier's score" };
  if (total > 0) return { type: 'score', value: (result.votes[0]?.weight ?? 0) / total, meaning: 'share of the votes' };
  return { type: 'score', value: chosen ? Math.exp(chosen.confidence) : 0, meaning: 'mean token probability' };
}
