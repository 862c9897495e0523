import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataType } from 'onnx-buf';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { openImport } from '../../../electron/backend/models/imports.ts';
import { openStored } from '../../../electron/backend/models/stored.ts';
import { resolveSource } from '../../../electron/backend/paths.ts';
import { Account, accounts } from '../../../electron/backend/runtime/account.ts';
import { decodeImage, encodePng, imageSize, resample, resize } from '../../../electron/backend/runtime/images.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { definition as imageDefinition } from '../../../nodes/image/definition.ts';
import { probe as probeImage, run as runImage } from '../../../nodes/image/run.ts';
import { definition as modelDefinition } from '../../../nodes/onnx-model/definition.ts';
import { probe as probeModel, run as runModel } from '../../../nodes/onnx-model/run.ts';
import type { RunContext } from '../../../nodes/run.ts';
import { definition as tilerDefinition } from '../../../nodes/tiler/definition.ts';
import { run as runTiler } from '../../../nodes/tiler/run.ts';
import type { Raster, Value } from '../../../nodes/values.ts';
import { definition as viewDefinition } from '../../../nodes/view/definition.ts';
import { run as runView } from '../../../nodes/view/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'patchbay-basics-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pool = new SessionPool(1e9);
const context = {
  signal: new AbortController().signal,
  wanted: new Set(['y']),
  clock: () => performance.now(),
  progress() {},
  report() {},
  session: (request) => pool.request(request),
  openFile: (path) => pool.file(path),
  storedModel: openStored,
  importedModel: (reference, variant) => openImport(reference, variant, undefined),
  decodeImage: (source) => decodeImage(resolveSource(source, folder)),
  imageSize: (source: string) => imageSize(resolveSource(source, folder)),
  resample,
  resize,
  encodePng,
  endpoint: () => Promise.reject(new Error('no server is asked here')),
  files: {
    resolve: (source) => resolveSource(source, folder),
    read: () => Promise.reject(new Error('these nodes read no files themselves')),
  },
} satisfies RunContext & { imageSize(source: string): Promise<unknown> };

const image = (raw: object) => runImage(context, imageDefinition.params.parse(raw), {});
const onCpu = <T>(work: () => Promise<T>) => accounts.run(new Account(context.signal, 'cpu', false, () => {}), work);

function rasters(value: Value | undefined): readonly Raster[] {
  if (value?.type !== 'image') throw new Error(`expected an image, found ${value?.type}`);
  return value.images;
}

describe('image', () => {
  test('a photograph stored lying down comes out upright, in probe and in run', async () => {
    const source = 'example:waterfall';
    const facts = await probeImage?.(context, imageDefinition.params.parse({ source }));
    const [picture] = rasters((await image({ source })).image);
    expect(facts).toEqual({ width: 600, height: 450 });
    expect(picture).toMatchObject(facts ?? {});
    expect(picture?.data.length).toBe(600 * 450 * 3);
  });

  test('a camera photograph is cropped and shrunk to exactly what shapes say', async () => {
    const params = imageDefinition.params.parse({ source: 'example:waterfall', crop: 'square', longestSide: 224 });
    const facts = await probeImage?.(context, params);
    const [picture] = rasters((await runImage(context, params, {})).image);
    expect(imageDefinition.shapes({ params, inputs: {}, facts }).image).toEqual({
      type: 'image',
      count: 1,
      width: picture?.width,
      height: picture?.height,
    });
  });

  test.each([
    ['text.png', Buffer.from('not a picture')],
    [
      'cut.png',
      sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
        .png({ compressionLevel: 0 })
        .toBuffer()
        .then((png) => png.subarray(0, 3000)),
    ],
  ])('%s gives one sentence that names the file', async (name, bytes) => {
    writeFileSync(join(folder, name), await bytes);
    await expect(image({ source: name })).rejects.toThrow(new RegExp(name.replace('.', '\\.')));
  });

  test('a missing file and no file at all say so', async () => {
    await expect(image({ source: 'gone.png' })).rejects.toThrow(/gone\.png/);
    await expect(image({ source: ' ' })).rejects.toThrow('no picture is chosen');
  });
});

test('the tiler makes the tiles that its shapes promise, padded in black', async () => {
  const params = tilerDefinition.params.parse({});
  const picture: Raster = { width: 100, height: 150, data: new Uint8Array(100 * 150 * 3).fill(200) };
  const out = (await runTiler(context, params, { image: [{ type: 'image', images: [picture] }] })).image;
  const images = rasters(out);
  const spec = tilerDefinition.shapes({
    params,
    inputs: { image: [{ type: 'image', count: 1, width: 100, height: 150 }] },
  }).image;
  expect(spec).toEqual({
    type: 'image',
    count: images.length,
    width: 336,
    height: 336,
    tiling: out?.type === 'image' ? out.tiling : undefined,
  });
  // A picture of 2:3 on two tiles, one above the other: black above it, picture below.
  const upper = images[0]?.data ?? [];
  expect([upper[0], upper[upper.length - 1]]).toEqual([0, 200]);
});

/** `y = x + x` over `[n, 3, 4, 4]`, as bytes of an .onnx file. */
function doubling(): Uint8Array {
  const type = {
    value: {
      case: 'tensorType' as const,
      value: {
        elemType: TensorProto_DataType.FLOAT,
        shape: {
          dim: [
            { value: { case: 'dimParam' as const, value: 'n' } },
            ...[3, 4, 4].map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })),
          ],
        },
      },
    },
  };
  const model = create(ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ version: 17n }],
    graph: {
      name: 'g',
      node: [{ opType: 'Add', input: ['x', 'x'], output: ['y'] }],
      input: [{ name: 'x', type }],
      output: [{ name: 'y', type }],
    },
  });
  return toBinary(ModelProtoSchema, model);
}

describe('onnx-model', () => {
  writeFileSync(join(folder, 'double.onnx'), doubling());
  const params = modelDefinition.params.parse({ file: 'double.onnx', normalise: 'zero-to-255' });
  const grey: Raster = { width: 8, height: 6, data: new Uint8Array(8 * 6 * 3).fill(50) };

  test('has the ports of its file, with data type and symbolic shape', async () => {
    const facts = await onCpu(async () => probeModel?.(context, params));
    expect(modelDefinition.ports(params, facts)).toEqual({
      inputs: { x: { type: ['tensor', 'image'], doc: 'float32 [n, 3, 4, 4]' } },
      outputs: { y: { type: 'tensor', doc: 'float32 [n, 3, 4, 4]' } },
    });
    expect(modelDefinition.shapes({ params, inputs: {}, facts })).toEqual({
      y: { type: 'tensor', dims: ['n', 3, 4, 4] },
    });
  });

  test('resizes and normalises a wired picture to what the input states', async () => {
    const out = await onCpu(() => runModel(context, params, { x: [{ type: 'image', images: [grey, grey] }] }));
    expect(out.y).toMatchObject({ type: 'tensor', name: 'y', tensor: { dtype: 'float32', dims: [2, 3, 4, 4] } });
    expect(
      out.y?.type === 'tensor' && [...out.y.tensor.data].every((value) => Math.abs(Number(value) - 100) < 0.01),
    ).toBe(true);
  });

  test('a wrong shape, a missing wire, a corrupt and a missing file each say what is wrong', async () => {
    const tensor = { dtype: 'float32', dims: [1, 3, 4, 5], data: new Float32Array(60) } as const;
    const run = (file: string, inputs: Record<string, Value[]>) =>
      onCpu(() => runModel(context, { ...params, file }, inputs));
    await expect(run('double.onnx', { x: [{ type: 'tensor', name: 't', tensor }] })).rejects.toThrow(
      'the input "x" takes float32 [n, 3, 4, 4], found float32 [1, 3, 4, 5]',
    );
    await expect(run('double.onnx', {})).rejects.toThrow('the input "x" is not connected');
    writeFileSync(join(folder, 'bad.onnx'), doubling().subarray(0, 40));
    await expect(run('bad.onnx', {})).rejects.toThrow(/bad\.onnx/);
    await expect(run('gone.onnx', {})).rejects.toThrow(/gone\.onnx/);
    await expect(run('', {})).rejects.toThrow('no .onnx file is chosen');
  });
});

test('view draws features over the picture and passes the value on', async () => {
  const value: Value = {
    type: 'features',
    tensor: { dtype: 'float32', dims: [1, 4, 2], data: Float32Array.of(0, 0, 1, 0, 2, 0, 3, 0) },
    grid: [2, 2],
    classToken: false,
    model: 'file',
    seed: 0,
  };
  const picture: Value = { type: 'image', images: [{ width: 40, height: 20, data: new Uint8Array(2400) }] };
  const out = await runView(context, viewDefinition.params.parse({}), { value: [value], picture: [picture] });
  expect(out.value).toBe(value);
  expect(rasters(out.map)[0]).toMatchObject({ width: 512, height: 256 });
});
