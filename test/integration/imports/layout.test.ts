import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openImport } from '../../../electron/backend/models/imports.ts';
import { processorOf } from '../../../nodes/imports/processors/processors.ts';
import type { Resampling } from '../../../nodes/run.ts';
import type { Raster } from '../../../nodes/values.ts';
import { definition } from '../../../nodes/vision-encoder/definition.ts';
import { run } from '../../../nodes/vision-encoder/run.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { VISION_EXPORTS, writeVisionExport } from '../../helpers/exports/vision.ts';
import { picture } from '../../unit/imports/pictures.ts';

const FIXTURES = new URL('../../fixtures/imports/', import.meta.url);

/** How a picture lies hangs on its size alone. */
const blank = async (_: Raster, width: number, height: number, __: Resampling): Promise<Raster> => ({
  ...{ width, height },
  data: new Uint8Array(3 * width * height),
});

/** Less than a patch, a prime, tall, of one tile, of several. */
const A_FEW = [
  [1, 2],
  [55, 57],
  [77, 333],
  [384, 383],
  [640, 480],
] as const;

test('every family of processors tells of odd sizes how a picture will lie, or refuses it, as when it is processed', async () => {
  const families = (await readdir(FIXTURES)).sort();
  expect(families.length).toBeGreaterThan(8);
  for (const family of families) {
    const text = await readFile(new URL(`${family}/preprocessor_config.json`, FIXTURES), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const processor = processorOf(JSON.parse(text));
    for (const [width, height] of A_FEW) {
      const image = { width, height, data: new Uint8Array(3 * width * height) };
      const processed = await processor.process([image], blank).then(
        ({ pictures: [found] }) => found,
        ({ message }: Error) => message,
      );
      const told = (() => {
        try {
          const { merged: _, ...layout } = processor.layout({ width, height });
          return layout;
        } catch (error) {
          return (error as Error).message;
        }
      })();
      expect(told, `${family}, ${width} × ${height}`).toEqual(processed);
    }
  }
});

describe('before a run the shape of visual tokens is known from the picture', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'patchbay-layout-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  test.each([
    ['smolvlm', [90, 40]],
    ['smolvlm', [20, 96]],
    ['smolvlm', [31, 30]],
    ['qwen2-vl', [100, 70]],
    ['qwen2-vl', [57, 113]],
    ['llava', [100, 70]],
  ] as const)('%s, a picture of %j', async (family, [width, height]) => {
    const folder = join(root, `${family}-${width}`);
    await writeVisionExport(folder, VISION_EXPORTS[family]);
    const params = definition.params.parse({ model: `file:${folder}` });
    const { facts } = await openImport(params.model, 'auto', undefined);
    const { embeddings: told } = definition.shapes({
      params,
      inputs: { image: [{ type: 'image', count: 1, width, height }] },
      facts: { imported: facts },
    });
    const { result } = await asNode(['embeddings'], (context) =>
      run(context, params, { image: [{ type: 'image', images: [picture(width, height)] }] }),
    );
    const made = result.embeddings;
    if (made?.type !== 'embeddings') throw new Error('the encoder gave no embeddings');
    const [count, tokens, size] = made.tensor.dims;
    expect(told).toEqual({
      ...{ type: 'embeddings', count, tokens, width: size },
      ...(made.grid && { grid: made.grid }),
      ...(made.tiling && { tiling: made.tiling }),
    });
  });
});
