import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Answer, delta, ModelServer, sendJson, stream, usage } from '../../helpers/model-server.ts';
import { patchbay } from '../../helpers/patchbay.ts';
import { tensorServer } from '../../helpers/tensor-server.ts';

/** `patchbay` in processes of its own, against a server on this machine. */

const KEY = 'sk-never-to-be-seen-91c4';
let home: string;
let server: ModelServer;
let answer: Answer;

const answering: Answer = (asked, response) => {
  if (asked.path === '/v1/models') return sendJson(response, { data: [{ id: 'big', owned_by: 'vllm' }] });
  const send = stream(response);
  for (const event of [
    delta({ content: 'Paris' }, { logProb: -0.1 }),
    delta({}, { finish: 'stop' }),
    usage(9, 1),
    '[DONE]',
  ])
    send(event);
  response.end();
};

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'patchbay-endpoints-'));
  answer = answering;
  server = await ModelServer.start((asked, response) => answer(asked, response));
});
afterEach(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

const cli = (args: readonly string[], env: Record<string, string> = {}, input?: string) =>
  patchbay(args, { env: { PATCHBAY_HOME: home, ...env }, ...(input !== undefined && { input }) });

function graph(model: string): string {
  const path = join(home, 'graph.json');
  const nodes = {
    question: { kind: 'prompt', params: { text: 'What is the capital of France?' } },
    llm: { kind: 'llm', params: { model }, inputs: { prompt: 'question.text' } },
  };
  writeFileSync(path, JSON.stringify({ schemaVersion: 1, title: 'Capital', nodes }));
  return path;
}

/** A graph that samples and votes, its LLM at the server. */
function searching(): string {
  const path = join(home, 'searching.json');
  const nodes = {
    question: { kind: 'prompt' },
    llm: { kind: 'llm', params: { model: 'endpoint:cluster' }, inputs: { prompt: 'question.text' } },
    search: {
      kind: 'search-loop',
      params: { strategy: 'self-consistency' },
      inputs: { prompt: 'question.text', generator: 'llm.generator' },
    },
  };
  writeFileSync(path, JSON.stringify({ schemaVersion: 1, title: 'Votes', nodes }));
  return path;
}

/** Everything under a folder but the file of endpoints itself. */
function everything(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name !== 'endpoints.json')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

test('a server is written down, tested, used by a graph and forgotten; its key is in one file that this user alone reads', async () => {
  const added = await cli(['endpoints', 'add', 'cluster', server.url, '--key-stdin'], {}, `${KEY}\n`);
  expect(added).toMatchObject({ code: 0, stderr: '' });
  expect(server.asked).toEqual([]);
  const file = join(home, 'endpoints.json');
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toContain(KEY);

  const listed = await cli(['endpoints', 'list']);
  expect(listed.stdout).toMatch(/cluster +http:\/\/127.0.0.1:\d+ +openai +in a file of yours +settings/);
  const tested = await cli(['endpoints', 'test', 'cluster']);
  expect(tested.stdout).toContain('endpoint:cluster/big');
  expect(tested.stdout).toContain('vllm');

  const path = graph('tiny:llm');
  const ran = await cli(['run', path, '--set', 'llm.model=endpoint:cluster', '--json']);
  expect(ran.code).toBe(0);
  const { nodes } = JSON.parse(ran.stdout);
  expect(nodes.llm).toMatchObject({
    status: 'finished',
    tokens: { prompt: 9, answer: 1 },
    outputs: { answer: { text: 'Paris' } },
  });
  expect(server.asked.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`);

  const measured = await cli([
    'reason',
    searching(),
    '--n',
    '2',
    '--budgets',
    '1,2',
    '--out',
    join(home, 'reasoned.json'),
  ]);
  expect(measured).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(join(home, 'reasoned.json'), 'utf8')).points[0]).toMatchObject({ accuracy: 0 });
  // Both samples of a problem came of one call.
  expect(server.asked.slice(-2).map((_, at) => server.json(at - 2).n ?? 1)).toContain(2);

  answer = (_, response) => sendJson(response, { error: { message: `You sent ${KEY}` } }, 403);
  const refused = await cli(['run', graph('endpoint:cluster'), '--json']);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('403 (forbidden): You sent •••');
  const failed = await cli(['endpoints', 'test', 'cluster']);
  expect(failed.code).toBe(1);

  for (const { stdout, stderr } of [added, listed, tested, ran, measured, refused, failed])
    expect(stdout + stderr).not.toContain(KEY);
  expect(everything(home)).not.toContain(KEY);
  expect((await cli(['endpoints', 'remove', 'cluster'])).code).toBe(0);
  expect(readFileSync(file, 'utf8')).not.toContain(KEY);
  expect((await cli(['run', graph('endpoint:cluster')])).stderr).toContain('There is no endpoint "cluster".');
}, 120_000);

test('the environment names servers too; what is wrong is said in a line', async () => {
  const env = { PATCHBAY_ENDPOINT_LAB_7_URL: `${server.url}/v1`, PATCHBAY_ENDPOINT_LAB_7_KEY: KEY };
  const listed = await cli(['endpoints', 'list', '--json'], env);
  expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'lab-7', from: 'environment', key: 'environment' }]);
  expect(listed.stdout).not.toContain(KEY);
  const ran = await cli(['run', graph('endpoint:lab-7/other')], env);
  expect(ran.stdout).toContain('Paris');
  expect(server.json(-1).model).toBe('other');
  expect(server.asked.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`);

  const wrong = await cli(['endpoints', 'add', 'Lab', 'nowhere']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/^The endpoint was not saved: a name has small letters.*\n$/);
  const password = await cli(['endpoints', 'add', 'lab', 'http://me:secret@127.0.0.1']);
  expect(password.stderr).toContain('do not belong into the address');
  const damaged = await cli(['endpoints', 'list'], { PATCHBAY_ENDPOINT_LAB_URL: 'nowhere' });
  expect(damaged.stderr).toMatch(/^PATCHBAY_ENDPOINT_LAB_URL: the address is none/);
}, 60_000);

test('Ctrl-C closes the request at the server', async () => {
  answer = (_, response) => stream(response)(delta({ content: 'Once upon' }));
  const env = { PATCHBAY_ENDPOINT_SLOW_URL: server.url, PATCHBAY_ENDPOINT_SLOW_MODEL: 'big' };
  const { code } = await patchbay(['run', graph('endpoint:slow')], {
    env: { PATCHBAY_HOME: home, ...env },
    until: /Once upon/,
  });
  expect(code).toBe(130);
  expect(server.asked[0]?.closed).toBe(true);
}, 60_000);

test('an encoder and a model of a Triton run in a graph: their ports are known once it was tested, and nothing is asked of it before', async () => {
  answer = tensorServer();
  await cli(['endpoints', 'add', 'triton', server.url, '--protocol', 'kserve']);
  const path = join(home, 'graph.json');
  const nodes = {
    photo: { kind: 'image' },
    encoder: { kind: 'vision-encoder', params: { model: 'endpoint:triton/encoder' }, inputs: { image: 'photo.image' } },
    projector: { kind: 'projector', params: { width: 16 }, inputs: { features: 'encoder.features' } },
    twice: { kind: 'onnx-model', params: { file: 'endpoint:triton/twice' }, inputs: { x: 'photo.image' } },
    seen: { kind: 'view', inputs: { value: 'twice.y' } },
  };
  writeFileSync(path, JSON.stringify({ schemaVersion: 1, title: 'Served', nodes }));
  await cli(['estimate', path]);
  expect(server.asked).toEqual([]);

  const tested = await cli(['endpoints', 'test', 'triton']);
  expect(tested.stdout).toContain('triton 2.51.0');
  expect(tested.stdout).toMatch(/endpoint:triton\/encoder +pixel_values float32 \[\?, 3, 32, 32\] +pooler_output/);
  const asked = server.asked.length;
  const checked = await cli(['validate', path]);
  expect(checked).toMatchObject({ code: 0 });
  const estimated = await cli(['estimate', path, '--json']);
  expect(JSON.parse(estimated.stdout).nodes.encoder.outputs.features).toMatchObject({
    tokens: 17,
    width: 8,
    grid: [4, 4],
  });
  expect(server.asked).toHaveLength(asked);

  const ran = await cli(['run', path, '--json']);
  const result = JSON.parse(ran.stdout);
  expect(result.nodes.encoder).toMatchObject({
    status: 'finished',
    outputs: { features: { tokens: 17, width: 8, grid: [4, 4] } },
  });
  expect(result.nodes.projector).toMatchObject({
    status: 'finished',
    outputs: { embeddings: { tokens: 16, width: 16 } },
  });
  expect(result.nodes.twice).toMatchObject({ status: 'finished', outputs: { y: { stats: { dims: [1, 3, 4, 4] } } } });
}, 120_000);
