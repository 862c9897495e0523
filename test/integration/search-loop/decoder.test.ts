import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBranching } from '../../../nodes/generation/branching.ts';
import type { BoundDecoder } from '../../../nodes/generation/decode.ts';
import { logLikelihoods } from '../../../nodes/generation/likelihood.ts';
import type { TextTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { decodeGraph } from '../../../nodes/llm/model.ts';
import type { Session } from '../../../nodes/run.ts';
import { STRATEGY_NAMES } from '../../../nodes/search-loop/kinds.ts';
import type { SearchContext, SearchResult } from '../../../nodes/search-loop/search.ts';
import { strategies } from '../../../nodes/search-loop/strategies/index.ts';
import { budget, contextOf, ScriptedBranching, verifier } from '../../unit/search-loop/scripted.ts';
import { boundDecoder, openSession, ROTARY, textPrompt } from '../llm/tiny.ts';

/** A small decoder of random weights in whose language a token in six ends a line and one in forty the text. */
const isNewline = (id: number) => id % 6 === 3;
const ids = Array.from({ length: ROTARY.vocabulary }, (_, id) => id);
const tokenizer: TextTokenizer = {
  encode: (text) => [...text].map((letter) => letter.charCodeAt(0) % ROTARY.vocabulary),
  decode: (given) => given.map((id) => (isNewline(id) ? '\n' : `${id} `)).join(''),
  idOf: () => undefined,
  idsWith: (part) => (part === '\n' ? ids.filter(isNewline) : []),
};

let session: Session & AsyncDisposable;
let decoder: BoundDecoder;
beforeAll(async () => {
  session = await openSession(decodeGraph(ROTARY, { precision: 'fp32', fused: true }));
  decoder = { ...boundDecoder(session, ROTARY, tokenizer), ends: ids.filter((id) => id % 40 === 1) };
});
afterAll(() => session[Symbol.asyncDispose]());

const PROMPT = [5, 17, 250, 3, 88, 140, 7];

function contextFor(changes: Partial<SearchContext>) {
  let opened = 0;
  return contextOf(new ScriptedBranching(() => '<end>'), {
    open: ({ text }) => openBranching(decoder, textPrompt(ROTARY, [...PROMPT, text.length % 100]), 10_000, opened++),
    verifier: verifier((text) => {
      const steps = text.split('\n').map((step) => (step.length % 7) / 7);
      return { score: Math.min(...steps), steps };
    }, 'process'),
    amateur: async (_, branches) => branches.map(({ logProbs }) => logProbs.map((each) => each - 0.3)),
    maxTokens: 48,
    ...changes,
  });
}

test.each(STRATEGY_NAMES)('%s searches with a real decoder, and again the same', async (name) => {
  const result = await strategies[name](contextFor({ budget: budget(6) }));
  expect(result.candidates[result.chosen ?? -1]).toBeDefined();
  for (const { tokens } of result.candidates) {
    // One that ends with its first token has no text.
    expect(tokens).toBeGreaterThan(0);
    expect(tokens).toBeLessThanOrEqual(48);
  }
  const { spent } = result;
  expect(spent.generated).toBeGreaterThan(0);
  expect(spent.run / spent.distinct).toBeLessThanOrEqual(1.05);
  const again = await strategies[name](contextFor({ budget: budget(6) }));
  // Batches are cut by time, and with another batch the last digits of a probability may be others.
  const said = ({ candidates }: SearchResult) => candidates.map(({ text }) => text);
  expect(said(again)).toEqual(said(result));
});

test.each(['self-consistency', 'beam-search', 'mcts'] as const)('%s spends its tokens and no more', async (name) => {
  const { spent } = await strategies[name](contextFor({ budget: budget(8, 100) }));
  expect(spent.generated).toBeLessThanOrEqual(100);
  expect(spent.generated).toBeGreaterThan(100 - 8);
});

test('a search that is cancelled while it decodes keeps the candidates it has', async () => {
  const controller = new AbortController();
  const context = contextFor({
    budget: budget(400),
    signal: controller.signal,
    settings: { exploration: 1, width: 2, lookahead: 1, rollout: 'sample', enough: 1 },
    onNodes: (_, candidates) => candidates >= 8 && controller.abort(),
  });
  const result = await strategies.mcts(context);
  expect(result.candidates.length).toBeGreaterThanOrEqual(8);
  expect(result.candidates.length).toBeLessThan(400);
  expect(result.chosen).toBeDefined();
});

test('given texts are as likely as when they were sampled', async () => {
  const branching = await openBranching(decoder, textPrompt(ROTARY, PROMPT), 10_000, 3);
  const { signal } = new AbortController();
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
  const branches = await branching.grow([branching.root], { count: 3, until: 'end', sampling, maxTokens: 40, signal });
  const answers = branches.map(({ ids }) => ids);
  const seen = await logLikelihoods(decoder, textPrompt(ROTARY, PROMPT), answers, signal);
  branches.forEach(({ logProbs }, index) => {
    expect(seen[index]).toEqual(logProbs.map((each) => expect.closeTo(each, 4)));
  });
  await expect(logLikelihoods(decoder, textPrompt(ROTARY, PROMPT), [[9999]], signal)).rejects.toThrow('tokenizer');
});
