import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodeReport, RunResult } from '../../../electron/backend/executor/events.ts';
import { format, parse } from '../../../graphs/format.ts';
import { portsOf } from '../../../renderer/store/library.ts';
import { collapse } from '../../../renderer/store/subgraphs.ts';
import { patchbay } from '../../helpers/patchbay.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-subgraphs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The start example with its encoder and connector in a subgraph, and that with the LLM in another. */
async function nested(): Promise<string> {
  let document = parse(await readFile('graphs/examples/start.json', 'utf8'));
  for (const [ids, title] of [
    [['encoder', 'connector'], 'Seeing'],
    [['seeing', 'llm'], 'Answering'],
  ] as const) {
    const outputsOf = (id: string) => Object.keys(portsOf(document.nodes[id] ?? { kind: '' }).outputs);
    const result = collapse(document, new Set(ids), title, outputsOf);
    if (typeof result === 'string') throw new Error(result);
    document = result[0];
  }
  const path = join(folder, 'nested.json');
  await writeFile(path, format(document));
  return path;
}

test('a run prints the sum of a subgraph above its nodes, and --json has it beside them', async () => {
  const path = await nested();
  const { code, stdout } = await patchbay(['run', path, '--repeat', '2', '--json']);
  expect(code).toBe(0);
  const { nodes, subgraphs } = JSON.parse(stdout) as RunResult & { subgraphs: Record<string, NodeReport> };
  // Nodes are those that ran, each once, as without subgraphs.
  const [encoder, connector, llm] = ['seeing/encoder', 'seeing/connector', 'llm'].map((id) => nodes[`answering/${id}`]);
  expect(Object.keys(nodes)).toHaveLength(5);
  expect(Object.values(nodes).map(({ kind }) => kind)).not.toContain('subgraph');
  expect(Object.keys(subgraphs).sort()).toEqual(['answering', 'answering/seeing']);
  const sum = (reports: readonly (NodeReport | undefined)[], read: (report: NodeReport) => number | undefined) =>
    reports.reduce((total, report) => total + ((report && read(report)) ?? Number.NaN), 0);
  const seeing = subgraphs['answering/seeing'];
  expect(seeing).toMatchObject({ kind: 'subgraph', status: 'finished', tokens: { visual: 64 } });
  for (const time of ['load', 'first', 'warm'] as const) {
    expect(seeing?.ms?.[time]).toBeCloseTo(
      sum([encoder, connector], ({ ms }) => ms?.[time]),
      6,
    );
    expect(subgraphs.answering?.ms?.[time]).toBeCloseTo(
      sum([encoder, connector, llm], ({ ms }) => ms?.[time]),
      6,
    );
  }
  expect(subgraphs.answering?.tokens).toEqual(llm?.tokens && { ...llm.tokens, thinking: undefined });
  expect(subgraphs.answering?.parameters).toBe(sum([encoder, connector, llm], ({ parameters }) => parameters));
  expect(subgraphs.answering?.outputs?.answer).toEqual(llm?.outputs?.answer);
});

test('the table indents what is in a subgraph, and --to takes the node of one', async () => {
  const { code, stdout } = await patchbay(['run', await nested(), '--to', 'answering']);
  expect(code).toBe(0);
  const [, , ...rows] = stdout.split('\n');
  const named = rows
    .filter((row) => /^\s*[a-z-]+ {2,}\S/.test(row))
    .map((row) => /^(\s*\S+) +(\S+)/.exec(row)?.slice(1));
  const answering = named.findIndex(([name] = []) => name === 'answering');
  expect(named.slice(answering, answering + 5)).toEqual([
    ['answering', 'subgraph'],
    ['  seeing', 'subgraph'],
    ['    encoder', 'vision-encoder'],
    ['    connector', 'projector'],
    ['  llm', 'llm'],
  ]);
});
