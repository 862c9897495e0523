import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer, type TextTokenizer } from '../../../nodes/generation/tokenizer.ts';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { type Generated, type GenerateRequest, generate } from '../../../nodes/llm/generator.ts';
import { decodeGraph } from '../../../nodes/llm/model.ts';
import { preparePrompt } from '../../../nodes/llm/prompt.ts';
import type { Session } from '../../../nodes/run.ts';
import { boundDecoder, LEARNED, openSession, ROTARY } from './tiny.ts';

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

it('a prompt longer than the table of positions is refused with the numbers', () => {
  const text = 'why '.repeat(200);
  expect(() => preparePrompt(LEARNED, 'plain', tokenizer, { type: 'text', text }, [])).toThrow(/\d+ tokens.*128/);
});
