import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { comparisonSchema } from '../../../graphs/comparison.ts';
import type { GraphDocument } from '../../../graphs/document.ts';
import { parse } from '../../../graphs/format.ts';
import { FUSION_METHODS } from '../../../graphs/fusion-lab.ts';

const example = async (name: string) => parse(await readFile(`graphs/examples/${name}.json`, 'utf8'));

/** The model of a graph's one node of a kind. */
function modelOf({ nodes }: GraphDocument, kind: string): unknown {
  const [node, ...others] = Object.values(nodes).filter((each) => each.kind === kind);
  expect(others).toEqual([]);
  return node?.params?.model;
}

test('the tiny graphs of the fusion lab differ in their connector alone: one encoder, one LLM', async () => {
  const graphs = await Promise.all(FUSION_METHODS.map(({ tiny }) => example(tiny)));
  for (const graph of graphs) {
    expect(modelOf(graph, 'vision-encoder')).toBe('tiny:clip-vit');
    expect(modelOf(graph, 'llm')).toBe('tiny:llm');
  }
  expect(new Set(graphs.map(({ nodes }) => nodes.connector?.params?.model)).size).toBe(FUSION_METHODS.length);
});

test('the graph of all seven holds the connectors of the seven graphs', async () => {
  const { nodes } = await example('fusion-lab');
  const held = Object.values(nodes).flatMap(({ kind, params, inputs }) =>
    inputs?.features === 'encoder.features' ? `${kind} ${params?.model}` : [],
  );
  const graphs = await Promise.all(FUSION_METHODS.map(({ tiny }) => example(tiny)));
  expect(held.sort()).toEqual(
    graphs.map((g) => `${g.nodes.connector?.kind} ${g.nodes.connector?.params?.model}`).sort(),
  );
});

test('what was measured is a whole comparison of those graphs', async () => {
  const { rows, how } = comparisonSchema.parse(JSON.parse(await readFile('graphs/fusion-lab.json', 'utf8')));
  expect(how.complete).toBe(true);
  expect(rows.map(({ graph }) => graph)).toEqual(FUSION_METHODS.map(({ tiny }) => tiny));
});
