import { describe, expect, it } from 'vitest';
import { feedsOf } from '../../../nodes/imports/processors/feeds.ts';
import type { SessionPort } from '../../../nodes/run.ts';
import type { FloatTensor, Tensor } from '../../../nodes/values.ts';

const port = (name: string, dims: SessionPort['dims'], dtype: SessionPort['dtype'] = 'float32'): SessionPort => ({
  name,
  dims,
  dtype,
});
const pixels = (...dims: number[]): FloatTensor => ({
  dtype: 'float32',
  dims,
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i / 4),
});
const MASK: Tensor = { dtype: 'bool', dims: [1, 2, 2, 2], data: Uint8Array.from([1, 1, 1, 1, 1, 1, 1, 0]) };
const GRID: Tensor = { dtype: 'int64', dims: [1, 3], data: BigInt64Array.from([1n, 2n, 4n]) };

describe('what an export is fed', () => {
  it('what it names, and no more', () => {
    const feeds = feedsOf({ pixel_values: pixels(1, 3, 2, 2), pixel_attention_mask: MASK }, [
      port('pixel_values', ['batch', 3, 2, 2]),
    ]);
    expect(feeds).toEqual({ pixel_values: pixels(1, 3, 2, 2) });
  });

  it('grids and pictures under its own names', () => {
    const tensors = { pixel_values: pixels(8, 12), image_grid_thw: GRID };
    expect(feedsOf(tensors, [port('x', ['patches', 12]), port('grid_thw', ['n', 3], 'int64')])).toEqual({
      x: tensors.pixel_values,
      grid_thw: GRID,
    });
  });

  it('its types: half precision, masks as integers', () => {
    const feeds = feedsOf({ pixel_values: pixels(1, 2, 3, 2, 2), pixel_attention_mask: MASK }, [
      port('pixel_values', ['b', 'n', 3, 'h', 'w'], 'float16'),
      port('pixel_attention_mask', ['b', 'n', 'h', 'w'], 'int64'),
    ]);
    expect(feeds.pixel_values?.data.subarray(0, 5)).toEqual(Uint16Array.of(0, 0x3400, 0x3800, 0x3a00, 0x3c00));
    expect(feeds.pixel_attention_mask?.data).toEqual(BigInt64Array.of(1n, 1n, 1n, 1n, 1n, 1n, 1n, 0n));
  });

  it('as many dimensions as it has', () => {
    const tiles = pixels(1, 2, 3, 2, 2);
    expect(feedsOf({ pixel_values: tiles }, [port('pixel_values', ['n', 3, 'h', 'w'])]).pixel_values?.dims).toEqual([
      2, 3, 2, 2,
    ]);
    expect(
      feedsOf({ pixel_values: pixels(2, 3, 2, 2) }, [port('pixel_values', ['b', 'n', 3, 'h', 'w'])]).pixel_values?.dims,
    ).toEqual([1, 2, 3, 2, 2]);
  });
});

describe('files that do not go together say so', () => {
  it('pictures of another size', () => {
    expect(() => feedsOf({ pixel_values: pixels(1, 3, 2, 2) }, [port('pixel_values', ['b', 3, 4, 4])])).toThrow(
      'pixel_values of the encoder is [b, 3, 4, 4], but preprocessor_config.json makes [1, 3, 2, 2].',
    );
  });

  it('several pictures for an export of one', () => {
    expect(() => feedsOf({ pixel_values: pixels(1, 2, 3, 2, 2) }, [port('pixel_values', [1, 3, 2, 2])])).toThrow(
      /makes \[1, 2, 3, 2, 2\]/,
    );
  });

  it('an input that no processor makes', () => {
    expect(() => feedsOf({ pixel_values: pixels(1, 3, 2, 2) }, [port('input_ids', ['b', 's'], 'int64')])).toThrow(
      'The encoder wants input_ids, which preprocessor_config.json makes nothing for (pixel_values).',
    );
  });
});
