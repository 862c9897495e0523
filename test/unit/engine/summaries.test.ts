import { expect, test } from 'vitest';
import { summarise, tensorStats } from '../../../electron/backend/executor/summaries.ts';
import type { FeaturesValue, FloatTensor, ImageValue, Raster } from '../../../nodes/values.ts';

const floats = (dims: number[], values: ArrayLike<number>): FloatTensor => ({
  dtype: 'float32',
  dims,
  data: Float32Array.from(values),
});

const solid = (width: number, height: number): Raster => ({ width, height, data: new Uint8Array(width * height * 3) });

test('a tensor is told by its smallest, largest, mean and standard deviation, and a histogram between them', () => {
  const stats = tensorStats(floats([2, 2], [0, 1, 2, 5]));
  expect(stats).toMatchObject({ dims: [2, 2], dtype: 'float32', min: 0, max: 5, mean: 2 });
  expect(stats.std).toBeCloseTo(Math.sqrt(3.5), 6);
  expect(stats.histogram).toHaveLength(32);
  expect(stats.histogram.flatMap((count, bin) => Array(count).fill(bin))).toEqual([0, 6, 12, 31]);
});

test('the spread of values far from zero is not lost to rounding', () => {
  expect(tensorStats({ dtype: 'float64', dims: [2], data: Float64Array.of(1e9, 1e9 + 2) }).std).toBe(1);
});

test('what is not finite is left out, and nothing finite is no error', () => {
  expect(tensorStats(floats([4], [Number.NaN, 1, Number.POSITIVE_INFINITY, 3]))).toMatchObject({
    min: 1,
    max: 3,
    mean: 2,
  });
  expect(tensorStats(floats([1], [Number.NaN]))).toMatchObject({ dims: [1], min: 0, max: 0, mean: 0, std: 0 });
  expect(tensorStats(floats([0, 4], []))).toMatchObject({ dims: [0, 4], min: 0, max: 0 });
});

test('half floats and 64-bit integers are read as numbers', () => {
  const halves = { dtype: 'float16', dims: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x7bff) } as const;
  expect(tensorStats(halves)).toMatchObject({ dtype: 'float16', min: -2, max: 65504 });
  expect(tensorStats({ dtype: 'int64', dims: [2], data: BigInt64Array.of(-3n, 5n) })).toMatchObject({
    min: -3,
    max: 5,
    mean: 1,
  });
});

test('tiles are shown as they lie in the picture, the thumbnail below', async () => {
  const tiling = { rows: 2, cols: 3, thumbnail: true, width: 1344, height: 896 };
  const value: ImageValue = { type: 'image', images: Array.from({ length: 7 }, () => solid(448, 448)), tiling };
  const { image } = await summarise({ image: value });
  expect(image).toMatchObject({ type: 'image', count: 7, width: 448, height: 448 });
  const preview = image?.type === 'image' ? (image.preview ?? '') : '';
  expect(preview).toMatch(/^data:image\/webp;base64,/);
  const { default: sharp } = await import('sharp');
  const { width = 0, height = 0 } = await sharp(Buffer.from(preview.split(',')[1] ?? '', 'base64')).metadata();
  // Three columns, and three rows with the thumbnail's: square, within 256 pixels.
  expect(Math.max(width, height)).toBeLessThanOrEqual(256);
  expect(width / height).toBeCloseTo(1, 1);
});

test('one picture is shown no larger than 256 pixels, in its own colours', async () => {
  const colour = [200, 30, 90];
  const data = Uint8Array.from({ length: 600 * 450 * 3 }, (_, i) => colour[i % 3] ?? 0);
  const { image } = await summarise({ image: { type: 'image', images: [{ width: 600, height: 450, data }] } });
  const preview = image?.type === 'image' ? (image.preview ?? '') : '';
  const { default: sharp } = await import('sharp');
  const picture = sharp(Buffer.from(preview.split(',')[1] ?? '', 'base64'));
  expect(await picture.metadata()).toMatchObject({ width: 256, height: 192 });
  const seen = [...(await picture.raw().toBuffer()).subarray(0, 3)];
  expect(Math.max(...seen.map((value, i) => Math.abs(value - (colour[i] ?? 0))))).toBeLessThan(4);
});

test('features say how many images, tokens and channels there are', async () => {
  const features: FeaturesValue = {
    type: 'features',
    tensor: floats([1, 4, 3], Array(12).fill(0.5)),
    grid: [2, 2],
    classToken: false,
    model: 'paper:test',
    seed: 0,
  };
  expect((await summarise({ features })).features).toMatchObject({ count: 1, tokens: 4, width: 3, grid: [2, 2] });
});

test('a handle is told in its own words', async () => {
  const { generator } = await summarise({ generator: { type: 'generator', summary: 'smollm2-135m' } });
  expect(generator).toEqual({ type: 'generator', summary: 'smollm2-135m' });
});
