import { answerMetrics, streaming } from '../llm/answering.ts';
import { kvCacheBytes } from '../llm/config.ts';
import type { GeneratorValue, LocalModel } from '../llm/generator.ts';
import { modelSession } from '../neural-run.ts';
import { NodeError, type NodeRun, type RunContext, type Session } from '../run.ts';
import { textOf } from '../search-loop/inputs.ts';
import type { Value } from '../values.ts';
import { type Speculated, speculate } from './decode.ts';
import type { SpeculativeParams } from './definition.ts';
import { speculativeGraph } from './model.ts';
import { bothWeights } from './weights.ts';

export const run: NodeRun<SpeculativeParams>['run'] = async (context, params, inputs) => {
  const question = textOf(inputs.prompt?.[0]);
  const [target, draft] = (['target', 'draft'] as const).map((port) => modelAt(port, inputs[port]?.[0]));
  if (!target || !draft) throw new Error('two models speak');
  requireAlike(target, draft);
  const session = await speculativeSession(context, target, draft);
  context.progress({ type: 'phase', phase: 'prefill' });
  const speculated = await speculate(
    {
      session,
      target: { decoder: target.decoder, prompt: target.prepare(question) },
      draft: { decoder: draft.decoder, prompt: draft.prepare(question) },
    },
    {
      sampling: params,
      maxTokens: params.maxTokens,
      stop: params.stop.split('\n'),
      draftLength: params.draftLength,
      signal: context.signal,
      clock: context.clock,
      onText: streaming(context),
    },
  );
  report(context, [target, draft], speculated);
  return { answer: speculated.answer };
};

function modelAt(port: 'target' | 'draft', value: Value | undefined): LocalModel {
  if (value?.type !== 'generator')
    throw new NodeError(`no ${port} came in`, `Wire an LLM's generator to the input "${port}"`);
  const { local } = value as GeneratorValue;
  if (local) return local;
  throw new NodeError(
    `the ${port} runs on a server or was exported by others: its layers cannot be put into one loop with another's`,
    'Choose a tiny:, trained: or paper: model',
  );
}

/** Throws where the two cannot speak for each other. */
function requireAlike(target: LocalModel, draft: LocalModel): void {
  const [ours, theirs] = [target.config.vocabulary, draft.config.vocabulary];
  if (ours !== theirs || !sameTokens(target, draft))
    throw new NodeError(
      `target and draft do not share a tokenizer: their vocabularies have ${ours} and ${theirs} tokens${ours === theirs ? ', which differ' : ''}`,
      'Choose two models of one family',
    );
  if (target.precision !== draft.precision)
    throw new NodeError(
      `the target runs in ${target.precision}, the draft in ${draft.precision}`,
      'Give both LLMs the same precision',
    );
}

function sameTokens({ decoder, config }: LocalModel, draft: LocalModel): boolean {
  const [ours, theirs] = [decoder.tokenizer, draft.decoder.tokenizer];
  if (ours === theirs) return true;
  const ids = Array.from({ length: config.vocabulary }, (_, id) => id);
  return ids.every((id) => ours.decode([id]) === theirs.decode([id]));
}

function speculativeSession(context: RunContext, target: LocalModel, draft: LocalModel): Promise<Session> {
  const identity = [target, draft].map(({ config, adapter }) => [config, adapter]);
  const { precision } = target;
  return modelSession(context, ['speculative', identity, precision], bothWeights(target.weights, draft.weights), () =>
    speculativeGraph(target, draft, { precision, fused: true }),
  );
}

/** Parameters are told by the LLMs themselves; both caches are held here. */
function report(context: RunContext, models: readonly LocalModel[], speculated: Speculated): void {
  const { cached, speculation } = speculated;
  const held = models.map(({ config, precision }) => kvCacheBytes(config, cached, precision === 'fp16' ? 2 : 4));
  context.report({
    ...answerMetrics(speculated, 0),
    bytes: { kvCache: held.reduce((sum, bytes) => sum + bytes, 0) },
    ...(speculation && { speculation }),
  });
}
