import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../../electron/backend/executor/events.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-bad-'));
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#246' } })
    .png()
    .toBuffer();
  await writeFile(join(folder, 'cut.png'), png.subarray(0, 60));
  await writeFile(join(folder, 'text.png'), 'this is no picture');
  await writeFile(join(folder, 'corrupt.onnx'), Buffer.from('08091203'.repeat(20), 'hex'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(nodes: unknown, ...options: string[]): Promise<Finished> {
  const path = join(folder, 'graph.json');
  await writeFile(path, JSON.stringify({ schemaVersion: 1, title: 'Bad', nodes }));
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['electron/patchbay.mjs', 'run', path, ...options], (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

const view = { kind: 'view', inputs: { value: 'photo.image' } };

test.each([
  ['a truncated PNG', 'cut.png', /cut\.png/],
  ['a text file named .png', 'text.png', /text\.png/],
  ['a missing picture', 'gone.png', /gone\.png/],
])('%s is an error on its node, and what depends on it says so', async (_, source, place) => {
  const { code, stdout } = await run({ photo: { kind: 'image', params: { source } }, seen: view }, '--json');
  expect(code).toBe(1);
  const { status, nodes } = JSON.parse(stdout) as RunResult;
  expect(status).toBe('failed');
  expect(nodes.photo).toMatchObject({ status: 'failed' });
  expect(nodes.photo?.error?.message).toMatch(place);
  expect(nodes.seen).toMatchObject({ status: 'skipped', why: expect.stringContaining('photo') });
});

test('a corrupt .onnx is an error on its node', async () => {
  const model = { kind: 'onnx-model', params: { file: 'corrupt.onnx' } };
  const { code, stdout, stderr } = await run({ model }, '--json');
  expect(code).toBe(1);
  const { nodes } = JSON.parse(stdout) as RunResult;
  const message = nodes.model?.error?.message ?? '';
  expect(message).toMatch(/corrupt\.onnx is not a model that ONNX Runtime can load: \w/);
  expect(message.split('corrupt.onnx')).toHaveLength(2);
  expect(stderr).toContain('nodes.model: ');
});

test.each([
  [
    'a cycle',
    { a: { kind: 'prompt', inputs: { text: ['b.text'] } }, b: { kind: 'prompt', inputs: { text: ['a.text'] } } },
    /a → b → a|b → a → b/,
  ],
  [
    'a wire to a port that is not there',
    { photo: { kind: 'image' }, seen: { kind: 'view', inputs: { value: 'photo.picture' } } },
    /nodes\.seen\.inputs\.value.*picture/,
  ],
  ['a wire from a node that is not there', { seen: view }, /nodes\.seen\.inputs\.value.*photo/],
  [
    'a parameter out of range',
    { photo: { kind: 'image', params: { longestSide: -1 } } },
    /nodes\.photo\.params\.longestSide.*8192/,
  ],
  [
    'a wire that does not fit',
    { words: { kind: 'prompt' }, encoder: { kind: 'vision-encoder', inputs: { image: 'words.text' } } },
    /nodes\.encoder\.inputs\.image.*text wire/,
  ],
])('%s ends with code 2 and one line with its place', async (_, nodes, place) => {
  const { code, stderr } = await run(nodes);
  expect(code).toBe(2);
  expect(stderr).toMatch(place);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});
