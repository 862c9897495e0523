import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modulesOf } from '../../../electron/backend/estimate.ts';
import { openImport } from '../../../electron/backend/models/imports.ts';
import { graphOf } from '../../../nodes/imports/graph.ts';
import type { ModuleTree } from '../../../nodes/onnx/modules.ts';
import { VISION_EXPORTS, writeVisionExport } from '../../helpers/exports/vision.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchbay-inside-'));
  await writeVisionExport(join(root, 'small-vlm'), VISION_EXPORTS.smolvlm);
});
afterAll(() => rm(root, { recursive: true }));

// Relative to the graph's folder.
const REFERENCE = 'file:small-vlm';
const noProbe = async () => ({});

async function inside(node: string, sizes?: Readonly<Record<string, number>>) {
  const { facts } = await openImport(REFERENCE, 'auto', root);
  const graph = graphOf(REFERENCE, 'small', facts);
  graph.nodes.projector = { kind: 'projector', params: { model: REFERENCE } };
  return { facts, tree: await modulesOf(graph, node, noProbe, root, sizes) };
}

const all = (tree: ModuleTree): ModuleTree[] => [tree, ...tree.children.flatMap(all)];

test('inside an encoder stand the modules of its file, with all of its parameters', async () => {
  const { facts, tree } = await inside('encoder');
  expect(tree.parameters).toBe(facts.vision?.file.parameters);
  expect(all(tree).map(({ path }) => path)).toContain('projector');
  expect(tree.remarks?.[0]).toBe('Read from onnx/vision_encoder.onnx of file:small-vlm.');
});

test('inside an LLM stand its decoder and its table of embeddings, one beside the other', async () => {
  const { facts, tree } = await inside('llm');
  const { file, embed } = facts.decoder ?? {};
  expect(tree.children.map(({ name, parameters }) => [name, parameters])).toEqual([
    ['decoder_model_merged', file?.parameters],
    ['embed_tokens', embed?.parameters],
  ]);
  expect(tree.parameters).toBe((file?.parameters ?? 0) + (embed?.parameters ?? 0));
  const paths = all(tree).map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths).toContain('decoder_model_merged.layers.2.mlp');
});

test('what the files leave open is counted with the size that a person gives', async () => {
  const { tree } = await inside('llm');
  const names = tree.open?.map(({ name }) => name) ?? [];
  expect(names).toContain('sequence_length');
  const { tree: longer } = await inside('llm', { sequence_length: 256 });
  expect(longer.flops).toBeGreaterThan(tree.flops);
});

test('a node that the export holds nothing for says so', async () => {
  await expect(inside('projector')).rejects.toThrow('file:small-vlm holds nothing that this node could run.');
});
