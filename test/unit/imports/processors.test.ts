import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoImageProcessor, env, RawImage, type Tensor as TheirTensor } from '@huggingface/transformers';
import { describe, expect, it } from 'vitest';
import { resample } from '../../../electron/backend/runtime/images.ts';
import { processorOf } from '../../../nodes/imports/processors/processors.ts';
import type { Raster, Tensor } from '../../../nodes/values.ts';
import { picture, SIZES } from './pictures.ts';

env.allowRemoteModels = false;
env.localModelPath = '';

/** The bound; a grey level is 0.015 after CLIP's normalising, so pixels have to be the very same. */
const TOLERANCE = 1e-2;

const config = (family: string) =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/imports/${family}/preprocessor_config.json`, import.meta.url), 'utf8'),
  );
const theirPicture = ({ width, height, data }: Raster) => new RawImage(new Uint8ClampedArray(data), width, height, 3);

type Theirs = (images: unknown, options?: object) => Promise<Record<string, TheirTensor>>;
/** Their processor for a file, which it reads from a folder. */
async function theirs(family: string, file: object): Promise<Theirs> {
  const place = mkdtempSync(join(tmpdir(), `${family}-`));
  writeFileSync(join(place, 'preprocessor_config.json'), JSON.stringify(file));
  const processor = await AutoImageProcessor.from_pretrained(place);
  rmSync(place, { recursive: true });
  return processor as unknown as Theirs;
}

function difference(ours: Tensor, { data }: TheirTensor): number {
  let most = 0;
  for (let i = 0; i < data.length; i++) {
    const apart = Math.abs(Number(ours.data[i]) - Number(data[i]));
    // Not Math.max: a NaN has to show.
    if (!(apart <= most)) most = apart;
  }
  return most;
}

function expectSame(ours: Readonly<Record<string, Tensor>>, reference: Record<string, TheirTensor>, what: string) {
  for (const [name, tensor] of Object.entries(ours)) {
    const expected = reference[name];
    if (!expected) throw new Error(`the reference gives no ${name}`);
    expect([...tensor.dims], `${what}: ${name}`).toEqual(expected.dims);
    expect(tensor.dtype, `${what}: ${name}`).toBe(expected.type);
    expect(difference(tensor, expected), `${what}: ${name}`).toBeLessThan(TOLERANCE);
  }
}

/** Each on thirty pictures; their processors share no step but the plain ones. */
const THIRTY = ['clip', 'siglip', 'qwen2-vl', 'vit-gpt2', 'janus'];
/** Other sizes and statistics for the same steps: a few pictures show that the file is read. */
const FEW = ['llava', 'llava-onevision', 'idefics3', 'smolvlm', 'paligemma', 'moondream', 'florence-2'];
const A_FEW: typeof SIZES = [
  [1, 2],
  [77, 333],
  [601, 799],
];

async function expectFamily(family: string, file: object, sizes: typeof SIZES) {
  const ours = processorOf(file);
  const reference = await theirs(family, file);
  const refused: string[] = [];
  for (const [width, height] of sizes) {
    const image = picture(width, height);
    const size = `${width} × ${height}`;
    const expected = await reference([theirPicture(image)]).catch(() => refused.push(size));
    if (typeof expected === 'number') continue;
    const { tensors } = await ours.process([image], resample);
    if (family === 'janus') expected.pixel_values?.unsqueeze_(0);
    expectSame(tensors, expected, size);
  }
  return refused;
}

describe('processors give the tensors of transformers.js', () => {
  it.each(THIRTY)('%s, for pictures of thirty sizes', { timeout: 300_000 }, async (family) => {
    const refused = await expectFamily(family, config(family), SIZES);
    // Lines: a factor of 200 is the model's own limit.
    expect(refused).toEqual(family === 'qwen2-vl' ? ['1 × 201', '201 × 1'] : []);
  });

  it('smolvlm, cut into tiles of half its own side, for pictures of thirty sizes', {
    timeout: 300_000,
  }, async () => {
    const small = { ...config('smolvlm'), size: { longest_edge: 512 }, max_image_size: { longest_edge: 128 } };
    expect(await expectFamily('smolvlm', small, SIZES)).toEqual([]);
  });

  it.each(FEW)('%s, for pictures of some sizes', { timeout: 300_000 }, async (family) => {
    expect(await expectFamily(family, config(family), A_FEW)).toEqual([]);
  });

  it('smolvlm uncut', async () => {
    expect(await expectFamily('smolvlm', { ...config('smolvlm'), do_image_splitting: false }, A_FEW)).toEqual([]);
  });
});

describe('several pictures of one prompt', () => {
  it('clip stacks them', async () => {
    const images = [picture(300, 200), picture(5, 400), picture(224, 224)];
    const { tensors } = await processorOf(config('clip')).process(images, resample);
    const reference = await theirs('clip', config('clip'));
    expectSame(tensors, await reference(images.map(theirPicture)), 'three');
  });

  it('smolvlm lays their tiles one after the other, and says which are whose', async () => {
    const small = { ...config('smolvlm'), size: { longest_edge: 256 }, max_image_size: { longest_edge: 64 } };
    const images = [picture(300, 200), picture(50, 400)];
    const { tensors, pictures } = await processorOf(small).process(images, resample);
    const expected = await (await theirs('smolvlm', small))(images.map(theirPicture), { return_row_col_info: true });
    expectSame(tensors, expected, 'two');
    expect(pictures.map(({ tiles: [rows] }) => rows)).toEqual((expected as { rows?: unknown[] }).rows?.[0]);
    expect(pictures.map(({ tiles: [, cols] }) => cols)).toEqual((expected as { cols?: unknown[] }).cols?.[0]);
  });

  it('qwen2-vl gives each its own grid, whatever their sizes', async () => {
    const images = [picture(300, 200), picture(300, 200), picture(57, 130)];
    const { tensors, pictures } = await processorOf(config('qwen2-vl')).process(images, resample);
    const reference = await theirs('qwen2-vl', config('qwen2-vl'));
    let row = 0;
    for (const [n, image] of images.entries()) {
      // The reference takes two pictures of one size for a film: one at a time.
      const expected = await reference([theirPicture(image)]);
      const [rows = 0, values = 0] = expected.pixel_values?.dims ?? [];
      const part = tensors.pixel_values.data.subarray(row * values, (row + rows) * values);
      expectSame({ pixel_values: { dtype: 'float32', dims: [rows, values], data: part } }, expected, `picture ${n}`);
      expect(pictures[n]?.grid).toEqual([...(expected.image_grid_thw?.data ?? [])].map(Number));
      row += rows;
    }
    expect(tensors.pixel_values.dims[0]).toBe(row);
    expect(tensors.image_grid_thw?.dims).toEqual([3, 3]);
  });
});

describe('pictures that a model cannot take', () => {
  it('a line is refused in words by qwen2-vl', async () => {
    const asked = processorOf(config('qwen2-vl')).process([picture(1, 1000)], resample);
    await expect(asked).rejects.toThrow('A picture of 1 × 1000 is too long for this model: at most 200 to 1.');
  });

  it('a line that would take gigabytes is refused in words by clip', async () => {
    const asked = processorOf(config('clip')).process([picture(1, 20_000)], resample);
    await expect(asked).rejects.toThrow(/too long for this model/);
  });

  it('a line keeps a pixel in janus', async () => {
    const { tensors } = await processorOf(config('janus')).process([picture(1, 1000)], resample);
    expect(tensors.pixel_values.dims).toEqual([1, 1, 3, 384, 384]);
  });
});

describe('files that cannot be used', () => {
  it.each([
    ['a size that is none', { ...config('clip'), size: { shortest_edge: 'large' } }, /size/],
    ['no size', { do_resize: true }, /says no size/],
    ['no statistics', { ...config('clip'), image_mean: undefined }, /lacks image_mean or image_std/],
    ['two channels', { ...config('clip'), image_mean: [0.5, 0.5] }, /image_mean/],
    ['steps that are not done', { ...config('clip'), do_crop_margin: true }, /do_crop_margin/],
    ['tiles of no size', { ...config('smolvlm'), max_image_size: undefined }, /max_image_size/],
    ['not an object', 'a page of HTML', /preprocessor_config\.json/],
  ])('%s', async (_, file, message) => {
    const used = async () => processorOf(file).process([picture(9, 9)], resample);
    await expect(used()).rejects.toThrow(message);
  });
});
