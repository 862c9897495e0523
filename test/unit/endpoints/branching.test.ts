import { afterEach, describe, expect, test } from 'vitest';
import { strategies } from '../../../nodes/search-loop/strategies/index.ts';
import { arithmetic } from '../../../nodes/verifier/rules.ts';
import type { VerifierValue } from '../../../nodes/verifier/verifier.ts';
import { type Answer, delta, ModelServer, sendJson, stream, usage } from '../../helpers/model-server.ts';
import { GREEDY, generator, text } from './connected.ts';

let server: ModelServer;
afterEach(() => server.close());

const WARM = { ...GREEDY, temperature: 0.8 };
const { signal } = new AbortController();

interface Writing {
  /** `owned_by` of its models. */
  readonly owner?: string;
  /** Most choices in a call. */
  readonly most?: number;
  readonly tellsUsage?: boolean;
  /** What comes after a beginning, token by token; `draw` counts the continuations that it was asked for. */
  readonly script: (begun: string, draw: number) => readonly string[];
}

/** A server that writes by a script: it goes on from an assistant's message where there is one, and closes nothing itself. */
function writing({ owner = 'vllm', most = 99, tellsUsage = true, script }: Writing): Answer {
  let draws = 0;
  return async (asked, response) => {
    if (asked.path.endsWith('/models')) return sendJson(response, { data: [{ id: 'big', owned_by: owner }] });
    const { messages, n = 1, max_tokens } = JSON.parse(asked.body.toString());
    const last = messages.at(-1);
    // Chat templates trim the end of a message.
    const begun = last.role === 'assistant' ? last.content.trimEnd() : '';
    const choices = Array.from({ length: Math.min(n, most) }, () => [...script(begun, draws++)]);
    const send = stream(response);
    let made = 0;
    for (let at = 0; choices.some((tokens) => at < tokens.length); at++) {
      choices.forEach((tokens, index) => {
        const content = tokens[at];
        if (content === undefined || at >= max_tokens) return;
        made++;
        const over = at === tokens.length - 1 ? 'stop' : at === max_tokens - 1 ? 'length' : undefined;
        send(delta({ content }, { index, logProb: -0.1, ...(over && { finish: over }) }));
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (tellsUsage) send(usage(20, made));
    send('[DONE]');
    response.end();
  };
}

const open = async (options: Writing) => {
  server = await ModelServer.start(writing(options));
  return generator(server.url).branch(text('2 + 3 * 4?'), 5);
};
const chats = () =>
  server.asked.filter(({ path }) => path.endsWith('/chat/completions')).map(({ body }) => JSON.parse(body.toString()));

describe('samples of a server', () => {
  test('come of one call where it takes n, and are counted by its figures', async () => {
    const branching = await open({ script: (_, draw) => ['The', ' answer', ` ${draw}`] });
    const grown = await branching.grow([branching.root], {
      count: 4,
      until: 'end',
      sampling: WARM,
      maxTokens: 50,
      signal,
    });
    expect(grown.map((branch) => branch.text)).toEqual([0, 1, 2, 3].map((draw) => `The answer ${draw}`));
    expect(grown[0]).toMatchObject({ finish: 'stop', logProbs: [-0.1, -0.1, -0.1] });
    expect(grown[0]?.ids).toHaveLength(3);
    expect(chats()).toMatchObject([{ n: 4, max_tokens: 50, temperature: 0.8 }]);
    expect(branching.spent).toMatchObject({ generated: 12, run: 32, distinct: 32, idle: 0 });
  });

  test('are asked for one by one, with other seeds, where it takes none; greedy ones are made once', async () => {
    const branching = await open({ most: 1, tellsUsage: false, script: (_, draw) => ['Nr.', ` ${draw}`] });
    const request = { count: 3, until: 'end', maxTokens: 50, signal } as const;
    const grown = await branching.grow([branching.root], { ...request, sampling: WARM });
    expect(grown.map((branch) => branch.text)).toEqual(['Nr. 0', 'Nr. 1', 'Nr. 2']);
    expect(new Set(chats().map(({ seed }) => seed)).size).toBe(3);
    expect(branching.spent.generated).toBe(6);
    const same = await branching.grow([branching.root], { ...request, sampling: GREEDY });
    expect(same.map((branch) => branch.text)).toEqual(['Nr. 3', 'Nr. 3', 'Nr. 3']);
    expect(branching.spent.generated).toBe(8);
  });

  test('share what is left of a budget, and a branch ends with its tokens', async () => {
    const branching = await open({ script: () => ['a', ' b', ' c', ' d', ' e'] });
    const grown = await branching.grow([branching.root], {
      count: 2,
      until: 'end',
      sampling: WARM,
      maxTokens: 50,
      tokens: 7,
      signal,
    });
    expect(grown.map(({ text: said, finish }) => [said, finish])).toEqual([
      ['a b c', 'length'],
      ['a b c', 'length'],
    ]);
    const none = await branching.grow([branching.root], {
      count: 9,
      until: 'end',
      sampling: WARM,
      maxTokens: 50,
      tokens: 8,
      signal,
    });
    expect(none.every(({ ids, finish }) => ids.length === 0 && finish === 'length')).toBe(true);
    expect(chats()).toHaveLength(1);
  });

  test('cancelling keeps what there is', async () => {
    server = await ModelServer.start((_, response) => stream(response)(delta({ content: 'Half' }, { logProb: -0.1 })));
    const stop = new AbortController();
    const branching = await generator(server.url).branch(text('?'), 5);
    const growing = branching.grow([branching.root], {
      count: 1,
      until: 'end',
      sampling: WARM,
      maxTokens: 9,
      signal: stop.signal,
    });
    await expect.poll(() => branching.root && server.asked.length).toBe(1);
    setTimeout(() => stop.abort(), 100);
    expect(await growing).toMatchObject([{ finish: 'cancelled' }]);
    await expect.poll(() => server.asked[0]?.closed).toBe(true);
  });
});

/** Right and wrong lines in turns, then the answer. */
const STEPS = ['<think>3 * 4 = 12', '2 + 12 = 14', '</think> 14'];
const solving = (begun: string, draw: number): string[] => {
  if (begun.endsWith('</think>')) return [' 14'];
  const done = begun === '' ? 0 : begun.split('\n').length;
  const again = done === 0 ? [] : ['\n'];
  const lines = STEPS.slice(done).map((line, at) =>
    at === 0 && draw % 2 === 1 ? line.replace(/= \d+/, '= 99') : line,
  );
  return [...again, ...lines.flatMap((line, at) => [...line.split(/(?= )/), ...(at < lines.length - 1 ? ['\n'] : [])])];
};

describe('steps at a server', () => {
  test.each([
    ['vllm', { continue_final_message: true, add_generation_prompt: false }],
    ['sglang', { continue_final_message: true, add_generation_prompt: false }],
    ['llamacpp', {}],
    ['library', {}],
  ])('end with their lines and go on from there (%s)', async (owner, told) => {
    const branching = await open({ owner, script: (begun) => solving(begun, 0) });
    const step = (from: Parameters<typeof branching.grow>[0]) =>
      branching.grow(from, { count: 1, until: 'step', sampling: WARM, maxTokens: 90, signal });
    const [first] = await step([branching.root]);
    expect(first).toMatchObject({ text: '<think>3 * 4 = 12\n', stepEnds: [6] });
    expect(first?.finish).toBeUndefined();
    const [second] = await step(first ? [first] : []);
    expect(second?.text).toBe('<think>3 * 4 = 12\n2 + 12 = 14\n');
    const [third] = await step(second ? [second] : []);
    const [whole] = await step(third ? [third] : []);
    expect(whole).toMatchObject({ text: '<think>3 * 4 = 12\n2 + 12 = 14\n</think> 14', finish: 'stop' });
    const last = chats().at(-1);
    expect(last.messages.at(-1)).toEqual({ role: 'assistant', content: third?.text });
    expect(last).toMatchObject(told);
    expect('continue_final_message' in last).toBe('continue_final_message' in told);
    expect(branching.spent.generated).toBeGreaterThanOrEqual(whole?.ids.length ?? 0);
  });

  test('beam search with a process verifier finds the right lines', async () => {
    server = await ModelServer.start(writing({ script: solving }));
    const { branch } = generator(server.url);
    const verifier: VerifierValue = {
      ...({ type: 'verifier', summary: 'reckoned again', judges: 'process', run: 0 } as const),
      verify: async (_, solutions) => solutions.map(arithmetic),
    };
    const result = await strategies['beam-search']({
      question: text('2 + 3 * 4?'),
      open: (question) => branch(question, 1),
      verifier,
      budget: { candidates: 4, tokens: Number.POSITIVE_INFINITY, seconds: Number.POSITIVE_INFINITY },
      settings: { exploration: 1, width: 2, lookahead: 0, rollout: 'sample', enough: 1 },
      sampling: WARM,
      maxTokens: 90,
      signal,
      clock: () => performance.now(),
      onNodes() {},
    });
    expect(result.candidates[result.chosen ?? -1]).toMatchObject({ text: STEPS.join('\n'), answer: '14' });
  });

  test('of a server that is not known to go on are refused, and half a thought that it tells apart', async () => {
    const branching = await open({ owner: 'somebody', script: (begun) => solving(begun, 0) });
    const request = { count: 1, until: 'step', sampling: WARM, maxTokens: 90, signal } as const;
    const grown = await branching.grow([branching.root], request);
    await expect(branching.grow(grown, request)).rejects.toMatchObject({
      message: expect.stringContaining('cannot go on from half an answer'),
      hint: expect.stringContaining('best-of-N'),
    });
    await server.close();
    server = await ModelServer.start((asked, response) => {
      if (asked.path.endsWith('/models')) return sendJson(response, { data: [{ id: 'big', owned_by: 'vllm' }] });
      const send = stream(response);
      for (const part of ['one', '\n', 'two']) send(delta({ reasoning_content: part }, { logProb: -0.1 }));
    });
    const apart = await generator(server.url).branch(text('?'), 1);
    const half = await apart.grow([apart.root], request);
    expect(half[0]?.text).toBe('<think>one\n');
    await expect(apart.grow(half, request)).rejects.toMatchObject({
      message: expect.stringContaining('half a thought'),
    });
  });
});
