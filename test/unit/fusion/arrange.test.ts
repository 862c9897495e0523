import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { definition as adapter } from '../../../nodes/cross-attention-adapter/definition.ts';
import {
  gridPositions,
  mergeNeighbours,
  tokensWithNewlines,
  withNewlines,
  withoutClassToken,
} from '../../../nodes/projector/arrange.ts';
import { definition as projector } from '../../../nodes/projector/definition.ts';
import { definition as similarity } from '../../../nodes/similarity/definition.ts';
import { TEXT_PRESETS } from '../../../nodes/similarity/presets.ts';
import { sigmoid, softmax } from '../../../nodes/similarity/scores.ts';
import { textFeeds } from '../../../nodes/similarity/text.ts';
import { planTiles, definition as tiler, tilingOf } from '../../../nodes/tiler/definition.ts';
import type { FloatTensor, ValueSpec } from '../../../nodes/values.ts';

function counted(dims: readonly number[]): FloatTensor {
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i);
  return { dtype: 'float32', dims, data };
}

test('the class token goes first and is dropped from each picture', () => {
  const { dims, data } = withoutClassToken({ tensor: counted([2, 3, 1]), classToken: true });
  expect(dims).toEqual([2, 2, 1]);
  expect([...data]).toEqual([1, 2, 4, 5]);
});

test('2 × 2 neighbours come together, upper left first', () => {
  const { dims, data } = mergeNeighbours(counted([1, 8, 1]), [2, 4]);
  expect(dims).toEqual([1, 2, 4]);
  expect([...data]).toEqual([0, 1, 4, 5, 2, 3, 6, 7]);
});

test('positions of a finer grid pass through those of the coarse one', () => {
  const coarse = gridPositions(2, 2, 2, 8);
  const fine = gridPositions(4, 4, 2, 8);
  expect(fine.data.subarray(2 * 8, 3 * 8)).toEqual(coarse.data.subarray(8, 16));
});

describe('LLaVA-NeXT: a newline after each row', () => {
  const tilesOf = (width: number, height: number) => tilingOf(planTiles(tiler.params.parse({}), width, height));

  // What `_get_number_of_features` of transformers' processing_llava_next.py counts (its 576 patches of the whole picture,
  // unpadded rows × columns, and a newline a row), worked out by hand for tiles of 336 px and patches of 14.
  test.each([
    [672, 672, 576 + 48 * 48 + 48],
    [600, 450, 576 + 36 * 48 + 36],
    [2560, 1669, 576 + 32 * 48 + 32],
    [1669, 2560, 576 + 48 * 32 + 48],
    [336, 336, 576 + 24 * 24 + 24],
    [488, 183, 576 + 18 * 48 + 18],
    [1344, 336, 576 + 18 * 72 + 18],
    [300, 1200, 576 + 72 * 18 + 72],
  ])('a picture of %i × %i px is %i visual tokens', (width, height, tokens) => {
    expect(tokensWithNewlines(5, 576, [24, 24], tilesOf(width, height))).toEqual({ count: 1, tokens });
  });

  test('what is made has the size that was said, for any picture', () => {
    const side = fc.integer({ min: 1, max: 3000 });
    fc.assert(
      fc.property(side, side, fc.boolean(), (width, height, thumbnail) => {
        const tiling = { ...tilesOf(width, height), thumbnail };
        const n = tiling.rows * tiling.cols + Number(thumbnail);
        const { dims } = withNewlines(counted([n, 16, 1]), Float32Array.of(-1), [4, 4], tiling);
        const { count, tokens } = tokensWithNewlines(n, 16, [4, 4], tiling);
        expect(dims).toEqual([count, tokens, 1]);
      }),
    );
  });

  test('the thumbnail comes first, then the rows of all tiles without the padding', () => {
    // Two tiles of 2 × 2 side by side; a picture of 4 : 1 leaves one row of padding, which is too little to cut on two sides.
    const wide = { rows: 1, cols: 2, thumbnail: true, width: 400, height: 100, padded: true };
    const flat = withNewlines(counted([3, 4, 1]), Float32Array.of(-1), [2, 2], wide);
    expect([...flat.data]).toEqual([8, 9, 10, 11, 0, 1, 4, 5, -1, 2, 3, 6, 7, -1]);
    // Tiles one above the other: the picture's half of the columns is cut from both sides.
    const tall = { rows: 2, cols: 1, thumbnail: false, width: 100, height: 200, padded: true };
    const narrow = withNewlines(counted([2, 16, 1]), Float32Array.of(-1), [4, 4], { ...tall, width: 50 });
    expect(narrow.dims).toEqual([1, 8 * 3, 1]);
    expect([...narrow.data.subarray(0, 6)]).toEqual([1, 2, -1, 5, 6, -1]);
  });

  test('pictures that are not cut end with one newline each', () => {
    const { dims, data } = withNewlines(counted([2, 4, 1]), Float32Array.of(-1), [2, 2], undefined);
    expect(dims).toEqual([2, 5, 1]);
    expect([...data]).toEqual([0, 1, 2, 3, -1, 4, 5, 6, 7, -1]);
  });
});

describe('projector shapes', () => {
  const features = { type: 'features', count: 5, tokens: 257, width: 1024, grid: [16, 16], classToken: true } as const;
  const shapes = (
    params: Record<string, unknown>,
    spec: Omit<typeof features, 'grid'> & { grid: readonly [number, number] } = features,
  ) => projector.shapes({ params: projector.params.parse(params), inputs: { features: [spec] } }).embeddings;

  test.each([
    ['paper:llava-linear', 256, 4096],
    ['paper:llava-1.5-mlp', 256, 4096],
    ['paper:internvl-mlp', 64, 6144],
    ['paper:qwen2-vl-merger', 64, 3584],
    ['paper:qwen-vl-resampler', 256, 4096],
    ['paper:flamingo-perceiver', 64, 1536],
  ])('%s: %i tokens of %i', (model, tokens, width) => {
    expect(shapes({ model })).toMatchObject({ count: 5, tokens, width });
  });

  test('a newline has no place beside a class token', () => {
    expect(() => shapes({ newline: true, classToken: true })).toThrow('the class token stands in no row');
    expect(shapes({ newline: true })).toEqual({ type: 'embeddings', count: 5, tokens: 257, width: 4096 });
  });

  test('a width of its own', () => {
    expect(shapes({ model: 'paper:llava-linear', width: 2048 })).toMatchObject({ width: 2048 });
  });

  test('a resampler needs a square of queries, and a width that its heads divide', () => {
    expect(() => shapes({ design: 'resampler', queries: 60 })).toThrow('no square number');
    expect(() => shapes({ model: 'paper:qwen-vl-resampler', width: 1000 })).toThrow('not 1000');
  });

  test('an odd grid cannot be merged', () => {
    expect(() => shapes({ design: 'patch-merger' }, { ...features, grid: [15, 17] })).toThrow('both must be even');
  });

  test('an unknown model is answered with those there are', () => {
    expect(() => shapes({ model: 'paper:llava-9' })).toThrow('paper:llava-1.5-mlp');
  });
});

test('depths of an adapter must rise', () => {
  const inputs = { features: [{ type: 'embeddings', count: 1, tokens: 64, width: 1536 } as const] };
  const shapes = (depths: string) => adapter.shapes({ params: adapter.params.parse({ depths }), inputs });
  expect(shapes('0, 2').adapter).toMatchObject({ layers: 2, tokens: 64, width: 4096 });
  expect(() => shapes('2, 2')).toThrow('must rise');
});

test('an adapter of own sizes says what it wants', () => {
  const inputs = { features: [{ type: 'embeddings', count: 1, tokens: 64, width: 48 } as const] };
  const shapes = (sizes: Record<string, unknown>) =>
    adapter.shapes({ params: adapter.params.parse({ model: '', ...sizes }), inputs });
  expect(shapes({ width: 48, depths: '0, 2', heads: 4 }).adapter).toMatchObject({ layers: 2, width: 48 });
  expect(() => shapes({ depths: '0' })).toThrow("width to the LLM's");
  expect(() => shapes({ width: 48 })).toThrow('set its depths');
  expect(() => shapes({ width: 48, depths: '0', heads: 5 })).toThrow('5 heads do not divide a width of 48');
});

test('visual tokens of an adapter are counted once: not again where a perceiver made them', () => {
  const params = adapter.params.parse({ model: 'paper:flamingo-9b' });
  const tokens = { count: 1, tokens: 64, width: 1536 };
  const features = { type: 'features', ...tokens, grid: [8, 8], classToken: false } as const;
  const cost = (spec: ValueSpec) => adapter.cost?.({ params, inputs: { features: [spec] } });
  expect(cost(features)?.tokens).toEqual({ visual: 64 });
  expect(cost({ type: 'embeddings', ...tokens })?.tokens).toBeUndefined();
});

describe('similarity', () => {
  test('an encoder of another embedding is refused before anything runs', () => {
    const params = similarity.params.parse({});
    const features = { type: 'features', count: 1, tokens: 50, width: 768, grid: [7, 7], classToken: true } as const;
    const shapes = (spec: ValueSpec) => similarity.shapes({ params, inputs: { features: [spec] } });
    expect(shapes({ ...features, pooled: 512 })).toEqual({ table: { type: 'table' }, score: { type: 'score' } });
    expect(() => shapes(features)).toThrow('no pooled embedding');
    expect(() => shapes({ ...features, pooled: 768 })).toThrow('768');
  });

  test('softmax shares one among the prompts', () => {
    const scores = softmax([0.3, 0.2], 0.1);
    expect(scores[0]).toBeCloseTo(Math.E / (Math.E + 1), 10);
    expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 10);
  });

  test('sigmoid reads each prompt by itself', () => {
    expect(sigmoid([1, 0], 0.1, -10)[0]).toBeCloseTo(0.5, 10);
    expect(sigmoid([0], 0.1, -10)[0]).toBeCloseTo(1 / (1 + Math.E ** 10), 10);
  });

  test('CLIP reads the end token, SigLIP the last place', () => {
    const clip = textFeeds(TEXT_PRESETS['clip-vit-b-32'].config, [[5, 6], Array<number>(100).fill(7)]);
    expect(clip.ids.dims).toEqual([2, 77]);
    expect(Array.from(clip.ids.data.subarray(0, 5), Number)).toEqual([49406, 5, 6, 49407, 49407]);
    expect(Array.from(clip.read.data, Number)).toEqual([3, 77 + 76]);
    const siglip = textFeeds(TEXT_PRESETS['siglip-so400m-14-384'].config, [[5]]);
    expect(Array.from(siglip.read.data, Number)).toEqual([63]);
  });
});
