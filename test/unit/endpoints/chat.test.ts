import { afterEach, describe, expect, test, vi } from 'vitest';
import { askedVerdicts } from '../../../nodes/verifier/asked.ts';
import { type Answer, delta, ModelServer, sendJson, stream, usage } from '../../helpers/model-server.ts';
import { generator, KEY, request, text } from './connected.ts';

let server: ModelServer;
const start = async (answer: Answer) => {
  server = await ModelServer.start(answer);
  return server.url;
};
afterEach(() => server.close());

const saying =
  (...events: unknown[]): Answer =>
  (_, response) => {
    const send = stream(response);
    for (const event of [...events, '[DONE]']) send(event);
    response.end();
  };

describe('an answer of a server', () => {
  test('streams, with log-probabilities and the figures of the server; the request says what was asked, in the terms of the protocol', async () => {
    let go = () => {};
    const heldBack = new Promise<void>((resolve) => {
      go = resolve;
    });
    const url = await start(async (_, response) => {
      const send = stream(response);
      send(delta({ content: 'Two' }, { logProb: -0.25 }));
      await heldBack;
      send(delta({ content: ' cats' }, { logProb: -0.5 }));
      send(delta({}, { finish: 'stop' }));
      send(usage(1234, 3, { prompt_tokens_details: { image_tokens: 1200 } }));
      send('[DONE]');
      response.end();
    });
    const heard: string[] = [];
    const { answer, firstTokenMs, restMs } = await generator(`${url}/v1`, [['data:image/png;base64,AAAA']]).generate(
      text('What is in <image>?', 'Be short.'),
      request({
        sampling: { temperature: 0.8, topK: 40, topP: 0.9, minP: 0.05, repetitionPenalty: 1.1, seed: 7 },
        stop: ['\n\n', ''],
        onText(said) {
          heard.push(said);
          go();
        },
      }),
    );
    expect(heard[0]).toBe('Two');
    expect(answer).toMatchObject({
      text: 'Two cats',
      finish: 'stop',
      logProbs: [-0.25, -0.5],
      tokens: { prompt: 34, visual: 1200, thinking: 0, answer: 3 },
    });
    expect(answer.caveat).toContain('tokens as its server counts them');
    expect(firstTokenMs).toBeGreaterThan(0);
    expect(restMs).toBeGreaterThan(0);
    const [asked] = server.asked;
    expect(asked).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
    expect(asked?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(server.json(0)).toEqual({
      model: 'big',
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is in ' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'text', text: '?' },
          ],
        },
      ],
      max_tokens: 64,
      temperature: 0.8,
      seed: 7,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.05,
      repetition_penalty: 1.1,
      repeat_penalty: 1.1,
      stop: ['\n\n'],
      logprobs: true,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test.each(['reasoning_content', 'reasoning'])(
    'a thought in %s is counted token by token, shown or hidden',
    async (field) => {
      const url = await start(
        saying(
          delta({ [field]: '3 + 4' }, { logProb: -1 }),
          delta({ [field]: ' = 7' }, { logProb: -1 }),
          delta({ content: '\n\nSeven' }, { logProb: -0.1 }),
          delta({}, { finish: 'stop' }),
          usage(10, 3),
        ),
      );
      const { generate } = generator(url);
      const { answer } = await generate(text('3 + 4?'), request());
      expect(answer.text).toBe('<think>3 + 4 = 7</think>\n\nSeven');
      expect(answer.tokens).toEqual({ prompt: 10, visual: 0, thinking: 2, answer: 1 });
      const hidden = await generate(text('3 + 4?'), request({ thinking: { budget: 0, shown: false } }));
      expect(hidden.answer).toMatchObject({ text: 'Seven', tokens: { thinking: 2, answer: 1 } });
    },
  );

  test('a thought in <think> … </think> counts as one, even where the template opens it and only its end is said', async () => {
    const tokens = ['3 + 4', ' = 7', '</think>', '\n\nSeven'].map((content) => delta({ content }, { logProb: -0.1 }));
    const url = await start(saying(...tokens, delta({}, { finish: 'stop' }), usage(10, 4)));
    const { answer } = await generator(url).generate(text('3 + 4?'), request());
    expect(answer.tokens).toMatchObject({ thinking: 3, answer: 1 });
    const hidden = await generator(url).generate(text('3 + 4?'), request({ thinking: { budget: 0, shown: false } }));
    expect(hidden.answer.text).toBe('Seven');
  });

  test('without log-probabilities the thought is the part that the server says, or its share of the letters, and the node says which', async () => {
    const said = [
      delta({ content: '<think>aaaaaaaaaaaaaaa</think>' }),
      delta({ content: 'b'.repeat(10) }, { finish: 'stop' }),
    ];
    const url = await start(saying(...said, usage(5, 40, { completion_tokens_details: { reasoning_tokens: 33 } })));
    const { answer } = await generator(url).generate(text('?'), request());
    expect(answer.tokens).toEqual({ prompt: 5, visual: 0, thinking: 33, answer: 7 });
    expect(answer.logProbs).toEqual([]);
    await server.close();
    const other = await start(saying(...said, usage(5, 40)));
    const estimated = await generator(other).generate(text('?'), request());
    expect(estimated.answer.tokens).toEqual({ prompt: 5, visual: 0, thinking: 30, answer: 10 });
    expect(estimated.answer.caveat).toContain('share of the letters');
    await server.close();
    const silent = await start(saying(...said));
    const counted = await generator(silent).generate(text('?'), request());
    expect(counted.answer.tokens).toEqual({ prompt: 0, visual: 0, thinking: 1, answer: 1 });
    expect(counted.answer.caveat).toContain('it gave no figures');
  });

  test('a server that does not stream answers in one piece; one that refuses log-probabilities is asked without', async () => {
    const url = await start((asked, response) => {
      if (JSON.parse(asked.body.toString()).logprobs)
        return sendJson(response, { error: { message: 'logprobs are not supported' } }, 400);
      sendJson(response, {
        choices: [{ index: 0, message: { role: 'assistant', content: 'Whole.' }, finish_reason: 'length' }],
        usage: { prompt_tokens: 2, completion_tokens: 2 },
      });
    });
    const { generate } = generator(url);
    expect((await generate(text('?'), request())).answer).toMatchObject({ text: 'Whole.', finish: 'length' });
    await generate(text('?'), request());
    expect(server.asked.map((_, at) => server.json(at).logprobs ?? false)).toEqual([true, false, false]);
  });

  test('cancelling closes the request and keeps what was said', async () => {
    const stop = new AbortController();
    const url = await start((_, response) => stream(response)(delta({ content: 'Half an' }, { logProb: -0.1 })));
    const { answer } = await generator(url).generate(
      text('?'),
      request({ signal: stop.signal, onText: () => stop.abort() }),
    );
    expect(answer).toMatchObject({ text: 'Half an', finish: 'cancelled' });
    await vi.waitUntil(() => server.asked[0]?.closed);
  });

  test('the only model of a server need not be named; one of several must be, and the error lists them', async () => {
    let models = ['only'];
    const url = await start((asked, response) => {
      if (asked.path.endsWith('/models'))
        return sendJson(response, { data: models.map((id) => ({ id, owned_by: 'vllm' })) });
      return saying(delta({ content: 'Hi' }, { finish: 'stop' }))(asked, response);
    });
    await generator(url, [], { model: undefined }).generate(text('?'), request());
    expect(server.json(-1).model).toBe('only');
    models = ['one', 'two'];
    await expect(generator(url, [], { model: undefined }).generate(text('?'), request())).rejects.toMatchObject({
      message: expect.stringContaining('serves 2 models, and none is named: one, two'),
      hint: expect.stringContaining('endpoint:cluster/one'),
    });
  });
});

test('a verifier asks a server about all solutions at once; one that thinks first is heard out', async () => {
  const waiting: (() => void)[] = [];
  const url = await start(async (asked, response) => {
    const right = asked.body.toString().includes('= 4');
    // Nobody is answered before all have asked.
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 3) for (const go of waiting) go();
    });
    const send = stream(response);
    if (right) send(delta({ reasoning_content: 'No, wait.\nTwo and two.' }, { logProb: -3 }));
    send(delta({ content: right ? 'Yes' : 'No' }, { logProb: Math.log(0.75) }));
    send(delta({}, { finish: 'stop' }));
    send(usage(10, 2));
    response.end('data: [DONE]\n\n');
  });
  let read = 0;
  const prompts = ['2 + 2 = 4?', '2 + 2 = 5?', '2 + 2 = 6?'];
  const verdicts = await askedVerdicts(generator(url), prompts, new AbortController().signal, (tokens) => {
    read += tokens;
  });
  expect(verdicts[0]).toEqual({ score: 1 });
  for (const { score } of verdicts.slice(1)) expect(score).toBeCloseTo(0.25);
  expect(read).toBe(36);
});
