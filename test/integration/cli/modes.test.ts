import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../../electron/backend/executor/events.ts';
import { comparisonSchema } from '../../../graphs/comparison.ts';
import { patchbay } from '../../helpers/patchbay.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-modes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const oneTile = (tile: number) => ({ design: 'internvl', maxTiles: 1, tile });

const CHAIN = {
  photo: { kind: 'image', params: { source: 'example:shapes-002' } },
  small: { kind: 'tiler', inputs: { image: 'photo.image' }, params: oneTile(64) },
  large: { kind: 'tiler', inputs: { image: 'small.image' }, params: oneTile(128) },
  look: { kind: 'view', inputs: { value: 'large.image' } },
};

async function graphFile(name: string, mode?: 'bypass' | 'mute', nodes = {}): Promise<string> {
  const path = join(folder, `${name}.json`);
  const small = { ...CHAIN.small, ...(mode && { mode }) };
  await writeFile(path, JSON.stringify({ schemaVersion: 1, title: name, nodes: { ...CHAIN, small, ...nodes } }));
  return path;
}

async function run(args: readonly string[]): Promise<{ result: RunResult; stderr: string }> {
  const { code, stdout, stderr } = await patchbay(['run', ...args, '--json']);
  expect(code).toBe(0);
  return { result: JSON.parse(stdout), stderr };
}

test('a bypassed node makes what the graph without it makes, and is said not to run', async () => {
  const bypassed = await run([await graphFile('bypassed', 'bypass')]);
  const direct = await run([
    await graphFile('direct', undefined, { large: { ...CHAIN.large, inputs: { image: 'photo.image' } } }),
  ]);
  expect(Object.keys(bypassed.result.nodes).sort()).toEqual(['large', 'look', 'photo']);
  expect(bypassed.result.nodes.large?.outputs).toEqual(direct.result.nodes.large?.outputs);
  expect(bypassed.stderr).toContain('small: not run, bypassed: image passes through\n');
});

test('a muted node and what depends on it do not run; to run to one of them is refused', async () => {
  const path = await graphFile('muted', 'mute');
  const { result, stderr } = await run([path]);
  expect(Object.keys(result.nodes)).toEqual(['photo']);
  expect(stderr).toContain('look: not run, small is muted\n');
  const refused = await patchbay(['run', path, '--to', 'look']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('muted.json: nodes.look: look does not run: small is muted');
});

test('--from runs the node, what depends on it and what they need', async () => {
  const words = { kind: 'prompt', params: { text: 'apart' } };
  const { result } = await run([await graphFile('from', undefined, { words }), '--from', 'large']);
  expect(Object.keys(result.nodes).sort()).toEqual(['large', 'look', 'photo', 'small']);
});

test('compare leaves out what does not run', async () => {
  const { code, stdout } = await patchbay([
    'compare',
    await graphFile('all'),
    await graphFile('without', 'bypass'),
    '--repeat',
    '1',
    '--json',
  ]);
  expect(code).toBe(0);
  const [all, without] = comparisonSchema.parse(JSON.parse(stdout)).rows;
  expect(Object.keys(all?.nodes ?? {}).sort()).toEqual(['large', 'look', 'photo', 'small']);
  expect(Object.keys(without?.nodes ?? {}).sort()).toEqual(['large', 'look', 'photo']);
});
