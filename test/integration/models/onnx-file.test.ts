import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modulesOf } from '../../../electron/backend/estimate.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { mlp } from '../../../nodes/onnx/layers/mlp.ts';
import type { ModuleTree } from '../../../nodes/onnx/modules.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A perceptron of two layers; its weights are said to lie in a file beside it, which is not there. */
function model(): Uint8Array {
  const g = new Graph();
  const x = g.input('x', 'float32', [2, 3, 8]);
  g.output(
    'y',
    g.scope('block', () => mlp(g, 'mlp', x, { inner: 16, activation: 'relu' })),
  );
  return buildModel(g).bytes;
}

/** What a person who looks inside an ONNX node is shown; a look at the file may ask the engine nothing. */
function inside(file: string): Promise<ModuleTree> {
  const document = { schemaVersion: 1 as const, title: 't', nodes: { net: { kind: 'onnx-model', params: { file } } } };
  const ask = () => Promise.reject(new Error('the engine is asked'));
  return modulesOf(document, 'net', ask, folder);
}

test('a file is looked into without the weights beside it', async () => {
  await writeFile(join(folder, 'small.onnx'), model());
  const tree = await inside('small.onnx');
  expect(tree).toMatchObject({ parameters: 8 * 16 + 16 + 16 * 8 + 8, flops: 2 * 2 * 6 * 8 * 16 });
  expect(tree.children[0]?.children[0]?.children.map(({ path, output }) => [path, output])).toContainEqual([
    'block.mlp.up',
    [2, 3, 16],
  ]);
});

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const field = (number: number, payload: readonly number[]) => [8 * number + 2, ...varint(payload.length), ...payload];
const text = (value: string) => [...Buffer.from(value)];

test('a file of over 2 GB with its weights in it is open in under two seconds', async () => {
  // One matrix of [16384, 40960] whose bytes are a hole in the file, and the operator that takes it.
  const bytes = 4 * 16_384 * 40_960;
  const head = [8, ...varint(16_384), 8, ...varint(40_960), 16, 1, ...field(8, text('w')), 8 * 9 + 2, ...varint(bytes)];
  const operator = field(1, [
    ...[...field(1, text('x')), ...field(1, text('w')), ...field(2, text('y'))],
    ...[...field(3, text('/big/MatMul')), ...field(4, text('MatMul'))],
  ]);
  const size = (value: number) => field(1, [8, ...varint(value)]);
  const input = field(11, [
    ...field(1, text('x')),
    ...field(2, field(1, [8, 1, ...field(2, [...size(1), ...size(16_384)])])),
  ]);
  const tensor = [8 * 5 + 2, ...varint(head.length + bytes), ...head];
  const graph = operator.length + input.length + tensor.length + bytes;
  const start = [8, 8, 8 * 7 + 2, ...varint(graph), ...operator, ...input, ...tensor];
  const file = await open(join(folder, 'big.onnx'), 'w');
  await file.write(Uint8Array.from(start), 0, start.length, 0);
  // The set of operators comes after all weights.
  await file.write(Uint8Array.from(field(8, [16, 17])), 0, 4, start.length + bytes);
  const length = (await file.stat()).size;
  await file.close();
  expect(length).toBeGreaterThan(2 ** 31);
  const began = performance.now();
  const tree = await inside('big.onnx');
  expect(performance.now() - began).toBeLessThan(2000);
  expect(tree).toMatchObject({ parameters: 16_384 * 40_960, flops: 2 * 16_384 * 40_960 });
  expect(tree.children).toMatchObject([{ name: 'big', input: [1, 16_384], output: [1, 40_960] }]);
});

test('a file that is damaged, no model, or not there gets one clear sentence', async () => {
  const whole = model();
  for (let end = 1; end < whole.length; end += 7) {
    await writeFile(join(folder, 'cut.onnx'), whole.slice(0, end));
    await expect(inside('cut.onnx'), `${end} bytes`).rejects.toThrow(
      /^"cut\.onnx" cannot be read as an ONNX model: it (ends early|holds no graph|is not a protobuf|is damaged)\.$/,
    );
  }
  await writeFile(join(folder, 'text.onnx'), 'A text that somebody named .onnx\n');
  await expect(inside('text.onnx')).rejects.toThrow('"text.onnx" cannot be read as an ONNX model: it ');
  await writeFile(join(folder, 'picture.onnx'), await readFile('graphs/examples/pictures/shapes.png'));
  await expect(inside('picture.onnx')).rejects.toThrow('"picture.onnx" cannot be read as an ONNX model: it ');
  await writeFile(join(folder, 'empty.onnx'), '');
  await expect(inside('empty.onnx')).rejects.toThrow(
    '"empty.onnx" cannot be read as an ONNX model: it holds no graph.',
  );
  await expect(inside('none.onnx')).rejects.toThrow('none.onnx" was not opened: there is no such file or folder.');
  await expect(inside('')).rejects.toThrow('No .onnx file is chosen.');
});
