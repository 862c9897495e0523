import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosen, fits, suggested, variantsOf } from '../../../electron/backend/models/hub/choice.ts';
import { Rate } from '../../../electron/backend/models/hub/rate.ts';
import { cacheSizeOf } from '../../../nodes/imports/cache-size.ts';
import { SMOL_Q4, smolExport } from '../../helpers/hub-models.ts';

const GB = 1e9;
const files = (sizes: Readonly<Record<string, number>>) =>
  Object.entries(sizes).map(([path, gigabytes]) => ({ path, size: gigabytes * GB }));
const smol = Object.entries(smolExport()).map(([path, { length }]) => ({ path, size: length }));

/** A decoder of 7 B parameters, a token embedding that comes whole or in half precision. */
const LARGE = files({
  'config.json': 0,
  'onnx/decoder_model_merged.onnx': 0.01,
  'onnx/decoder_model_merged.onnx_data': 28,
  'onnx/decoder_model_merged_fp16.onnx': 14,
  'onnx/decoder_model_merged_quantized.onnx': 7,
  'onnx/decoder_model_merged_q4.onnx': 4,
  'onnx/decoder_model_merged_q4f16.onnx': 3.8,
  'onnx/embed_tokens.onnx': 0.5,
  'onnx/embed_tokens_fp16.onnx': 0.25,
});

test('a precision is its networks, their external data and the settings; what others do is left out', () => {
  const variants = variantsOf(smol);
  expect(variants.map(({ variant }) => variant)).toEqual(['fp32', 'fp16', 'q4']);
  const q4 = chosen('maker/smol', variants, 'q4');
  expect([...q4.paths].sort()).toEqual(SMOL_Q4);
  expect(q4.instead).toEqual(['onnx/embed_tokens.onnx']);
  expect(q4.bytes).toBe(smol.filter(({ path }) => SMOL_Q4.includes(path)).reduce((sum, { size }) => sum + size, 0));
  expect(chosen('maker/smol', variants, 'fp32').paths).toContain('onnx/decoder_model_merged.onnx_data_1');
  expect(() => chosen('maker/smol', variants, 'q2')).toThrow('does not come in the precision "q2"');
  expect(() => chosen('maker/torch', variantsOf([{ path: 'model.safetensors', size: 1 }]), 'q4')).toThrow(
    'no ONNX export',
  );
});

test('of towers that come together and apart the ones apart are taken, and an export in the root is one too', () => {
  const towers = variantsOf(files({ 'onnx/model.onnx': 1, 'onnx/text_model.onnx': 1, 'onnx/vision_model.onnx': 1 }));
  expect(towers[0]?.paths).toEqual(['onnx/text_model.onnx', 'onnx/vision_model.onnx']);
  const root = variantsOf(files({ 'model.onnx': 0.1, 'model.onnx.data': 3, 'genai_config.json': 0 }));
  expect(root[0]?.paths).toEqual(['genai_config.json', 'model.onnx', 'model.onnx.data']);
});

test.each([
  [32, ['cpu'], 'q4'],
  [32, ['cuda', 'cpu'], 'q4f16'],
  [128, ['cuda', 'cpu'], 'fp16'],
  [12, ['cpu'], 'q4'],
  [4, ['webgpu', 'cpu'], 'q4f16'],
] as const)('a 7 B model for %d GB with %j: %s', (memory, providers, expected) => {
  expect(suggested(variantsOf(LARGE), { memory: memory * GB, providers }).variant).toBe(expected);
});

test('what is small comes in full precision, and half precision counts double in memory', () => {
  expect(suggested(variantsOf(smol), { memory: 16 * GB, providers: ['cpu'] })).toMatchObject({ variant: 'fp32' });
  const [fp32, fp16] = variantsOf(files({ 'model.onnx': 2, 'model_fp16.onnx': 1 }));
  expect(fp16?.memory).toBe(fp32?.memory);
});

test('what is suggested fits wherever anything does', () => {
  const variants = variantsOf(LARGE);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.subarray(['cuda', 'webgpu']), (gigabytes, gpus) => {
      const machine = { memory: gigabytes * GB, providers: [...gpus, 'cpu'] };
      const found = chosen('large', variants, suggested(variants, machine).variant);
      expect(fits(found, machine)).toBe(variants.some((each) => fits(each, machine)));
    }),
  );
});

/** Of a decoder of 7 B parameters whose heads share nothing (Llama 2). */
const LLAMA2 = {
  ...{ architectures: ['LlamaForCausalLM'], hidden_size: 4096, num_attention_heads: 32, num_hidden_layers: 32 },
  max_position_embeddings: 4096,
};

test('a cache is layers × heads × width × 2 for each token, in halves where activations are', () => {
  const size = cacheSizeOf(LLAMA2);
  expect(size).toEqual({ layers: 32, kvHeads: 32, headDim: 128, tokens: 4096 });
  const all = variantsOf(LARGE, size);
  const cacheOf = (asked: string) => chosen('large', all, asked).cache;
  expect(cacheOf('q4')).toBe(2 * 32 * 32 * 128 * 4096 * 4);
  expect(cacheOf('q4f16')).toBe(cacheOf('q4') / 2);
  // Grouped queries, of the text part of a config for pictures too.
  const text = { ...LLAMA2, architectures: undefined, num_key_value_heads: 8, max_position_embeddings: 131_072 };
  expect(cacheSizeOf({ architectures: ['LlavaForConditionalGeneration'], text_config: text })).toEqual({
    ...size,
    kvHeads: 8,
  });
  expect(cacheSizeOf({ ...LLAMA2, architectures: ['CLIPModel'] })).toBeUndefined();
  expect(cacheSizeOf({ architectures: ['LlamaForCausalLM'] })).toBeUndefined();
});

test('what is suggested leaves room for the cache', () => {
  const machine = { memory: 14 * GB, providers: ['cpu'] };
  expect(suggested(variantsOf(LARGE), machine).variant).toBe('q4');
  // 4.5 GB of weights and 4.3 GB of cache are more than half of that; in halves, 4.3 and 2.1 are not.
  const with4k = variantsOf(LARGE, cacheSizeOf(LLAMA2));
  expect(fits(chosen('large', with4k, 'q4'), machine)).toBe(false);
  expect(suggested(with4k, machine).variant).toBe('q4f16');
  expect(suggested(with4k, { ...machine, memory: 20 * GB }).variant).toBe('q4');
});

test('a rate is that of the last seconds, whatever came before', () => {
  let now = 0;
  const rate = new Rate(() => now);
  expect(rate.perSecond()).toBeUndefined();
  for (; now < 20_000; now += 100) rate.add(100);
  expect(rate.perSecond()).toBeCloseTo(1000, -2);
  for (; now < 40_000; now += 100) rate.add(1000);
  expect(rate.perSecond()).toBeCloseTo(10_000, -3);
});
