import { describe, expect, test } from 'vitest';
import { adapterCost } from '../../../nodes/cross-attention-adapter/model.ts';
import { ADAPTER_PRESETS } from '../../../nodes/cross-attention-adapter/presets.ts';
import { projectorCost, projectorGraph } from '../../../nodes/projector/model.ts';
import { PROJECTOR_PRESETS } from '../../../nodes/projector/presets.ts';
import { qFormerCost } from '../../../nodes/q-former/model.ts';
import { Q_FORMER_PRESETS } from '../../../nodes/q-former/presets.ts';
import { encoderCost } from '../../../nodes/vision-encoder/model.ts';
import { VISION_PRESETS } from '../../../nodes/vision-encoder/presets.ts';

const MILLION = 1e6;
const BILLION = 1e9;

function projector(name: keyof typeof PROJECTOR_PRESETS): number {
  const { config, input } = PROJECTOR_PRESETS[name];
  return projectorCost(config, input, 'fp32', { count: 1, patches: 256 }).parameters ?? 0;
}

function adapter(name: keyof typeof ADAPTER_PRESETS): number {
  const preset = ADAPTER_PRESETS[name];
  return adapterCost(preset, preset.input, 'fp32', 64).parameters ?? 0;
}

function within(value: number, published: number, share = 0.01): void {
  expect(Math.abs(value / published - 1)).toBeLessThan(share);
}

describe('connectors at their published sizes', () => {
  // mm_projector.bin of LLaVA-7B holds one 1024 → 4096 matrix and its bias.
  test('llava-linear: 4.2 M', () => within(projector('llava-linear'), 4.2 * MILLION));

  // mm_projector.bin of LLaVA-1.5-7B: 1024 → 4096 → 4096 with biases, 20.98 M.
  test('llava-1.5-mlp: 20.98 M', () => within(projector('llava-1.5-mlp'), 20.98 * MILLION));

  // Qwen2-VL (arXiv:2409.12191), table 1, says 675 M of the vision encoder: that is with the merger of the 7B model.
  test('qwen2-vl-vit with qwen2-vl-merger: 675 M', () => {
    const run = { layers: 0, featureLayer: -1, pooling: false, precision: 'fp32' } as const;
    const encoder = encoderCost(VISION_PRESETS['qwen2-vl-vit'].config, run, { count: 1, patches: 256 });
    within((encoder.parameters ?? 0) + projector('qwen2-vl-merger'), 675 * MILLION);
  });

  // The model family table of InternVL 2.0 (InternVL2-26B: the same encoder and LLM as InternVL 1.5):
  // https://internvl.github.io/blog/2024-07-02-InternVL-2.0/.
  test('internvl-mlp: 116.43 M', () => within(projector('internvl-mlp'), 116.43 * MILLION));

  // Qwen-VL (arXiv:2308.12966), table 1, says 0.08 B of the adapter, one digit: the attention, without the projection after it, which
  // visual.py counts to the encoder.
  test('qwen-vl-resampler: 0.08 B', () => {
    const { config, input } = PROJECTOR_PRESETS['qwen-vl-resampler'];
    const attention = projectorGraph(config, input, { precision: 'fp32', fused: true })
      .params.filter(({ name }) => name.startsWith('resampler.'))
      .reduce((sum, { parameters }) => sum + parameters, 0);
    expect((attention / BILLION).toFixed(2)).toBe('0.08');
    within(projector('qwen-vl-resampler') - attention, 4096 ** 2 + 2 * 4096, 0.0001);
  });

  // Flamingo, table 1. Table 5's sizes give 189 M; with a projection from NFNet-F6's 3,072 channels 193.6 M.
  test('flamingo-perceiver: 194 M', () => within(projector('flamingo-perceiver'), 194 * MILLION));

  // BLIP-2 (arXiv:2301.12597), table 2: 107 M trainable parameters with ViT-g and OPT-2.7B. The 188 M of section 3.1 count the text
  // branch too, which is not used once the Q-Former feeds an LLM.
  test('blip2-qformer: 107 M', () => {
    const { config, input, output } = Q_FORMER_PRESETS['blip2-qformer'];
    within(qFormerCost(config, input, output, 'fp32', { count: 1, tokens: 257 }).parameters ?? 0, 107 * MILLION);
  });
});

describe('adapters at their published sizes', () => {
  // Llama-3.2-11B-Vision has 10,670,220,835 parameters (its safetensors; NVIDIA's specification of it says the same). Without Llama 3.1 8B (8,030,261,248), eight
  // more rows of its embedding table, and the vision encoder of its config.json, what remains is the adapter.
  test('llama-3.2-11b-vision', () => {
    const layer = 4 * 1280 ** 2 + 2 * 1280 * 5120 + 5120 + 1280 + 4 * 1280;
    const layers = 32 * layer + 8 * (layer + 2);
    const positions = 1601 * 1280 + 9 * 4 * 1601 * 1280 + 1 + 2 * (9 * 4 * 1280 + 1);
    const vision = layers + 588 * 1280 + 1280 + positions + 4 * 1280;
    expect(adapter('llama-3.2-11b-vision')).toBe(10_670_220_835 - 8_030_261_248 - 8 * 4096 - vision);
  });

  // Flamingo (arXiv:2204.14198), table 1, gives the gated layers with two digits: 1.6 B is anything from 1.55 to 1.65 B, so
  // 3 % to either side, and cannot tell 1 %. Table 5's sizes (10 layers, 4096 wide, 16 heads of 128, the MLP four times as
  // wide) are exact: with them we are held to the last weight, and what they sum to must round to what table 1 says, also
  // with the resampler (1.8 B trained) and at the sizes of Flamingo-3B (24 layers, 2048 wide: 1.2 B).
  test('flamingo-9b: the sizes of table 5 to the last weight, which round to the 1.6 B of table 1', () => {
    const [width, heads, visual] = [4096, 16 * 128, 1536];
    const layer = 2 * width * heads + 2 * visual * heads + 8 * width ** 2;
    const [normsAndGates, parameters] = [2 * 2 * width + 2, adapter('flamingo-9b')];
    expect(parameters).toBe(10 * (layer + normsAndGates));
    expect((parameters / BILLION).toFixed(1)).toBe('1.6');
    expect(((parameters + projector('flamingo-perceiver')) / BILLION).toFixed(1)).toBe('1.8');
  });

  test('the same layers at the sizes of Flamingo-3B: 1.2 B', () => {
    const { config, ...preset } = ADAPTER_PRESETS['flamingo-9b'];
    const depths = Array.from({ length: 24 }, (_, i) => i);
    const small = { ...config, width: 2048, depths, mlp: { ...config.mlp, width: 4 * 2048 } };
    const { parameters = 0 } = adapterCost({ ...preset, config: small }, preset.input, 'fp32', 64);
    expect((parameters / BILLION).toFixed(1)).toBe('1.2');
  });
});
