import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../nodes/values.ts';
import type { VisionConfig } from '../../../nodes/vision-encoder/config.ts';
import { encoderGraph } from '../../../nodes/vision-encoder/model.ts';
import { VISION_PRESETS } from '../../../nodes/vision-encoder/presets.ts';
import { lively } from '../../helpers/lively.ts';
import { difference, floats, int64s, runGraph } from '../../helpers/onnx.ts';

/** A preset's design at a size that runs in milliseconds: 4 × 4 patches, three layers. */
function small(name: keyof typeof VISION_PRESETS, heads = 2): VisionConfig {
  const { config } = VISION_PRESETS[name];
  const pooling = config.pooling.kind === 'class-token' ? { kind: 'class-token' as const, width: 6 } : config.pooling;
  return { ...config, patch: 2, size: 8, width: 16, layers: 3, heads, mlpWidth: 24, pooling };
}

function feeds(config: VisionConfig, n = 2): Record<string, Tensor> {
  const patches = floats([n, 16, 12 * config.frames]);
  if (config.positions !== 'rotary') return { patches };
  const places = (place: (i: number) => number) =>
    int64s(
      [n, 16],
      Array.from({ length: n * 16 }, (_, i) => place(i % 16)),
    );
  return { patches, rows: places((i) => Math.floor(i / 4)), columns: places((i) => i % 4) };
}

const all = { layers: 0, featureLayer: -1, pooling: true } as const;

describe.each(Object.keys(VISION_PRESETS) as (keyof typeof VISION_PRESETS)[])('%s', (name) => {
  const config = small(name);

  test('fused and plain operators give the same features and pooled embedding', async () => {
    const [fused, plain] = await Promise.all(
      [true, false].map((fused) =>
        runGraph(encoderGraph(config, all, { precision: 'fp32', fused }), feeds(config), { weights: lively }),
      ),
    );
    expect(fused?.features?.dims).toEqual([2, config.classToken ? 17 : 16, 16]);
    expect(difference(fused?.features, plain?.features)).toBeLessThan(1e-4);
    expect(difference(fused?.pooled, plain?.pooled)).toBeLessThan(1e-4);
  });
});

test('feature layer -2 is what the last layer starts from', async () => {
  const config = small('clip-vit-l-14');
  const options = { precision: 'fp32', fused: true } as const;
  const [early, cut] = await Promise.all([
    runGraph(encoderGraph(config, { ...all, featureLayer: -2 }, options), feeds(config)),
    runGraph(encoderGraph({ ...config, layers: 2 }, { ...all, pooling: false }, options), feeds(config)),
  ]);
  expect(difference(early.features, cut.features)).toBe(0);
});

test('each picture of a batch is seen by itself', async () => {
  const config = small('clip-vit-l-14');
  const graph = () => encoderGraph(config, all, { precision: 'fp32', fused: true });
  const batch = feeds(config, 2).patches;
  if (!batch) throw new Error('no patches');
  const second = { ...batch, dims: [1, 16, 12], data: batch.data.slice(16 * 12) };
  const [both, alone] = [await runGraph(graph(), { patches: batch }), await runGraph(graph(), { patches: second })];
  const pooled = both.pooled;
  if (!pooled) throw new Error('no pooled embedding');
  expect(difference({ ...pooled, dims: [1, 6], data: pooled.data.slice(6) }, alone.pooled)).toBeLessThan(1e-6);
});

test('with rotary positions, moving all patches by the same step changes nothing', async () => {
  const config = small('qwen2-vl-vit');
  const graph = () => encoderGraph(config, all, { precision: 'fp32', fused: true });
  const here = feeds(config);
  const moved = Object.fromEntries(
    Object.entries(here).map(([name, tensor]) => [
      name,
      name === 'patches'
        ? tensor
        : int64s(
            tensor.dims,
            Array.from(tensor.data, Number).map((place) => place + 5),
          ),
    ]),
  );
  const swapped = { ...here, rows: here.columns as Tensor, columns: here.rows as Tensor };
  const [a, b, c] = await Promise.all([here, moved, swapped].map((input) => runGraph(graph(), input)));
  expect(difference(a?.features, b?.features)).toBeLessThan(1e-5);
  expect(difference(a?.features, c?.features)).toBeGreaterThan(1e-7);
});

test.each(['fp16', 'q4'] as const)('%s runs and stays near single precision in kind', async (precision) => {
  const config = { ...small('clip-vit-l-14'), width: 32, mlpWidth: 64 };
  const { features } = await runGraph(encoderGraph(config, all, { precision, fused: true }), feeds(config));
  expect(features?.dtype).toBe('float32');
  expect(Array.from(features?.data ?? [], Number).every(Number.isFinite)).toBe(true);
});
