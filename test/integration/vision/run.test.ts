import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openImport } from '../../../electron/backend/models/imports.ts';
import { openStored } from '../../../electron/backend/models/stored.ts';
import { resolveSource } from '../../../electron/backend/paths.ts';
import { Account, accounts } from '../../../electron/backend/runtime/account.ts';
import { decodeImage, encodePng, resample, resize } from '../../../electron/backend/runtime/images.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import type { AdapterValue } from '../../../nodes/cross-attention-adapter/adapter.ts';
import { definition as adapterDefinition } from '../../../nodes/cross-attention-adapter/definition.ts';
import { run as runAdapter } from '../../../nodes/cross-attention-adapter/run.ts';
import { definition as projectorDefinition } from '../../../nodes/projector/definition.ts';
import { run as runProjector } from '../../../nodes/projector/run.ts';
import { definition as qFormerDefinition } from '../../../nodes/q-former/definition.ts';
import { run as runQFormer } from '../../../nodes/q-former/run.ts';
import type { NodeMetrics, RunContext } from '../../../nodes/run.ts';
import { definition as similarityDefinition } from '../../../nodes/similarity/definition.ts';
import { run as runSimilarity } from '../../../nodes/similarity/run.ts';
import type { Value } from '../../../nodes/values.ts';
import { definition as encoderDefinition } from '../../../nodes/vision-encoder/definition.ts';
import { run as runEncoder } from '../../../nodes/vision-encoder/run.ts';

const pool = new SessionPool(1e9);
let metrics: NodeMetrics = {};
const context: RunContext = {
  signal: new AbortController().signal,
  wanted: new Set(),
  clock: () => performance.now(),
  progress() {},
  report(more) {
    metrics = { ...metrics, ...more };
  },
  session: (request) => pool.request(request),
  openFile: (path) => pool.file(path),
  storedModel: openStored,
  importedModel: (reference, variant) => openImport(reference, variant, undefined),
  decodeImage: (source) => decodeImage(resolveSource(source)),
  resample,
  resize,
  encodePng,
  endpoint: () => Promise.reject(new Error('no server is asked here')),
  files: { resolve: resolveSource, read: (path) => readFile(path) },
};

/** Runs a kind over one value for each port, on the CPU, and keeps what it reported. */
async function on<P>(
  run: (
    context: RunContext,
    params: P,
    inputs: Record<string, readonly Value[]>,
  ) => Promise<Readonly<Record<string, Value>>>,
  params: P,
  inputs: Record<string, Value | undefined>,
): Promise<Readonly<Record<string, Value>>> {
  metrics = {};
  const wired = Object.fromEntries(Object.entries(inputs).map(([port, value]) => [port, value ? [value] : []]));
  return accounts.run(new Account(context.signal, 'cpu', false, () => {}), () => run(context, params, wired));
}

const encoder = (params: object) => encoderDefinition.params.parse(params);

async function encoded(params: object): Promise<Value | undefined> {
  const images = [await context.decodeImage('example:shapes')];
  return (await on(runEncoder, encoder(params), { image: { type: 'image', images } })).features;
}

test('a photograph goes through one layer of CLIP and the whole is extrapolated', async () => {
  const features = await encoded({ model: 'paper:clip-vit-b-32', layers: 1 });
  expect(features).toMatchObject({ type: 'features', grid: [7, 7], classToken: true, tensor: { dims: [1, 50, 768] } });
  expect(metrics.caveat).toBe('random weights');
  expect(metrics.extrapolated).toMatchObject({ measuredLayers: 1, layers: 11 });
  const { parameters = 0, extrapolated } = metrics;
  expect(extrapolated?.parameters).toBeGreaterThan(5 * parameters);
  expect(extrapolated?.warmMs).toBeGreaterThan(0);
});

test('the same seed gives the same features, another seed others', async () => {
  const runs = [0, 0, 1].map((seed) => encoded({ model: 'paper:clip-vit-b-32', layers: 1, seed }));
  const [a, b, c] = (await Promise.all(runs)).map((value) => value?.type === 'features' && value.tensor.data);
  expect(a).toEqual(b);
  expect(a).not.toEqual(c);
});

test('a native-resolution picture keeps its shape up to the merged visual tokens', async () => {
  const images = [{ width: 112, height: 56, data: new Uint8Array(112 * 56 * 3).fill(90) }];
  const { features } = await on(runEncoder, encoder({ model: 'paper:qwen2-vl-vit', layers: 1 }), {
    image: { type: 'image', images },
  });
  expect(features).toMatchObject({ grid: [4, 8], tensor: { dims: [1, 32, 1280] } });
  const params = projectorDefinition.params.parse({ model: 'paper:qwen2-vl-merger', width: 64 });
  const { embeddings } = await on(runProjector, params, { features });
  expect(embeddings).toMatchObject({ grid: [2, 4], tensor: { dims: [1, 8, 64] } });
  expect(metrics.tokens).toEqual({ visual: 8 });
});

test('what the shapes said comes out, for each connector', async () => {
  const features = await encoded({ model: 'paper:clip-vit-b-32', layers: 1 });
  const spec = { type: 'features', count: 1, tokens: 50, width: 768, grid: [7, 7], classToken: true } as const;
  for (const raw of [
    { design: 'mlp', width: 64 },
    { design: 'linear', width: 64, classToken: true },
    { design: 'resampler', width: 64, heads: 4, queries: 16 },
    { design: 'perceiver', width: 64, heads: 4, queries: 8 },
  ]) {
    const params = projectorDefinition.params.parse(raw);
    const said = projectorDefinition.shapes({ params, inputs: { features: [spec] } }).embeddings;
    const { embeddings } = await on(runProjector, params, { features });
    if (said?.type !== 'embeddings' || embeddings?.type !== 'embeddings') throw new Error('no embeddings');
    expect(embeddings.tensor.dims).toEqual([said.count, said.tokens, said.width]);
    expect(embeddings.grid).toEqual(said.grid);
  }
});

test('tiles of a padded picture become one grid: a row ends in the same learned token, and padding is gone', async () => {
  const tiled = { rows: 2, cols: 2, thumbnail: true, width: 400, height: 200, padded: true };
  const images = Array.from({ length: 5 }, () => ({
    width: 32,
    height: 32,
    data: new Uint8Array(32 * 32 * 3).fill(90),
  }));
  const { features } = await on(runEncoder, encoder({ model: 'paper:clip-vit-b-32', layers: 1 }), {
    image: { type: 'image', images, tiling: tiled },
  });
  const params = projectorDefinition.params.parse({ design: 'linear', width: 8, newline: true });
  const { embeddings } = await on(runProjector, params, { features });
  if (embeddings?.type !== 'embeddings') throw new Error('no embeddings');
  // Of 14 × 14 patches 8 rows hold a picture of 2 : 1 (7, and half of the padding of 7 is 3); the thumbnail has 49.
  expect(embeddings.tensor.dims).toEqual([1, 49 + 8 * 15, 8]);
  expect(embeddings.grid).toBeUndefined();
  expect(metrics.tokens).toEqual({ visual: 49 + 8 * 15 });
  const token = (i: number) => [...embeddings.tensor.data.subarray(i * 8, (i + 1) * 8)];
  const newlines = Array.from({ length: 8 }, (_, row) => token(49 + row * 15 + 14));
  for (const newline of newlines) expect(newline).toEqual(newlines[0]);
  expect(newlines[0]).not.toEqual(token(0));
  expect(metrics.parameters).toBe(768 * 8 + 8 + 8);
});

test('a Q-Former gives as many visual tokens as it has queries', async () => {
  const features = await encoded({ model: 'paper:clip-vit-b-32', layers: 1 });
  const params = qFormerDefinition.params.parse({
    model: '',
    layers: 2,
    width: 48,
    heads: 4,
    queries: 6,
    outputWidth: 32,
  });
  const { embeddings } = await on(runQFormer, params, { features });
  expect(embeddings).toMatchObject({ type: 'embeddings', tensor: { dims: [1, 6, 32] } });
  expect(metrics.tokens).toEqual({ visual: 6 });
});

test('an adapter yields keys and values for each gated layer, and the weights of the rest', async () => {
  const features = await encoded({ model: 'paper:clip-vit-b-32', layers: 1 });
  const params = adapterDefinition.params.parse({ width: 64, depths: '0, 3' });
  const adapter = (await on(runAdapter, params, { features })).adapter as AdapterValue;
  expect(adapter.summary).toBe('2 gated layers over 50 visual tokens');
  expect(adapter.config.depths).toEqual([0, 3]);
  expect(adapter.keys.map(({ dims }) => dims)).toEqual([
    [1, 50, 1024],
    [1, 50, 1024],
  ]);
  expect(adapter.keys[0]?.data).not.toEqual(adapter.keys[1]?.data);
});

test('zero-shot classification scores each label, and the scores add up to one', async () => {
  const features = await encoded({ model: 'paper:clip-vit-b-32', pooling: true, precision: 'q4' });
  const params = similarityDefinition.params.parse({ labels: 'a cat\n\n a square ', precision: 'q4' });
  const { table, score } = await on(runSimilarity, params, { features });
  if (table?.type !== 'table' || score?.type !== 'score') throw new Error('no table');
  expect(table.columns).toEqual(['label', 'cosine', 'score']);
  expect(table.rows.map(([label]) => label)).toEqual(['a cat', 'a square']);
  const scores = table.rows.map(([, , score]) => Number(score));
  expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  expect(score.value).toBe(Math.max(...scores));
});

test('similarity says what is missing', async () => {
  const features = await encoded({ model: 'paper:clip-vit-b-32', layers: 1 });
  const params = similarityDefinition.params.parse({});
  await expect(on(runSimilarity, params, { features })).rejects.toThrow('no pooled embedding');
});

test('a missing picture is said in words', async () => {
  await expect(on(runEncoder, encoder({}), {})).rejects.toThrow('no picture came in');
});
