import { describe, expect, test } from 'vitest';
import type { VisionConfig } from '../../../nodes/vision-encoder/config.ts';
import { nativeSize, patchGrid, patchify } from '../../../nodes/vision-encoder/preprocess.ts';
import { VISION_PRESETS } from '../../../nodes/vision-encoder/presets.ts';

const clip = VISION_PRESETS['clip-vit-l-14'].config;
const qwen = VISION_PRESETS['qwen2-vl-vit'].config;

describe('native resolution', () => {
  // Worked out with smart_resize of Qwen2-VL's image processor (factor 28).
  test.each([
    [224, 224, 224, 224],
    [640, 480, 644, 476],
    [30, 30, 56, 56],
    [4000, 3000, 1148, 840],
    // 2.5 cells round to the even 2, as Python does.
    [700, 70, 700, 56],
  ])('%i × %i', (width, height, seenWidth, seenHeight) => {
    expect(nativeSize(width, height, 28)).toEqual({ width: seenWidth, height: seenHeight });
  });

  test('a strip is refused', () => {
    expect(() => nativeSize(10, 3000, 28)).toThrow('too long');
  });

  test('the grid follows the shape of the picture', () => {
    expect(patchGrid(qwen, 640, 480)).toEqual([34, 46]);
    expect(patchGrid(clip, 640, 480)).toEqual([16, 16]);
  });
});

describe('patches', () => {
  const config: VisionConfig = {
    ...clip,
    patch: 2,
    size: 4,
    preprocessing: { fit: 'stretch', normalisation: 'zero-to-one' },
  };
  const raster = { width: 5, height: 4, data: Uint8Array.from({ length: 60 }, (_, i) => i) };

  test('hold channel, then row, then column, and leave out what makes no whole patch', () => {
    const { dims, data } = patchify(config, [raster]);
    expect(dims).toEqual([1, 4, 12]);
    const second = Array.from(data.subarray(12, 24), (value) => Math.round(value * 255));
    expect(second).toEqual([6, 9, 21, 24, 7, 10, 22, 25, 8, 11, 23, 26]);
  });

  test('show a still picture twice where patches span two frames', () => {
    const once = patchify(config, [raster]);
    const twice = patchify({ ...config, frames: 2 }, [raster]);
    expect(twice.dims).toEqual([1, 4, 24]);
    expect(twice.data.subarray(0, 4)).toEqual(once.data.subarray(0, 4));
    expect(twice.data.subarray(4, 8)).toEqual(once.data.subarray(0, 4));
    expect(twice.data.subarray(8, 12)).toEqual(once.data.subarray(4, 8));
  });

  test('need pictures of one size', () => {
    expect(() => patchify(config, [raster, { ...raster, width: 4 }])).toThrow('differ in size');
  });
});
