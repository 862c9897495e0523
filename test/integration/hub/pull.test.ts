import { spawnSync } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesIn } from '../../../electron/backend/models/hub/cache.ts';
import { type PullOptions, type PullProgress, pull } from '../../../electron/backend/models/hub/pull.ts';
import { parseRepo } from '../../../electron/backend/models/hub/repo.ts';
import { snapshotFolder } from '../../../electron/backend/models/hub/snapshot.ts';
import { ACCEPTED, HubStandIn } from '../../helpers/hub.ts';
import { COMMIT, noise, SMOL_Q4, smolExport, smolRepo } from '../../helpers/hub-models.ts';

const NAME = 'maker/smol';
const MACHINE = { memory: 16e9, providers: ['cpu'] };
const EMPTY = {
  HF_TOKEN: '',
  HF_HUB_OFFLINE: '',
  HF_HUB_CACHE: '',
  HUGGINGFACE_HUB_CACHE: '',
  HF_HUB_DOWNLOAD_TIMEOUT: '',
};
const before = { ...process.env };
let hub: HubStandIn;
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-hub-'));
  hub = await new HubStandIn().start();
  hub.repos.set(NAME, smolRepo());
  Object.assign(process.env, EMPTY, { HF_ENDPOINT: hub.url, HF_HOME: home });
});
afterEach(async () => {
  await hub.stop();
  process.env = { ...before };
  await rm(home, { recursive: true, force: true });
});

const folder = () => join(home, 'hub', 'models--maker--smol');
const snapshot = () => join(folder(), 'snapshots', COMMIT);
const at = (path: string) => join(snapshot(), path);
const said: PullProgress[] = [];

function pulled(text = NAME, more: Partial<PullOptions> = {}) {
  said.length = 0;
  return pull(parseRepo(text), {
    variant: 'q4',
    machine: MACHINE,
    signal: new AbortController().signal,
    report: (progress) => said.push(progress),
    pace: { attempts: 3, backoffMs: 1 },
    ...more,
  });
}

const notes = () => said.flatMap(({ note }) => note ?? []);
const incomplete = async () =>
  (await readdir(join(folder(), 'blobs')).catch(() => [])).filter((name) => name.endsWith('.incomplete'));

/** Nothing in the cache may be taken for a model. */
async function expectNoModel(): Promise<void> {
  expect(await filesIn(snapshot())).toEqual([]);
  await expect(snapshotFolder(`hf:${NAME}`)).rejects.toMatchObject({
    hint: expect.stringContaining(`models pull ${NAME}`),
  });
}

test('a precision comes whole and nothing else, in the layout that other tools of the Hub read', async () => {
  const result = await pulled();
  expect(result).toMatchObject({ reference: `hf:${NAME}`, commit: COMMIT, variant: 'q4', folder: snapshot() });
  expect((await filesIn(snapshot())).map(({ path }) => path)).toEqual(SMOL_Q4);
  const files = smolExport();
  for (const path of SMOL_Q4) expect(await readFile(at(path)), path).toEqual(files[path]);
  expect((await lstat(at('config.json'))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder(), 'refs', 'main'), 'utf8')).toBe(COMMIT);
  expect(await incomplete()).toEqual([]);
  expect(await snapshotFolder(`hf:${NAME}`)).toBe(snapshot());
  expect(await snapshotFolder(`hf:${NAME}@${COMMIT}`)).toBe(snapshot());
  expect(result.downloaded).toBe(result.bytes);
  expect(said.at(-1)).toMatchObject({ done: result.bytes, of: result.bytes });
  expect(said.every(({ done, of }) => done <= of)).toBe(true);
});

test('external data comes with its network, and what is here is not asked for again', async () => {
  await pulled();
  const asked = hub.fetched.length;
  await pulled(NAME, { variant: 'fp32' });
  const paths = (await filesIn(snapshot())).map(({ path }) => path);
  expect(paths).toContain('onnx/decoder_model_merged.onnx_data');
  expect(paths).toContain('onnx/decoder_model_merged.onnx_data_1');
  expect(paths).not.toContain('onnx/decoder_model.onnx');
  expect(hub.fetched.slice(asked).some(({ path }) => /tokenizer|embed/.test(path))).toBe(false);
  const again = hub.fetched.length;
  expect(await pulled()).toMatchObject({ downloaded: 0 });
  expect(hub.fetched.length).toBe(again);
});

test('the token goes to the Hub, and to no other host', async () => {
  process.env.HF_TOKEN = ACCEPTED;
  hub.repos.set(NAME, smolRepo({ gated: true }));
  await pulled();
  expect(new Set(hub.seen.filter(({ server }) => server === 'hub').map(({ authorization }) => authorization))).toEqual(
    new Set([`Bearer ${ACCEPTED}`]),
  );
  const cdn = hub.seen.filter(({ server }) => server === 'cdn');
  expect(cdn.length).toBeGreaterThan(3);
  expect(cdn.map(({ authorization }) => authorization).filter(Boolean)).toEqual([]);
  for (const file of (await readdir(home, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()))
    expect(await readFile(join(file.parentPath, file.name), 'latin1')).not.toContain(ACCEPTED);
});

test('a connection that is cut is taken up where it ended', async () => {
  hub.faults.push({ cut: 100 }, { cut: 50 });
  await pulled();
  const ranges = hub.fetched.filter(({ path }) => path.includes('config.json')).map(({ range }) => range);
  expect(ranges.slice(0, 2)).toEqual(['bytes=0-', expect.stringMatching(/^bytes=\d+-$/)]);
  expect(await readFile(at('config.json'))).toEqual(smolExport()['config.json']);
});

test.each([
  ['is cut in the middle', { cut: 900 }, 'bytes=900-'],
  ['ends early, as if it were whole', { short: 900 }, 'bytes=900-'],
] as const)('a large file whose body %s goes on from there', async (_, fault, range) => {
  hub.faults.push(...whole(5), fault);
  await pulled();
  const blobs = hub.seen.filter(({ server }) => server === 'cdn');
  expect(blobs.map((each) => each.range)).toContain(range);
  for (const path of SMOL_Q4) expect(await readFile(at(path)), path).toEqual(smolExport()[path]);
});

/** Answers that go well: so many files come before the one that is meant. */
const whole = (count: number) => Array.from({ length: count }, () => 'no-ranges' as const);

test('a server without ranges sends the whole again, and it is right', async () => {
  hub.faults.push(...whole(5), { cut: 900 }, 'no-ranges');
  await pulled();
  for (const path of SMOL_Q4) expect(await readFile(at(path)), path).toEqual(smolExport()[path]);
});

test('a stream that stalls is given up for another try; one that only stalls is told so', async () => {
  process.env.HF_HUB_DOWNLOAD_TIMEOUT = '0.2';
  hub.faults.push(...whole(5), { stall: 700 });
  await pulled();
  expect(notes().join('\n')).toMatch(/Nothing came from 127\.0\.0\.1:\d+ for 0\.2 s\. Trying again/);
  await rm(home, { recursive: true });
  hub.faults.push(...Array.from({ length: 9 }, () => ({ stall: 0 })));
  await expect(pulled()).rejects.toMatchObject({
    reason: 'offline',
    message: expect.stringMatching(/^Nothing came from/),
  });
  await expectNoModel();
});

test('other bytes of the right length are thrown away and never linked', async () => {
  hub.faults.push(...whole(5), 'other-bytes');
  await expect(pulled()).rejects.toMatchObject({
    reason: 'hash',
    message: expect.stringContaining('SHA-256 is not the one that the Hub lists'),
  });
  expect(await incomplete()).toEqual([]);
  await expectNoModel();
  await pulled();
  expect(await snapshotFolder(`hf:${NAME}`)).toBe(snapshot());
});

test('a small file that git itself holds is held to its hash too', async () => {
  hub.faults.push('other-bytes');
  await expect(pulled()).rejects.toMatchObject({ reason: 'hash', message: expect.stringContaining('SHA-1') });
  await expectNoModel();
});

test('a part that was damaged on disk is found by the hash, and the file comes anew', async () => {
  hub.faults.push(...whole(5), { cut: 900 }, { cut: 0 }, { cut: 0 }, { cut: 0 });
  await expect(pulled()).rejects.toMatchObject({ reason: 'offline' });
  const [part] = await incomplete();
  const path = join(folder(), 'blobs', part ?? '');
  await writeFile(path, Buffer.alloc((await readFile(path)).length, 9));
  await expectNoModel();
  await pulled();
  for (const file of SMOL_Q4) expect(await readFile(at(file)), file).toEqual(smolExport()[file]);
});

test('a part that is longer than the file is begun anew', async () => {
  hub.faults.push(...whole(5), { cut: 900 }, { cut: 0 }, { cut: 0 }, { cut: 0 });
  await expect(pulled()).rejects.toThrow();
  const [part] = await incomplete();
  await writeFile(join(folder(), 'blobs', part ?? ''), Buffer.alloc(100_000));
  await pulled();
  expect(await snapshotFolder(`hf:${NAME}`)).toBe(snapshot());
});

test('429 waits as long as the server says; one that wants too long is told, and what is here stays', async () => {
  const from = performance.now();
  hub.refusals.push({ status: 429, headers: { 'Retry-After': '1' } });
  hub.faults.push({ status: 429, headers: { 'Retry-After': '1' } });
  await pulled();
  expect(performance.now() - from).toBeGreaterThan(1900);
  expect(notes().join('\n')).toContain('asked too often. Trying again in 1 s');
  hub.faults.push({ status: 429, headers: { 'Retry-After': '3600' } });
  await expect(pulled(NAME, { variant: 'fp16' })).rejects.toMatchObject({
    reason: 'busy',
    hint: expect.stringContaining('kept'),
  });
  expect(await snapshotFolder(`hf:${NAME}`)).toBe(snapshot());
});

test('a server that fails for a moment is asked again; one that goes on failing is told', async () => {
  hub.faults.push({ status: 503 }, { status: 502 });
  await pulled();
  await rm(home, { recursive: true });
  hub.faults.push(...Array.from({ length: 3 }, () => ({ status: 500 })));
  await expect(pulled()).rejects.toMatchObject({ reason: 'busy', message: 'The Hub failed (500).' });
});

test.each([
  ['no such model', 'maker/none', {}, 'missing', /has no model maker\/none/, /HF_TOKEN/],
  ['no such revision', `${NAME}@v9`, {}, 'missing', /no such revision/, /branches/],
  ['gated, without a token', 'maker/gated', {}, 'gated', /is gated/, /put a token/],
  ['gated, not accepted', 'maker/gated', { HF_TOKEN: 'hf_other' }, 'gated', /is gated/, /account that the token/],
  ['renamed', 'maker/old', {}, 'moved', /maker\/old is called maker\/smol now/, /Ask for maker\/smol/],
  ['no export', 'maker/torch', {}, 'files', /holds no ONNX export/, /onnx-community\/torch/],
  ['a precision that is not there', NAME, { variant: 'bnb4' }, 'missing', /precision "bnb4"/, /fp32, fp16, q4/],
  ['switched off', NAME, { HF_HUB_OFFLINE: '1' }, 'offline', /HF_HUB_OFFLINE/, /Unset/],
  [
    'no server',
    NAME,
    { HF_ENDPOINT: 'http://127.0.0.1:9' },
    'offline',
    /127\.0\.0\.1:9 cannot be reached|broke/,
    /network/,
  ],
] as const)(
  '%s: a sentence, and what to do',
  async (_, text, { variant = 'q4', ...env }: Record<string, string>, reason, message, hint) => {
    hub.repos.set('maker/gated', smolRepo({ gated: true }));
    hub.repos.set('maker/old', smolRepo({ movedTo: NAME }));
    hub.repos.set(
      'maker/torch',
      smolRepo({ files: { 'config.json': Buffer.from('{}'), 'model.safetensors': Buffer.alloc(2000) } }),
    );
    Object.assign(process.env, env);
    const failed = pulled(text, { variant });
    await expect(failed).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    await expect(readdir(join(home, 'hub'), { recursive: true }).catch(() => [])).resolves.not.toContainEqual(
      expect.stringContaining('snapshots'),
    );
  },
);

test.each(['', 'a/b/c', '../x', 'a/..', 'a b/c', 'a/b@', 'a/b@../c', 'a/b@c@d', 'hf:', 'a--b/c'])(
  '%j is no name of a model',
  (text) => {
    expect(() => parseRepo(text)).toThrow(/is not the name of a model/);
  },
);

test('a listing that names files outside of its folder is refused', async () => {
  hub.repos.set(NAME, smolRepo({ files: { ...smolExport(), '../../escape.onnx': Buffer.from('x') } }));
  await expect(pulled()).rejects.toMatchObject({ reason: 'answer' });
});

test('a disk without room is told before anything comes, at the very byte', async () => {
  const asked: string[] = [];
  const free = (bytes: number) => async (path: string) => {
    asked.push(path);
    return bytes;
  };
  const files = smolExport();
  const needed = SMOL_Q4.reduce((sum, path) => sum + (files[path]?.length ?? 0), 0);
  await expect(pulled(NAME, { free: free(needed - 1) })).rejects.toMatchObject({
    reason: 'disk',
    message: expect.stringMatching(/free; .* still to come/),
    hint: expect.stringContaining('HF_HOME'),
  });
  expect(hub.fetched).toEqual([]);
  await expectNoModel();
  await pulled(NAME, { free: free(needed) });
  expect(asked.every((path) => path.startsWith(home))).toBe(true);
});

test('a disk that fills up meanwhile is told; what came stays, and with room it goes on', async (context) => {
  const disk = await mkdtemp(join(tmpdir(), 'patchbay-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk]).status === 0;
  try {
    if (!mounted) return context.skip('a small disk cannot be mounted by this user');
    process.env.HF_HOME = disk;
    hub.repos.set(
      NAME,
      smolRepo({ files: { ...smolExport(), 'onnx/decoder_model_merged_q4.onnx': noise('big', 300_000) } }),
    );
    await expect(pulled(NAME, { free: async () => 1e9 })).rejects.toMatchObject({
      reason: 'disk',
      message: expect.stringMatching(/disk of .* is full/),
      hint: expect.stringContaining('free some space'),
    });
    await expect(snapshotFolder(`hf:${NAME}`)).rejects.toThrow(/on this machine/);
    await expect(pulled()).rejects.toMatchObject({ reason: 'disk', message: expect.stringContaining('still to come') });
    spawnSync('mount', ['-o', 'remount,size=2m', disk]);
    const asked = hub.fetched.length;
    await pulled();
    expect(hub.fetched.slice(asked).find(({ server }) => server === 'cdn')?.range).toMatch(/^bytes=[1-9]/);
    expect(await snapshotFolder(`hf:${NAME}`)).toContain(disk);
  } finally {
    if (mounted) spawnSync('umount', [disk]);
    await rm(disk, { recursive: true, force: true });
  }
});

test('a download that is cancelled ends at once, keeps what came, and goes on from there', async () => {
  hub.pace = 3000;
  const cancelling = new AbortController();
  const report = ({ file = '' }: PullProgress) => file.includes('decoder') && cancelling.abort();
  await expect(pulled(NAME, { signal: cancelling.signal, report })).rejects.toThrow(/abort/i);
  await expectNoModel();
  hub.pace = undefined;
  const asked = hub.fetched.length;
  await pulled();
  expect(hub.fetched.slice(asked).some(({ path }) => path.includes('config.json'))).toBe(false);
});

test('a whole model is used without the Hub, and a pull says so', async () => {
  await pulled();
  await hub.stop();
  expect(await pulled()).toMatchObject({
    variant: 'q4',
    downloaded: 0,
    caveat: expect.stringContaining('cannot be reached'),
  });
  expect(await snapshotFolder(`hf:${NAME}`)).toBe(snapshot());
  await expect(pulled(NAME, { variant: 'fp16' })).rejects.toMatchObject({ reason: 'offline' });
  hub = await new HubStandIn().start();
});

test('two downloads at once write each file once, and both end with the whole', async () => {
  hub.pace = 20_000;
  const [one, two] = await Promise.all([pulled(), pulled()]);
  expect(one?.folder).toBe(two?.folder);
  const files = hub.fetched.filter(({ server }) => server === 'cdn').map(({ path }) => path);
  expect(files.length).toBe(new Set(files).size);
  expect(notes().some((note) => note.includes('Another download'))).toBe(true);
  for (const path of SMOL_Q4) expect(await readFile(at(path)), path).toEqual(smolExport()[path]);
});
