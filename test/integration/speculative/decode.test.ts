import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeChunk, startState } from '../../../nodes/generation/decode.ts';
import type { Sampling } from '../../../nodes/generation/sampling.ts';
import type { TextTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { type Generated, generate } from '../../../nodes/llm/generator.ts';
import { decodeGraph } from '../../../nodes/llm/model.ts';
import type { PreparedPrompt } from '../../../nodes/llm/prompt.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';
import { type Speculated, speculate } from '../../../nodes/speculative/decode.ts';
import { speculativeGraph } from '../../../nodes/speculative/model.ts';
import { bothWeights } from '../../../nodes/speculative/weights.ts';
import { boundDecoder, LEARNED, livelyWeights, openSession, ROTARY, textPrompt } from '../llm/tiny.ts';

const SAMPLING = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
const GRAPH = { precision: 'fp32', fused: true } as const;
const tokenizer: TextTokenizer = {
  encode: () => [],
  decode: (ids) => ids.join(' '),
  idOf: () => undefined,
  idsWith: () => [],
};

interface Asked {
  readonly sampling?: Partial<typeof SAMPLING>;
  readonly maxTokens?: number;
  readonly draftLength?: number;
  readonly room?: number;
  readonly ends?: readonly number[];
  readonly clock?: () => number;
}

/** A target, and a draft made of the target's first layer: it is right some of the time. */
async function openPair(config: DecoderConfig, draft: DecoderConfig, weights: WeightSource) {
  const sessions = {
    target: await openSession(decodeGraph(config, GRAPH), weights, 1),
    draft: await openSession(decodeGraph(draft, GRAPH), weights, 1),
    both: await openSession(speculativeGraph({ config }, { config: draft }, GRAPH), bothWeights(weights, weights), 1),
  };
  const bound = (which: 'target' | 'draft', ends: readonly number[]) => ({
    ...boundDecoder(sessions[which], which === 'target' ? config : draft, tokenizer),
    ends,
  });
  const requestOf = ({ sampling, maxTokens = 16 }: Asked) => ({
    sampling: { ...SAMPLING, ...sampling },
    maxTokens,
    stop: [],
    signal: new AbortController().signal,
  });
  const promptOf = (ids: readonly number[], { room = 10_000 }: Asked): PreparedPrompt => {
    return { tokens: textPrompt(config, ids), counts: { prompt: ids.length, visual: 0 }, room };
  };
  return {
    alone(ids: readonly number[], asked: Asked = {}): Promise<Generated> {
      return generate(bound('target', asked.ends ?? []), promptOf(ids, asked), requestOf(asked));
    },
    both(ids: readonly number[], asked: Asked = {}): Promise<Speculated> {
      const prompt = promptOf(ids, asked);
      const [target, drafting] = [bound('target', asked.ends ?? []), bound('draft', asked.ends ?? [])];
      return speculate(
        { session: sessions.both, target: { decoder: target, prompt }, draft: { decoder: drafting, prompt } },
        { ...requestOf(asked), draftLength: asked.draftLength ?? 4, clock: asked.clock ?? (() => performance.now()) },
      );
    },
    /** Scores after each of the last `count` tokens. */
    async scores(which: 'target' | 'draft', ids: readonly number[], count: number): Promise<number[][]> {
      const { session, sizes } = bound(which, []);
      const { logits } = await decodeChunk(session, sizes, startState(sizes, textPrompt(config, ids)), {
        ...{ sampling: SAMPLING, ends: [], steps: 1, uniforms: [() => 0] },
        scores: count,
      });
      const data = Array.from(logits?.data ?? []);
      return Array.from({ length: count }, (_, at) => data.slice(at * config.vocabulary, (at + 1) * config.vocabulary));
    },
    async [Symbol.asyncDispose]() {
      for (const session of Object.values(sessions)) await session[Symbol.asyncDispose]();
    },
  };
}

/** The probability of each token under a way of sampling, reckoned by hand. */
function likely(scores: readonly number[], seen: ReadonlySet<number>, sampling: Sampling): number[] {
  const { temperature, topK, topP, repetitionPenalty: penalty } = sampling;
  const lower = (score: number) => (score > 0 ? score / penalty : score * penalty);
  const masses = scores.map((score, id) => Math.exp((seen.has(id) ? lower(score) : score) / temperature));
  const order = [...masses.keys()].sort((a, b) => (masses[b] ?? 0) - (masses[a] ?? 0)).slice(0, topK || undefined);
  const sumOf = (ids: readonly number[]) => ids.reduce((sum, id) => sum + (masses[id] ?? 0), 0);
  const [all, kept] = [sumOf(order), new Set<number>()];
  let before = 0;
  for (const id of order) {
    if (before / all < topP) kept.add(id);
    before += masses[id] ?? 0;
  }
  const total = sumOf([...kept]);
  return masses.map((mass, id) => (kept.has(id) ? mass / total : 0));
}

type Pair = Awaited<ReturnType<typeof openPair>>;
const idsOf = ({ answer }: Generated) => answer.text.split(' ').map(Number);

let pair: Pair;
beforeAll(async () => {
  pair = await openPair(ROTARY, { ...ROTARY, layers: 1 }, livelyWeights());
});
afterAll(() => pair[Symbol.asyncDispose]());

function prompts(count: number, vocabulary: number): number[][] {
  const draw = uniformGenerator(5);
  return Array.from({ length: count }, () =>
    Array.from({ length: 2 + Math.floor(draw() * 30) }, () => Math.floor(draw() * vocabulary)),
  );
}

describe('greedy', () => {
  it('the text is token for token that of the target alone, on 200 prompts and with drafts of all lengths', async () => {
    const [acceptances, lengths] = [[] as number[], [1, 2, 3, 4, 7]];
    for (const [at, ids] of prompts(200, ROTARY.vocabulary).entries()) {
      const alone = await pair.alone(ids);
      const { answer, speculation } = await pair.both(ids, { draftLength: lengths[at % lengths.length] ?? 4 });
      expect(answer.text).toBe(alone.answer.text);
      expect(answer.tokens).toEqual(alone.answer.tokens);
      for (const [i, logProb] of answer.logProbs.entries())
        expect(logProb).toBeCloseTo(alone.answer.logProbs[i] ?? 0, 3);
      acceptances.push(speculation?.acceptance ?? 0);
    }
    // Both ways of a round were taken: drafts that stand and drafts that fall.
    expect(Math.max(...acceptances)).toBeGreaterThan(0.2);
    expect(Math.min(...acceptances)).toBeLessThan(0.8);
  });

  it('a draft that is the target itself is always right: a pass gives all it drafted, and one more', async () => {
    await using twins = await openPair(ROTARY, ROTARY, livelyWeights());
    const { speculation } = await twins.both([3, 1, 4, 1, 5], { maxTokens: 42, draftLength: 3 });
    expect(speculation).toMatchObject({ acceptance: 1, tokensPerPass: 4 });
  });

  it('ends with a token that ends an answer, wherever in a round it falls, and keeps to the most tokens', async () => {
    const free = idsOf(await pair.alone([9, 8, 7]));
    for (const at of [0, 1, 2, 3, 5, 8, 13]) {
      const ends = [free[at] ?? 0];
      const { answer } = await pair.both([9, 8, 7], { ends });
      const alone = await pair.alone([9, 8, 7], { ends });
      expect(answer).toMatchObject({ text: alone.answer.text, finish: 'stop', tokens: alone.answer.tokens });
    }
    for (const maxTokens of [1, 2, 3, 4, 5, 6, 11]) {
      const { answer } = await pair.both([9, 8, 7], { maxTokens });
      expect(answer.text).toBe(free.slice(0, maxTokens).join(' '));
      expect(answer.finish).toBe('length');
    }
  });

  it('goes to the last position that a model has, and the penalty for what was said holds within a round', async () => {
    await using learned = await openPair(LEARNED, { ...LEARNED, layers: 1 }, livelyWeights());
    const ids = prompts(1, LEARNED.vocabulary)[0] ?? [];
    const asked = { room: 128 - ids.length + 1, maxTokens: 1000, sampling: { repetitionPenalty: 1.8 } };
    const [alone, both] = [await learned.alone(ids, asked), await learned.both(ids, asked)];
    expect(alone.answer.tokens.answer).toBe(asked.room);
    expect(both.answer.text).toBe(alone.answer.text);
  });
});

describe('sampled', () => {
  const [TEXTS, TOKENS, BINS] = [12, 100, 20];
  /** What chi-squared of so many bins passes once in ten thousand, 19 degrees of freedom. */
  const LIMIT = 53;

  /**
   * Where a token falls in the cumulative distribution of the target, at random within its own mass: uniform in [0, 1) if it
   * was drawn from it. Tokens that the draft likes more than the target come first, so that a bias towards either shows.
   */
  function place(id: number, p: readonly number[], q: readonly number[], draw: number): number {
    const order = (at: number) => (q[at] ?? 0) / (p[at] || Number.MIN_VALUE);
    const own = order(id);
    const before = p.reduce(
      (sum, mass, at) => (order(at) > own || (order(at) === own && at < id) ? sum + mass : sum),
      0,
    );
    return before + draw * (p[id] ?? 0);
  }

  it.each([
    { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1 },
    { temperature: 0.7, topK: 0, topP: 0.9, repetitionPenalty: 1 },
    { temperature: 1.2, topK: 20, topP: 1, repetitionPenalty: 1.3 },
  ])('tokens are distributed as the target has them (chi-squared): $temperature, $topK, $topP', async (more) => {
    const sampling = { ...SAMPLING, ...more };
    const [counts, draw, acceptances] = [Array<number>(BINS).fill(0), uniformGenerator(99), [] as number[]];
    for (const [seed, prompt] of prompts(TEXTS, ROTARY.vocabulary).entries()) {
      const made = await pair.both(prompt, { sampling: { ...more, seed }, maxTokens: TOKENS, draftLength: 3 });
      acceptances.push(made.speculation?.acceptance ?? 0);
      const ids = [...prompt, ...idsOf(made)];
      const [target, draft] = [
        await pair.scores('target', ids, TOKENS + 1),
        await pair.scores('draft', ids, TOKENS + 1),
      ];
      for (let at = 0; at < TOKENS; at++) {
        const context = new Set(ids.slice(0, prompt.length + at));
        const [p, q] = [target, draft].map((rows) => likely(rows[at] ?? [], context, sampling));
        const id = ids[prompt.length + at] ?? 0;
        expect(p?.[id]).toBeGreaterThan(0);
        expect(Math.exp(made.answer.logProbs[at] ?? 0)).toBeCloseTo(p?.[id] ?? 0, 3);
        const bin = Math.min(BINS - 1, Math.floor(BINS * place(id, p ?? [], q ?? [], draw())));
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
    }
    // Drafts stood and fell: otherwise nothing was put to the test.
    const accepted = acceptances.reduce((sum, each) => sum + each, 0) / TEXTS;
    expect(accepted).toBeGreaterThan(0.1);
    expect(accepted).toBeLessThan(0.95);
    const expected = (TEXTS * TOKENS) / BINS;
    expect(counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)).toBeLessThan(LIMIT);
  });

  it('is a function of the seed, however long a call of the models takes', async () => {
    // By a clock that stands still a call holds many rounds, by one that leaps it holds few.
    const [still, leaping] = [
      () => 0,
      (
        (time) => () =>
          (time += 1e6)
      )(0),
    ];
    const said = async (seed: number, clock: () => number) =>
      (await pair.both([1, 2], { sampling: { temperature: 1, seed }, maxTokens: 60, clock })).answer.text;
    expect(await said(1, leaping)).toBe(await said(1, still));
    expect(await said(2, still)).not.toBe(await said(1, still));
  });
});
