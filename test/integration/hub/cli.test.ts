import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VISION_EXPORTS, writeVisionExport } from '../../helpers/exports/vision.ts';
import { HubStandIn } from '../../helpers/hub.ts';
import { COMMIT, SMOL_Q4, smolExport, smolRepo } from '../../helpers/hub-models.ts';
import { patchbay } from '../../helpers/patchbay.ts';

const NAME = 'maker/smol';
let hub: HubStandIn;
let home: string;
let env: Readonly<Record<string, string>>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-hub-cli-'));
  hub = await new HubStandIn().start();
  hub.repos.set(NAME, smolRepo());
  env = { HF_ENDPOINT: hub.url, HF_HOME: home, HF_TOKEN: '', HF_HUB_CACHE: '', PATCHBAY_HOME: join(home, 'patchbay') };
});
afterEach(async () => {
  await hub.stop();
  await rm(home, { recursive: true, force: true });
});

const models = (...args: string[]) => patchbay(['models', ...args], { env });
const folder = () => join(home, 'hub', 'models--maker--smol');
const snapshot = () => join(folder(), 'snapshots', COMMIT);

async function expectWhole(): Promise<void> {
  const files = smolExport();
  for (const path of SMOL_Q4) expect(await readFile(join(snapshot(), path)), path).toEqual(files[path]);
  expect((await readdir(join(folder(), 'blobs'))).filter((name) => name.endsWith('.incomplete'))).toEqual([]);
}

test('a model is pulled, listed, found, checked, damaged, told so, and removed', async () => {
  const pulled = await models('pull', NAME, '--json');
  expect(pulled.stderr).toMatch(/of .* kB/);
  expect(pulled.code).toBe(0);
  expect(JSON.parse(pulled.stdout)).toMatchObject({ reference: `hf:${NAME}`, commit: COMMIT, folder: snapshot() });
  expect((await models('pull', NAME)).stdout).toMatch(
    /all of it here already; its weights take \d.* kB of memory, its cache of 4096 tokens 189 MB more\n/,
  );
  expect((await models('path', NAME)).stdout.trim()).toBe(snapshot());
  const listed = (await models('list')).stdout;
  expect(listed).toMatch(/hf:maker\/smol +\d+\.?\d* kB +\S.* apache-2\.0/);
  expect(listed).toMatch(/tiny:llm .* mit +\d+ graphs/);

  const checked = await models('pull', snapshot());
  expect(checked.code, checked.stderr).toBe(2);
  expect(checked.stderr).toMatch(/"decoder_model_merged\S*\.onnx" cannot be read as an ONNX model/);
  expect(checked.stderr).not.toContain('the Hub listed');
  await writeFile(join(snapshot(), 'tokenizer.json'), '{"half":');
  const damaged = (await models('pull', snapshot())).stderr;
  expect(damaged).toContain('tokenizer.json is no JSON');
  expect(damaged).toContain('tokenizer.json is not the file that the Hub listed');

  expect((await models('remove', NAME)).stdout).toContain('removed hf:maker/smol');
  expect(await readdir(join(home, 'hub'))).not.toContain('models--maker--smol');
  const gone = await models('path', NAME);
  expect(gone).toMatchObject({ code: 2, stdout: '' });
  expect(gone.stderr.trim()).toBe(
    'hf:maker/smol is not on this machine. Pull it first: patchbay models pull maker/smol, or press Download in the models manager.',
  );
});

test('what cannot be had ends with one line and a code: 2 for what was asked, 1 for what went wrong on the way', async () => {
  hub.repos.set('maker/gated', smolRepo({ gated: true }));
  const cases = [
    [['pull', 'no name'], 2, /is not the name of a model/],
    [['pull', 'maker/none'], 2, /has no model maker\/none/],
    [['pull', 'maker/gated', '--variant', 'q4'], 2, /is gated: .* HF_TOKEN/],
    [['pull', NAME, '--variant', 'q3'], 2, /There are: fp32, fp16, q4/],
    [['pull', './not-there'], 2, /no such file or folder/],
    [['remove', 'maker/none'], 2, /is not on this machine/],
    [['remove', 'tiny:llm'], 2, /ships with Patchbay/],
  ] as const;
  for (const [args, code, words] of cases) {
    const ended = await models(...args);
    expect(ended.code, args.join(' ')).toBe(code);
    expect(ended.stderr.trim().split('\n').at(-1)).toMatch(words);
  }
  hub.faults.push('other-bytes');
  expect(await models('pull', NAME, '--variant', 'q4')).toMatchObject({ code: 1, stdout: '' });
});

/** A pull in a process that can be killed. */
function pulling(): ChildProcess {
  const args = ['electron/patchbay.mjs', 'models', 'pull', NAME, '--variant', 'q4'];
  return spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
}

/** Until a part of a file lies on disk. */
async function partOnDisk(): Promise<{ readonly path: string; readonly size: number }> {
  for (;;) {
    const names = await readdir(join(folder(), 'blobs')).catch(() => []);
    const name = names.find((each) => /^[0-9a-f]{64}\.incomplete$/.test(each));
    const path = join(folder(), 'blobs', name ?? '');
    const size = name
      ? await stat(path).then(
          (found) => found.size,
          () => 0,
        )
      : 0;
    if (size > 0) return { path, size };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a process that is killed in the middle leaves no model; the next takes its lock and goes on from its bytes', async () => {
  hub.pace = 1500;
  const child = pulling();
  await partOnDisk();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const { size } = await partOnDisk();
  expect((await models('path', NAME)).code).toBe(2);
  expect(await readdir(join(home, 'hub', '.locks', 'models--maker--smol'))).toHaveLength(1);
  hub.pace = undefined;
  const asked = hub.fetched.length;
  expect((await models('pull', NAME, '--variant', 'q4')).code).toBe(0);
  const [first] = hub.fetched.slice(asked).filter(({ server }) => server === 'cdn');
  expect(first?.range).toBe(`bytes=${size}-`);
  expect(await readdir(join(home, 'hub', '.locks', 'models--maker--smol'))).toEqual([]);
  await expectWhole();
});

test('two processes at once download each file once', async () => {
  hub.pace = 15_000;
  const children = [pulling(), pulling()];
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
  expect(codes).toEqual([0, 0]);
  const paths = hub.fetched.filter(({ server }) => server === 'cdn').map(({ path }) => path);
  expect(paths.length).toBe(new Set(paths).size);
  await expectWhole();
});

test('Ctrl-C ends a pull with code 130, and says that it goes on from there', async () => {
  hub.pace = 1500;
  const ended = await patchbay(['models', 'pull', NAME, '--variant', 'q4'], { env, until: /of .* kB/ });
  expect(ended).toMatchObject({ code: 130, stdout: '' });
  expect(ended.stderr).toContain('goes on from there');
});

test('a vision-language model of the Hub answers about a picture once it is pulled, without the Hub too', async () => {
  const made = join(home, 'made');
  await writeVisionExport(made, VISION_EXPORTS.smolvlm);
  const entries = await readdir(made, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const content = await Promise.all(files.map(async (file) => [relative(made, file), await readFile(file)] as const));
  hub.repos.set('maker/eyes', { commit: COMMIT, files: Object.fromEntries(content) });
  const model = 'hf:maker/eyes';
  const nodes = {
    photo: { kind: 'image', params: { source: 'example:shapes' } },
    question: { kind: 'prompt', params: { text: 'What is there?' } },
    eyes: { kind: 'vision-encoder', params: { model }, inputs: { image: 'photo.image' } },
    words: {
      kind: 'llm',
      params: { model, maxTokens: 8 },
      inputs: { prompt: 'question.text', visual: ['eyes.embeddings'] },
    },
  };
  const graph = join(home, 'graph.json');
  await writeFile(graph, JSON.stringify({ schemaVersion: 1, title: 'Eyes', nodes }));
  const asked = () => patchbay(['run', graph, '--json'], { env });
  const before = await asked();
  expect(before.code).not.toBe(0);
  expect(before.stderr).toContain('Pull it first: patchbay models pull maker/eyes');
  expect((await models('pull', 'maker/eyes')).code).toBe(0);
  await hub.stop();
  const after = await asked();
  expect(after.code, after.stderr).toBe(0);
  const { words } = JSON.parse(after.stdout).nodes;
  expect(words.tokens.visual).toBeGreaterThan(0);
  expect(words.tokens.answer).toBeGreaterThan(0);
  hub = await new HubStandIn().start();
});

test('a folder of networks is checked: external data that is missing, short, or outside of it', async () => {
  const { Graph } = await import('../../../nodes/onnx/graph.ts');
  const { buildModel } = await import('../../../nodes/onnx/serialize.ts');
  const { mlp } = await import('../../../nodes/onnx/layers/mlp.ts');
  const g = new Graph();
  g.output('y', mlp(g, 'mlp', g.input('x', 'float32', [1, 3, 8]), { inner: 16, activation: 'relu' }));
  const built = buildModel(g);
  const [data] = built.files;
  if (!data) throw new Error('the weights lie in a file of their own');
  const mine = join(home, 'mine');
  await cp('nodes/models/tokenizer.json', join(mine, 'tokenizer.json'), { recursive: true });
  await writeFile(join(mine, 'config.json'), '{"model_type":"mine"}');
  await writeFile(join(mine, 'model.onnx'), built.bytes);
  const path = join(mine, data.path);
  expect((await models('pull', mine)).stderr).toMatch(/is missing: model\.onnx keeps weights in it/);
  const size = data.bytes;
  await writeFile(path, Buffer.alloc(size));
  expect((await models('pull', mine)).stdout).toMatch(/mine is whole: fp32 \(\d.*; in memory \d[^a]*\)/);
  await truncate(path, size - 1);
  expect((await models('pull', mine)).stderr).toContain(`is too short: it has ${size - 1} bytes of ${size}.`);
  // A name as long as the old one, so that the protobuf stays sound.
  const away = `../${'x'.repeat(data.path.length - 3)}`;
  await writeFile(
    join(mine, 'model.onnx'),
    Buffer.from(Buffer.from(built.bytes).toString('latin1').replaceAll(data.path, away), 'latin1'),
  );
  expect(await models('pull', mine)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('outside of its folder'),
  });
});
