import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../../../electron/backend/executor/events.ts';
import { patchbay } from '../../helpers/patchbay.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function graphFile(name: string, nodes: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify({ schemaVersion: 1, title: name, nodes }));
  return path;
}

describe('bad usage and bad files end with code 2 and one line that names the place', () => {
  const oneLine = (text: string) => text.trimEnd().split('\n').length === 1;

  test('an unknown command and a missing argument', async () => {
    expect((await patchbay(['fly'])).code).toBe(2);
    expect((await patchbay(['run'])).code).toBe(2);
  });

  test('a missing file', async () => {
    const { code, stderr } = await patchbay(['run', join(folder, 'none.json')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/none\.json" was not opened: there is no such file/);
    expect(oneLine(stderr)).toBe(true);
  });

  test('text that is no graph', async () => {
    const path = join(folder, 'text.json');
    await writeFile(path, '{ "schemaVersion": 1, ');
    const { code, stderr } = await patchbay(['validate', path]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${path}: `);
    expect(oneLine(stderr)).toBe(true);
  });

  test('a parameter that does not exist, in the file or in --set', async () => {
    const path = await graphFile('param.json', { question: { kind: 'prompt', params: { txt: 'hello' } } });
    const run = await patchbay(['run', path]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('param.json: nodes.question.params.txt: ');
    const good = await graphFile('good.json', { question: { kind: 'prompt', params: { text: 'hello' } } });
    expect((await patchbay(['run', good, '--set', 'qestion.text=x'])).stderr).toContain('there is no node "qestion"');
    expect((await patchbay(['run', good, '--set', 'nonsense'])).code).toBe(2);
  });
});

test('run --json prints the result of every node, with --set applied', async () => {
  const path = await graphFile('prompt.json', { question: { kind: 'prompt', params: { text: 'hello' } } });
  const { code, stdout } = await patchbay(['run', path, '--json', '--set', 'question.text=42']);
  expect(code).toBe(0);
  const result = JSON.parse(stdout) as RunResult;
  expect(result).toMatchObject({
    graph: 'prompt.json',
    status: 'finished',
    nodes: { question: { kind: 'prompt', status: 'finished', outputs: { text: { type: 'text', text: '42' } } } },
  });
});

test('a node that fails ends the command with code 1 and its error on stderr', async () => {
  const path = await graphFile('picture.json', { photo: { kind: 'image', params: { source: 'none.png' } } });
  const { code, stderr, stdout } = await patchbay(['run', path, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', nodes: { photo: { status: 'failed' } } });
  expect(stderr).toContain('picture.json: nodes.photo: ');
});

test('an example runs and prints a table', async () => {
  const { code, stdout } = await patchbay(['run', 'graphs/examples/llava-tiny.json']);
  expect(stdout).toMatch(/^node +kind/);
  expect(stdout).toMatch(/: finished in /);
  expect(code).toBe(0);
});

test('Ctrl-C cancels softly: code 130, and the nodes that were done are still printed', async () => {
  const { code, stdout } = await patchbay(
    ['run', 'graphs/examples/small-llava.json', '--set', 'llm.maxTokens=4000'],
    // While the answer streams: the encoder is done, the LLM is not.
    { until: /llm: running\n.*llm: loading\n.*llm: running\n./s },
  );
  expect(code).toBe(130);
  expect(stdout).toMatch(/^encoder .*finished/m);
  expect(stdout).toMatch(/^llm .*cancelled/m);
  expect(stdout).toContain('cancelled in');
});

test('nodes --json describes every kind with its parameters and ports', async () => {
  const { code, stdout } = await patchbay(['nodes', '--json']);
  expect(code).toBe(0);
  const kinds = JSON.parse(stdout) as { kind: string; params: { properties: object }; ports: object }[];
  expect(kinds.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['image', 'prompt', 'llm']));
  for (const { params, ports } of kinds) expect([typeof params.properties, typeof ports]).toEqual(['object', 'object']);
});
