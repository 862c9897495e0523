import { describe, expect, test } from 'vitest';
import { textCost } from '../../../nodes/similarity/model.ts';
import { TEXT_PRESETS } from '../../../nodes/similarity/presets.ts';
import { encoderCost } from '../../../nodes/vision-encoder/model.ts';
import { VISION_PRESETS } from '../../../nodes/vision-encoder/presets.ts';

const MILLION = 1e6;
const whole = { layers: 0, featureLayer: -1, pooling: true, precision: 'fp32' } as const;

function within(value: number, published: number, share: number): void {
  expect(Math.abs(value / published - 1)).toBeLessThan(share);
}

// https://github.com/mlfoundations/open_clip/blob/main/docs/model_profile.csv: ViT-B-32, ViT-L-14, ViT-L-14-336 and
// ViT-SO400M-14-SigLIP-384, columns image_mparams and image_gflops; it counts with the projection.
describe('encoders against the OpenCLIP model profile', () => {
  test.each([
    ['clip-vit-b-32', 87.85, 49, 8.82],
    ['clip-vit-l-14', 303.97, 256, 162.03],
    ['clip-vit-l-14-336', 304.29, 576, 381.92],
    ['siglip-so400m-14-384', 428.23, 729, 670.35],
  ] as const)('%s', (name, millions, patches, gigaflops) => {
    const cost = encoderCost(VISION_PRESETS[name].config, whole, { count: 1, patches });
    within(cost.parameters ?? 0, millions * MILLION, 0.0001);
    within(cost.flops ?? 0, gigaflops * 1e9, 0.001);
  });
});

describe('encoders that others adapted', () => {
  test('openclip-bigg-14-448: ViT-bigG-14, 1844.91 M (OpenCLIP model profile); "1.9B" in Qwen-VL, table 1', () => {
    const cost = encoderCost(VISION_PRESETS['openclip-bigg-14-448'].config, whole, { count: 1, patches: 1024 });
    within(cost.parameters ?? 0, 1844.91 * MILLION, 0.01);
  });

  test('internvit-6b-448: 5540 M, 45 of 48 blocks (model card of OpenGVLab/InternViT-6B-448px-V1-5)', () => {
    const cost = encoderCost(VISION_PRESETS['internvit-6b-448'].config, whole, { count: 1, patches: 1024 });
    within(cost.parameters ?? 0, 5540 * MILLION, 0.01);
  });
});

// The same table's text_mparams.
test.each([
  ['clip-vit-b-32', 63.43],
  ['clip-vit-l-14', 123.65],
  ['clip-vit-l-14-336', 123.65],
  ['siglip-so400m-14-384', 449.73],
] as const)('text tower of %s: %f M', (name, millions) => {
  within(textCost(TEXT_PRESETS[name].config, 'fp32', 1).parameters ?? 0, millions * MILLION, 0.001);
});

test('the last layer is not part of an encoder that gives its last but one', () => {
  const { config } = VISION_PRESETS['clip-vit-l-14'];
  const size = { count: 1, patches: 256 };
  const without = encoderCost(config, { ...whole, featureLayer: -2, pooling: false }, size);
  const all = encoderCost(config, { ...whole, pooling: false }, size);
  within((all.flops ?? 0) - (without.flops ?? 0), (all.flops ?? 0) / 24, 0.01);
});

test('equal runs are walked once, and each precision has its own cost', () => {
  const { config } = VISION_PRESETS['clip-vit-b-32'];
  const cost = (precision: 'fp32' | 'fp16') => encoderCost(config, { ...whole, precision }, { count: 1, patches: 49 });
  expect(cost('fp32')).toBe(cost('fp32'));
  expect(cost('fp16').peakBytes).toBeLessThan(0.6 * (cost('fp32').peakBytes ?? 0));
});

test('the largest encoder is estimated in under a second', () => {
  const started = performance.now();
  encoderCost(VISION_PRESETS['internvit-6b-448'].config, whole, { count: 13, patches: 1024 });
  expect(performance.now() - started).toBeLessThan(1000);
});
