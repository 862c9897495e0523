import { readFile } from 'node:fs/promises';
import { markHeapSeldom } from '../../electron/backend/engine/heap.ts';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { openStored } from '../../electron/backend/models/stored.ts';
import { loadTokenizer } from '../../nodes/generation/tokenizer.ts';
import type { DecoderConfig } from '../../nodes/llm/config.ts';
import { generate } from '../../nodes/llm/generator.ts';
import { decodeGraph } from '../../nodes/llm/model.ts';
import { preparePrompt } from '../../nodes/llm/prompt.ts';
import { speculate } from '../../nodes/speculative/decode.ts';
import { speculativeGraph } from '../../nodes/speculative/model.ts';
import { bothWeights } from '../../nodes/speculative/weights.ts';
import { problemAt } from '../../nodes/training/data/arithmetic/problem.ts';
import { boundDecoder, openSession } from '../integration/llm/tiny.ts';
import type { BenchRow } from './run.ts';

const [PROBLEMS, DRAFT_LENGTH] = [24, 4];
const GRAPH = { precision: 'fp32', fused: true } as const;
const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };

/** The reasoner with its draft ahead, against the reasoner alone: the same answers to problems of the test set. */
export async function rows(): Promise<BenchRow[]> {
  const found = [await stored('reasoner'), await stored('reasoner-draft')];
  const [target, draft] = found;
  if (!target || !draft) {
    console.log('speculative decoding: not measured, since tiny:reasoner and tiny:reasoner-draft are not both there');
    return [];
  }
  // As the engine does.
  markHeapSeldom();
  const tokenizer = await loadTokenizer({ path: target.tokenizer }, (path) => readFile(path, 'utf8'));
  const ends = [tokenizer.idOf('<end>') ?? -1];
  const [alone, ahead] = await Promise.all(
    [target, draft].map(async ({ config, weights }) => ({
      ...boundDecoder(await openSession(decodeGraph(config, GRAPH), weights), config, tokenizer),
      ends,
    })),
  );
  const both = await openSession(speculativeGraph(target, draft, GRAPH), bothWeights(target.weights, draft.weights));
  if (!alone || !ahead) throw new Error('two models were to be opened');

  const rounds: { alone: number; both: number; tokens: number; acceptance: number; pass: number; cost: number }[] = [];
  for (let index = -2; index < PROBLEMS; index++) {
    const question = { type: 'text', text: problemAt('test', 1, Math.abs(index)).question } as const;
    const promptOf = (config: DecoderConfig) => preparePrompt(config, 'tiny', tokenizer, question, []);
    const request = { sampling: GREEDY, maxTokens: 200, stop: [], signal: new AbortController().signal };
    const clock = () => performance.now();
    const starts = [clock()];
    const one = await generate(alone, promptOf(target.config), request);
    starts.push(clock());
    const two = await speculate(
      {
        session: both,
        target: { decoder: alone, prompt: promptOf(target.config) },
        draft: { decoder: ahead, prompt: promptOf(draft.config) },
      },
      { ...request, draftLength: DRAFT_LENGTH, clock },
    );
    const [began = 0, between = 0] = starts;
    if (two.answer.text !== one.answer.text) throw new Error(`the answers to problem ${index} differ`);
    const { acceptance = 0, tokensPerPass = 0, costRatio = 0 } = two.speculation ?? {};
    const tokens = one.answer.logProbs.length;
    const round = { alone: between - began, both: clock() - between, tokens, acceptance };
    // The first ones warm the process up.
    if (index >= 0) rounds.push({ ...round, pass: tokensPerPass, cost: costRatio });
  }
  const median = (of: (round: (typeof rounds)[number]) => number) => quantile(rounds.map(of), 0.5);
  const rate = (ms: 'alone' | 'both') => median((round) => (1000 * round.tokens) / round[ms]).toFixed(0);
  return [
    {
      name: 'speculative decoding, the reasoner alone / with its draft',
      goal: '≥ 1.3',
      measured: median((round) => round.alone / round.both),
      unit: '×',
      how: `${rate('alone')} and ${rate('both')} tokens/s, the same text, prompts included; ${(100 * median(({ acceptance }) => acceptance)).toFixed(0)} % of the draft accepted, ${median(({ pass }) => pass).toFixed(2)} tokens a pass, a step of the draft costs ${median(({ cost }) => cost).toFixed(2)} of the target's; median of ${PROBLEMS} problems, alternating in one process`,
    },
  ];
}

/** One that ships, or was trained under this name; `undefined` where there is neither. */
async function stored(name: string) {
  for (const source of ['tiny', 'trained']) {
    const model = await openStored(`${source}:${name}`).catch(() => undefined);
    if (model?.card.kind === 'llm')
      return { config: model.card.architecture, weights: model.weights, tokenizer: model.tokenizer };
  }
  return undefined;
}
