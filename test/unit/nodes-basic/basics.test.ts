import { describe, expect, test } from 'vitest';
import { definition as image } from '../../../nodes/image/definition.ts';
import { centreSquare, NORMALISATIONS, normalise, pad, tiles } from '../../../nodes/pixels.ts';
import { compose, definition as prompt } from '../../../nodes/prompt/definition.ts';
import type { Raster } from '../../../nodes/values.ts';
import { drawOver, heatMap } from '../../../nodes/view/map.ts';

/** Each pixel holds its own number in all channels. */
function numbered(width: number, height: number): Raster {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.floor(i / 3)) };
}
const reds = ({ data }: Raster) => [...data].filter((_, i) => i % 3 === 0);

describe('pixels', () => {
  test('the centre square, tiles row by row, and centred padding', () => {
    expect(reds(centreSquare(numbered(4, 2)))).toEqual([1, 2, 5, 6]);
    expect(tiles(numbered(4, 2), 1, 2).map(reds)).toEqual([
      [0, 1, 4, 5],
      [2, 3, 6, 7],
    ]);
    expect(reds(pad(numbered(2, 1), 4, 3, [9, 9, 9]))).toEqual([9, 9, 9, 9, 9, 0, 1, 9, 9, 9, 9, 9]);
  });

  test('normalises to either layout', () => {
    const one: Raster = { width: 1, height: 2, data: Uint8Array.of(0, 128, 255, 255, 0, 64) };
    const planes = normalise([one], NORMALISATIONS['zero-to-255'], 'NCHW');
    expect(planes.dims).toEqual([1, 3, 2, 1]);
    expect([...planes.data].map(Math.round)).toEqual([0, 255, 128, 0, 255, 64]);
    expect([...normalise([one], NORMALISATIONS['zero-to-255'], 'NHWC').data].map(Math.round)).toEqual([...one.data]);
    expect(normalise([one], NORMALISATIONS.clip).data[1]).toBeCloseTo((1 - 0.48145466) / 0.26862954, 5);
    expect(() => normalise([one, numbered(2, 2)], NORMALISATIONS.clip)).toThrow('1×2 and 2×2');
  });
});

describe('prompt', () => {
  const params = (raw: object) => prompt.params.parse(raw);

  test('fills in variables and wired texts, and puts unnamed ones first', () => {
    const values = params({ text: 'A {{ what }}: {{2}}', system: 'Be {{what}}.', variables: { what: 'cat' } });
    expect(compose(values, ['first', 'second'])).toEqual({ text: 'first\n\nA cat: second', system: 'Be cat.' });
  });

  test('the step-by-step switch ends the prompt with Kojima’s trigger', () => {
    expect(compose(params({ text: 'Q', chainOfThought: true }), []).text).toBe("Q\nLet's think step by step.");
  });

  test('says which variable has no value', () => {
    expect(() => compose(params({ text: '{{who}}' }), [])).toThrow('the variable {{who}} has no value');
    expect(() => compose(params({ text: '{{3}}' }), ['one'])).toThrow('no text is wired in for {{3}}');
  });
});

test('an image is cropped, then shrunk, never enlarged', () => {
  const facts = { width: 1500, height: 1000 };
  const size = (raw: object) => image.shapes({ params: image.params.parse(raw), inputs: {}, facts }).image;
  expect(size({})).toMatchObject({ width: 1500, height: 1000 });
  expect(size({ crop: 'square', longestSide: 336 })).toMatchObject({ width: 336, height: 336 });
  expect(size({ longestSide: 300 })).toMatchObject({ width: 300, height: 200 });
  expect(size({ longestSide: 8000 })).toMatchObject({ width: 1500, height: 1000 });
});

describe('heat map', () => {
  const options = { map: 'norm', row: 0, column: 0, channel: 0 } as const;
  // Two tiles side by side, each one token of two channels after its class token.
  const features = {
    type: 'features',
    tensor: { dtype: 'float32', dims: [2, 2, 2], data: Float32Array.of(9, 9, 3, 4, 9, 9, -3, -4) },
    grid: [1, 1],
    classToken: true,
    tiling: { rows: 1, cols: 2, thumbnail: false, width: 2, height: 1 },
    model: 'file',
    seed: 0,
  } as const;

  test('puts tiles together without class tokens: length, cosine and channel', () => {
    expect(heatMap(features, options)).toEqual({ rows: 1, cols: 2, values: Float32Array.of(5, 5) });
    expect([...(heatMap(features, { ...options, map: 'similarity' })?.values ?? [])]).toEqual([1, -1]);
    expect([...(heatMap(features, { ...options, map: 'channel', channel: 1 })?.values ?? [])]).toEqual([4, -4]);
    expect(() => heatMap(features, { ...options, map: 'similarity', row: 7 })).toThrow(
      '(7, 0) is outside the grid of 1 × 2',
    );
    expect(() => heatMap(features, { ...options, map: 'channel', channel: 2 })).toThrow('channel 2 is outside');
  });

  test('leaves out the padding around a picture, wherever it stands', () => {
    // Four tiles of 2 × 2 patches, then the thumbnail; a patch's value is 10 · its row + its column on the grid of 4 × 4.
    const places = [0, 1, 10, 11];
    const data = Float32Array.of(
      ...[0, 2, 20, 22].flatMap((corner) => places.map((at) => corner + at)),
      99,
      99,
      99,
      99,
    );
    const mapOf = (width: number, height: number) =>
      heatMap(
        {
          type: 'embeddings',
          tensor: { dtype: 'float32', dims: [5, 4, 1], data },
          grid: [2, 2],
          tiling: { rows: 2, cols: 2, thumbnail: true, width, height, padded: true },
        },
        options,
      );
    expect(mapOf(200, 100)).toEqual({ rows: 2, cols: 4, values: Float32Array.of(10, 11, 12, 13, 20, 21, 22, 23) });
    expect(mapOf(100, 200)).toEqual({ rows: 4, cols: 2, values: Float32Array.of(1, 2, 11, 12, 21, 22, 31, 32) });
    expect(mapOf(100, 100)).toMatchObject({ rows: 4, cols: 4 });
  });

  test('colours the largest value yellow and the smallest dark, mixed with the picture', () => {
    const map = { rows: 1, cols: 2, values: Float32Array.of(0, 1) };
    const black = { width: 2, height: 1, data: new Uint8Array(6) };
    expect([...drawOver(black, map, 1).data]).toEqual([68, 1, 84, 253, 231, 37]);
    expect([...drawOver(numbered(2, 1), map, 0).data]).toEqual([0, 0, 0, 1, 1, 1]);
  });
});
