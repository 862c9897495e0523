import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer, type TextTokenizer } from '../../../nodes/generation/tokenizer.ts';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { type Generated, type GenerateRequest, generate } from '../../../nodes/llm/generator.ts';
import { decodeGraph } from '../../../nodes/llm/model.ts';
import { preparePrompt } from '../../../nodes/llm/prompt.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';
import type { Session } from '../../../nodes/run.ts';
import { boundDecoder, LEARNED, livelyWeights, openSession, ROTARY, textPrompt } from './tiny.ts';

const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
/** Ids above 255 are pieces of words: enough of GPT-2's table for text, and smaller than it. */
const WORDS: DecoderConfig = { ...ROTARY, vocabulary: 3000 };

let tokenizer: TextTokenizer;
let session: Session & AsyncDisposable;
beforeAll(async () => {
  tokenizer = await loadTokenizer('gpt2', (path) => readFile(path, 'utf8'));
  session = await openSession(decodeGraph(WORDS, { precision: 'fp32', fused: true }));
});
afterAll(() => session[Symbol.asyncDispose]());

function ask(question: string, more: Partial<GenerateRequest> = {}): Promise<Generated> {
  const prepared = preparePrompt(WORDS, 'plain', tokenizer, { type: 'text', text: question }, []);
  const bound = boundDecoder(session, WORDS, tokenizer);
  const signal = new AbortController().signal;
  return generate(bound, prepared, { sampling: GREEDY, maxTokens: 40, stop: [], signal, ...more });
}

describe('an answer', () => {
  it('takes words that the tokenizer knows and the model does not', async () => {
    const text = 'Zebras photosynthesize unquestionably.';
    expect(Math.max(...tokenizer.encode(text))).toBeGreaterThanOrEqual(WORDS.vocabulary);
    const { answer } = await ask(text);
    expect(answer.tokens.answer).toBe(40);
    expect(answer.finish).toBe('length');
  });

  it('ends before a stop text, and counts no token that came after it, however the calls were cut', async () => {
    const { answer: free } = await ask('Why?');
    const stop = free.text.slice(12, 15);
    const { answer } = await ask('Why?', { stop: [stop] });
    expect(answer.text).toBe(free.text.slice(0, free.text.indexOf(stop)));
    expect(answer.finish).toBe('stop');
    // One call a token would have noticed the stop text with its last letter.
    let needed = 1;
    const decoded = async () => (await ask('Why?', { maxTokens: needed })).answer.text;
    while (!(await decoded()).includes(stop)) needed++;
    expect(answer.tokens.answer).toBe(needed);
    expect(answer.logProbs).toEqual(free.logProbs.slice(0, needed));
  });

  it('keeps what there is when it is cancelled, within a chunk', async () => {
    const controller = new AbortController();
    const { answer } = await ask('Why?', {
      maxTokens: 2000,
      signal: controller.signal,
      onText: () => controller.abort(),
    });
    expect(answer.finish).toBe('cancelled');
    expect(answer.tokens.answer).toBe(1);
    expect(answer.text).not.toBe('');
  });

  it('streams a text that only grows, the whole answer last', async () => {
    const shown: string[] = [];
    const { answer } = await ask('Why?', { onText: (text) => shown.push(text) });
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.at(-1)).toBe(answer.text);
  });
});

describe('a thought', () => {
  const text = (ids: readonly number[]) => ids.join(' ');
  const idsOf = ({ answer }: Generated) => answer.text.split(' ').map(Number);

  /** A tokenizer in which these ids are the marks of a thought. */
  function marked(open: number, close: number): TextTokenizer {
    return { ...tokenizer, decode: text, idOf: (token) => ({ '<think>': open, '</think>': close })[token] };
  }

  async function say(ids: readonly number[], marks: TextTokenizer, more: Partial<GenerateRequest> = {}) {
    const prompt = { tokens: textPrompt(WORDS, ids), counts: { prompt: ids.length, visual: 0 }, room: 10_000 };
    const signal = new AbortController().signal;
    const request = { sampling: GREEDY, maxTokens: 40, stop: [], signal, ...more };
    return generate(boundDecoder(session, WORDS, marks), prompt, request);
  }

  const PROMPT = [12, 7, 90];

  it('is ended when its budget is used up, and the answer goes on as if the model had ended it', async () => {
    const free = idsOf(await say(PROMPT, marked(-1, -1)));
    const close = all().find((id) => !free.includes(id)) ?? 0;
    const marks = marked(free[2] ?? 0, close);
    const unheld = await say(PROMPT, marks);
    expect(unheld.answer.tokens).toMatchObject({ thinking: 38, answer: 2 });
    for (const budget of [1, 5, 20]) {
      const held = await say(PROMPT, marks, { thinking: { budget, shown: true } });
      const before = free.slice(0, 2 + budget);
      expect(idsOf(held).slice(0, 3 + budget)).toEqual([...before, close]);
      const alone = await say([...PROMPT, ...before, close], marked(-1, -1), { maxTokens: 38 - budget });
      expect(idsOf(held).slice(3 + budget)).toEqual(idsOf(alone));
      expect(held.answer.logProbs).toHaveLength(40);
      expect(held.answer.tokens).toMatchObject({ thinking: budget, answer: 40 - budget });
      const hidden = await say(PROMPT, marks, { thinking: { budget, shown: false } });
      expect(idsOf(hidden)).toEqual([...free.slice(0, 2), ...idsOf(alone)]);
      expect(hidden.answer.tokens).toEqual(held.answer.tokens);
    }
  });

  it('that goes round in circles is stopped, and the answer says so', async () => {
    const bold = livelyWeights();
    // With nothing added to its embedding, every token is followed by itself.
    const echo: WeightSource = {
      digest: 'echo',
      fill: (spec, into) => (spec.name.startsWith('layers.') ? into.fill(0) : bold.fill(spec, into)),
    };
    await using parrot = await openSession(decodeGraph(WORDS, { precision: 'fp32', fused: true }), echo);
    const prompt = { tokens: textPrompt(WORDS, PROMPT), counts: { prompt: 3, visual: 0 }, room: 10_000 };
    const request = { sampling: GREEDY, maxTokens: 400, stop: [], signal: new AbortController().signal };
    const thinking = await generate(boundDecoder(parrot, WORDS, marked(90, 5)), prompt, request);
    expect(thinking.answer.finish).toBe('circles');
    // The mark that the prompt ends with, and what follows it.
    expect(idsOf(thinking)).toEqual(Array(25).fill(90));
    expect(thinking.answer.caveat).toMatch(/circles .* 24 tokens/);
    const answering = await generate(boundDecoder(parrot, WORDS, marked(4, 5)), prompt, request);
    expect(answering.answer).toMatchObject({ finish: 'length', tokens: { thinking: 0, answer: 400 } });
  });
});

const all = () => Array.from({ length: WORDS.vocabulary }, (_, id) => id);

it('a prompt longer than the table of positions is refused with the numbers', () => {
  const text = 'why '.repeat(200);
  expect(() => preparePrompt(LEARNED, 'plain', tokenizer, { type: 'text', text }, [])).toThrow(/\d+ tokens.*128/);
});
