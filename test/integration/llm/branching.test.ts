import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Branch, Branching, GrowRequest } from '../../../nodes/generation/branches.ts';
import { openBranching } from '../../../nodes/generation/branching.ts';
import { type BoundDecoder, decodeChunk, startState } from '../../../nodes/generation/decode.ts';
import type { Sampling } from '../../../nodes/generation/sampling.ts';
import type { TextTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { branchGraph, decodeGraph } from '../../../nodes/llm/model.ts';
import type { Session } from '../../../nodes/run.ts';
import { boundDecoder, openSession, ROTARY, sizesOf, textPrompt } from './tiny.ts';

const SAMPLED: Sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const GREEDY: Sampling = { ...SAMPLED, temperature: 0 };
const IDS = [5, 17, 250, 3, 88, 140, 7];
const isNewline = (id: number) => id % 8 === 3;
const END = 1;
const isEnd = (id: number) => id % 40 === END;

/** A language in which a token in eight ends a line and one in forty the text. */
const tokenizer: TextTokenizer = {
  encode: () => [],
  decode: (ids) => ids.map((id) => (isNewline(id) ? '\n' : `${id} `)).join(''),
  idOf: () => undefined,
  idsWith: (part) => (part === '\n' ? all().filter(isNewline) : []),
};
const all = () => Array.from({ length: ROTARY.vocabulary }, (_, id) => id);

const GRAPH = { precision: 'fp32', fused: true } as const;
let session: Session & AsyncDisposable;
let branches: Session & AsyncDisposable;
let decoder: BoundDecoder;
beforeAll(async () => {
  session = await openSession(decodeGraph(ROTARY, GRAPH));
  branches = await openSession(branchGraph(ROTARY, GRAPH));
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await branches[Symbol.asyncDispose]();
});

const open = (seed: number): Promise<Branching> => openBranching(decoder, textPrompt(ROTARY, IDS), 10_000, seed);

function request(more: Partial<GrowRequest> = {}): GrowRequest {
  const { signal } = new AbortController();
  return { count: 1, until: 'step', sampling: SAMPLED, maxTokens: 60, signal, ...more };
}

const canGo = (branches: readonly Branch[]) => branches.filter(({ finish }) => finish === undefined);

/** Scores after the prompt and each of these tokens, read anew and alone: log-probabilities of `ids`. */
async function readAnew(ids: readonly number[]): Promise<number[]> {
  const prompt = startState(sizesOf(ROTARY), textPrompt(ROTARY, [...IDS, ...ids]));
  const options = { sampling: GREEDY, ends: [], steps: 1, uniforms: [() => 0], scores: ids.length + 1 };
  const { logits } = await decodeChunk(session, sizesOf(ROTARY), prompt, options);
  return ids.map((id, at) => {
    const scores = logits?.data.subarray(at * ROTARY.vocabulary, (at + 1) * ROTARY.vocabulary) ?? new Float32Array(0);
    const top = Math.max(...scores);
    return (scores[id] ?? 0) - top - Math.log(scores.reduce((sum, score) => sum + Math.exp(score - top), 0));
  });
}

describe.each([
  ['each with a whole cache', false],
  ["that share their prompt's cache", true],
])('branches of a prompt, %s', (_, inPlace) => {
  beforeAll(() => {
    const whole = { ...boundDecoder(session, ROTARY, tokenizer), ends: all().filter(isEnd) };
    decoder = inPlace ? { ...whole, branches: async () => branches } : whole;
  });

  it('grow step by step, and each is what the model would have said after it alone', async () => {
    const tree = await open(1);
    const first = await tree.grow([tree.root], request({ count: 4 }));
    const second = await tree.grow(canGo(first), request({ count: 3 }));
    const third = await tree.grow([...canGo(second), ...canGo(first).slice(0, 1)], request({ count: 2 }));
    expect(first).toHaveLength(4);
    expect(third.length).toBeGreaterThan(8);
    for (const branch of [...first, ...second, ...third]) {
      const { ids, finish, stepEnds, text, logProbs } = branch;
      expect(stepEnds).toEqual(ids.flatMap((id, at) => (isNewline(id) || isEnd(id) ? [at + 1] : [])));
      if (finish === undefined) expect(stepEnds.at(-1)).toBe(ids.length);
      else expect(finish).toBe(isEnd(ids.at(-1) ?? 0) ? 'stop' : 'length');
      expect(text).toBe(tokenizer.decode(finish === 'stop' ? ids.slice(0, -1) : ids));
      const anew = await readAnew(ids);
      logProbs.forEach((logProb, at) => {
        expect(Math.abs(logProb - (anew[at] ?? 1))).toBeLessThan(1e-4);
      });
    }
    const [one, other] = [first[0], second.find(({ ids }) => ids.length > 0)];
    expect(other?.ids.slice(0, canGo(first)[0]?.ids.length)).toEqual(canGo(first)[0]?.ids);
    expect(one?.stepEnds.length).toBe(1);
  });

  it('are counted: each token of the tree goes through the model once', async () => {
    const tree = await open(12);
    expect(tree.spent).toMatchObject({ generated: 0, run: IDS.length, distinct: IDS.length, idle: 0 });
    const first = await tree.grow([tree.root], request({ count: 6 }));
    expect(await tree.grow([], request())).toEqual([]);
    const grown = canGo(first);
    const second = await tree.grow(grown, request({ count: 4, until: 'end', maxTokens: 40 }));
    const later = await tree.grow(grown.slice(0, 1), request({ count: 2 }));
    const added = [
      ...first.map(({ ids }) => ids.length),
      ...second.map(({ ids }, at) => ids.length - (grown[Math.floor(at / 4)]?.ids.length ?? 0)),
      ...later.map(({ ids }) => ids.length - (grown[0]?.ids.length ?? 0)),
    ];
    const generated = added.reduce((sum, count) => sum + count, 0);
    // The last token of a branch is read only where the branch went on.
    const run = IDS.length + generated - added.length + grown.length;
    expect(tree.spent).toMatchObject({ generated, run, distinct: IDS.length + generated });
    expect(tree.spent.run / tree.spent.distinct).toBeLessThanOrEqual(1.05);
    expect(grown.length).toBeGreaterThan(1);
  });

  it('hold caches until they are dropped', async () => {
    const bytes = (rows: number, places: number) =>
      rows * places * 2 * ROTARY.layers * ROTARY.kvHeads * (ROTARY.width / ROTARY.heads) * 4;
    const tree = await open(3);
    expect(tree.spent.kvCache).toBe(bytes(1, IDS.length));
    const grown = await tree.grow([tree.root], request({ count: 8, until: 'end', maxTokens: 30 }));
    const longest = IDS.length + Math.max(...grown.map(({ ids }) => ids.length));
    expect(tree.spent.kvCache).toBeGreaterThanOrEqual(bytes(1, longest - 1));
    expect(tree.spent.kvCache).toBeLessThan(bytes(1, IDS.length) + 2 * bytes(8, longest));
    tree.drop([tree.root]);
    await expect(tree.grow([tree.root], request())).rejects.toThrow('was dropped');
    await expect(tree.grow(grown.slice(0, 1), request())).rejects.toThrow('has ended');
  });

  it('are a function of the seed, whatever else grows beside them', async () => {
    const texts = async (seed: number) => {
      const tree = await open(seed);
      return (await tree.grow([tree.root], request({ count: 5, until: 'end' }))).map(({ text }) => text);
    };
    const [once, again, other] = [await texts(4), await texts(4), await texts(5)];
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
    const alone = await open(4);
    const [first] = await alone.grow([alone.root], request({ until: 'end' }));
    expect(first?.text).toBe(once[0]);
  });

  it('stop together before they would sample more than they may', async () => {
    const tree = await open(8);
    const grown = await tree.grow([tree.root], request({ count: 6, until: 'end', maxTokens: 1000, tokens: 50 }));
    const made = grown.reduce((sum, { ids }) => sum + ids.length, 0);
    const going = grown.filter(({ finish }) => finish === 'length');
    expect(going.length).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(50);
    expect(made + going.length).toBeGreaterThan(50);
    const none = await tree.grow([tree.root], request({ count: 3, tokens: 2 }));
    expect(none.map(({ ids, finish }) => [ids.length, finish])).toEqual(Array(3).fill([0, 'length']));
  });

  it('are all alike where the likeliest token is taken', async () => {
    const tree = await open(6);
    const grown = await tree.grow([tree.root], request({ count: 3, until: 'end', sampling: GREEDY }));
    expect(new Set(grown.map(({ text }) => text)).size).toBe(1);
  });

  it('come back as far as they stand when the signal comes, and say how far while they grow', async () => {
    const endless = { ...decoder, ends: [] };
    const tree = await openBranching(endless, textPrompt(ROTARY, IDS), 1_000_000, 7);
    const controller = new AbortController();
    const seen: number[][] = [];
    const grown = await tree.grow([tree.root], {
      ...request({ count: 4, until: 'end', maxTokens: 1_000_000, signal: controller.signal }),
      onProgress(branches) {
        seen.push(branches.map(({ ids }) => ids.length));
        if (seen.length === 2) controller.abort();
      },
    });
    expect(grown.map(({ finish }) => finish)).toEqual(Array(4).fill('cancelled'));
    expect(seen[1]?.[0]).toBeGreaterThan(seen[0]?.[0] ?? 0);
    // Heard before the next step: nothing was made after what was told.
    expect(grown.map(({ ids }) => ids.length)).toEqual(seen[1]);
    const late = await tree.grow([tree.root], request({ signal: controller.signal, count: 2 }));
    expect(late.map(({ finish, ids }) => [finish, ids.length])).toEqual(Array(2).fill(['cancelled', 0]));
  });

  it.each([0.5, 3, 45])(
    'are stopped within 20 ms, or a step where one takes longer: steps of %f ms',
    async (stepMs) => {
      let now = 0;
      const [calls, controller] = [[] as number[], new AbortController()];
      let told: number | undefined;
      /** Time is what the steps are said to take: what a call may hold does not depend on who runs beside this test. */
      const slow = (real: Session): Session => ({
        ...real,
        async run(feeds, fetch) {
          const outputs = await real.run(feeds, fetch);
          const steps = Number(feeds.steps?.data[0]);
          calls.push(steps);
          // Someone presses stop while the tenth call runs: the word comes when the thread is free again.
          if (calls.length === 10) {
            told = now;
            setImmediate(() => controller.abort());
            await new Promise((resolve) => setImmediate(resolve));
          }
          now += steps * stepMs;
          return outputs;
        },
      });
      const timed = {
        ...{ ...decoder, session: slow(session), ends: [], clock: () => now },
        ...(inPlace && { branches: async () => slow(branches) }),
      };
      const tree = await openBranching(timed, textPrompt(ROTARY, IDS), 1_000_000, 7);
      const endless = { count: 4, until: 'end', maxTokens: 1_000_000, signal: controller.signal } as const;
      const grown = await tree.grow([tree.root], request(endless));
      expect(calls).toHaveLength(10);
      expect(now - (told ?? 0)).toBeLessThanOrEqual(Math.max(20, stepMs));
      // Calls did hold several steps, where these are short.
      expect(Math.max(...calls)).toBe(Math.min(16, Math.max(1, Math.floor(20 / stepMs))));
      expect(grown.map(({ finish }) => finish)).toEqual(Array(4).fill('cancelled'));
      expect(grown[0]?.ids.length).toBe(calls.slice(1).reduce((sum, steps) => sum + steps, 1));
    },
  );
});
