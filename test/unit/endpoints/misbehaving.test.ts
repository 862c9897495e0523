import { afterEach, expect, test } from 'vitest';
import { type Answer, delta, ModelServer, sendJson, stream, usage } from '../../helpers/model-server.ts';
import { generator, KEY, request, text } from './connected.ts';

const servers: ModelServer[] = [];
const start = async (answer: Answer) => {
  const server = await ModelServer.start(answer);
  servers.push(server);
  return server;
};
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const well: Answer = (_, response) => {
  const send = stream(response);
  for (const event of [delta({ content: 'Well.' }, { finish: 'stop' }), usage(1, 1), '[DONE]']) send(event);
  response.end();
};

/** Answers the first requests so, and well from then on. */
const first =
  (...answers: Answer[]): Answer =>
  (asked, response) =>
    (answers.shift() ?? well)(asked, response);

const ask = (server: ModelServer, more?: Parameters<typeof generator>[2]) =>
  generator(server.url, [], more).generate(text('?'), request());

test.each<[string, Answer]>([
  ['too many requests', (_, response) => sendJson(response, {}, 429, { 'Retry-After': '0' })],
  ['a server that still loads', (_, response) => sendJson(response, {}, 503, { 'Retry-After': '0' })],
  ['a connection that breaks at once', (asked, response) => void (asked && response.destroy())],
  [
    'a stream that is cut before the first token',
    (_, response) => {
      stream(response)(delta({}));
      response.end();
    },
  ],
])('%s: it is asked again and answers', async (_, answer) => {
  const server = await start(first(answer));
  expect((await ask(server)).answer.text).toBe('Well.');
  expect(server.asked).toHaveLength(2);
});

test('it waits as long as the server says, and does not where that is too long', async () => {
  const server = await start(first((_, response) => sendJson(response, {}, 429, { 'Retry-After': '1' })));
  const before = performance.now();
  await ask(server);
  expect(performance.now() - before).toBeGreaterThan(990);

  const busy = await start((_, response) => sendJson(response, {}, 429, { 'Retry-After': '3600' }));
  await expect(ask(busy)).rejects.toMatchObject({
    message: expect.stringContaining('429 (too many requests)'),
    hint: expect.stringContaining('3600 s'),
  });
  expect(busy.asked).toHaveLength(1);
});

test('after four tries it gives up with what the server said', async () => {
  const server = await start((_, response) =>
    sendJson(response, { error: { message: 'CUDA out of memory' } }, 500, { 'Retry-After': '0' }),
  );
  await expect(ask(server)).rejects.toMatchObject({
    message: 'The server of endpoint:cluster answered 500 (error in the server): CUDA out of memory',
  });
  expect(server.asked).toHaveLength(4);
});

test.each<[string, Answer, RegExp]>([
  [
    'a stream that is cut in the middle',
    (_, response) => {
      stream(response)(delta({ content: 'Half' }));
      response.end();
    },
    /ended its answer in the middle/,
  ],
  [
    'a connection that breaks in the middle',
    async (_, response) => {
      stream(response)(delta({ content: 'Half' }));
      await new Promise((resolve) => setImmediate(resolve));
      response.destroy();
    },
    /broke the connection off|in the middle/,
  ],
  [
    'events that are no JSON',
    (_, response) => stream(response)('{"choices": [{'),
    /what is no JSON \(text\/event-stream\)/,
  ],
  ['events of another kind', (_, response) => stream(response)({ choices: 'none' }), /no part of a chat completion/],
  [
    'an error within the stream',
    (_, response) => stream(response)({ error: { message: `no adapter for ${KEY}` } }),
    /broke off with an error: .*no adapter for •••/,
  ],
  [
    'a web page',
    (_, response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Hello</html>'),
    /answered with text\/html, not with a stream/,
  ],
  [
    'an error that tells the key',
    (_, response) => sendJson(response, { error: { message: `Incorrect API key provided: ${KEY}` } }, 401),
    /401 \(not authorised\): Incorrect API key provided: •••$/,
  ],
  [
    'a model that is not there',
    (_, response) => sendJson(response, { detail: 'Model "big" not found' }, 404),
    /404 \(not found\): Model "big" not found/,
  ],
])('%s: it is asked once, and the error says what it was, without the key', async (_, answer, message) => {
  const server = await start(answer);
  const error = await ask(server).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ message: expect.stringMatching(message), hint: expect.stringMatching(/\.$/) });
  expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain(KEY);
  expect(server.asked).toHaveLength(1);
});

test('a server that falls silent, at once or in the middle, is left after the time that was allowed', async () => {
  for (const answer of [() => {}, (_, response) => stream(response)(delta({ content: 'Half' }))] satisfies Answer[]) {
    const server = await start(answer);
    await expect(ask(server, { silence: 0.3 })).rejects.toMatchObject({
      message: 'The server of endpoint:cluster said nothing for 0.3 s.',
    });
    await expect.poll(() => server.asked[0]?.closed).toBe(true);
  }
});

test('a redirect is not followed: the other host hears nothing, least of all the key', async () => {
  const other = await start(well);
  const server = await start(
    (_, response) => void response.writeHead(307, { Location: `${other.url}/v1/chat/completions` }).end(),
  );
  await expect(ask(server)).rejects.toMatchObject({ message: expect.stringContaining(`sends on to ${other.url}`) });
  expect(other.asked).toEqual([]);
});

test('nothing that listens is told with what to do', async () => {
  const server = await start(well);
  const { url } = server;
  await server.close();
  const stop = new AbortController();
  const asked = generator(url).generate(text('?'), request({ signal: stop.signal }));
  await expect(asked).rejects.toMatchObject({
    message: 'The server of endpoint:cluster cannot be reached: nothing listens there.',
    hint: expect.stringContaining('Model servers'),
  });
});
