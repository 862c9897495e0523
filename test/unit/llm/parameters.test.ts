import { expect, test } from 'vitest';
import { definition } from '../../../nodes/llm/definition.ts';
import { stepGraph } from '../../../nodes/llm/model.ts';
import { LLM_PRESETS } from '../../../nodes/llm/presets.ts';
import { bytesOf } from '../../../nodes/onnx/weights.ts';

type Name = keyof typeof LLM_PRESETS;

/**
 * Published counts: the number of weights that the safetensors of huggingface.co/<source> hold. OPT's page has files of
 * 16 bits only, 5.3 GB; its count is that of its config.json.
 */
const PUBLISHED: Readonly<Record<Name, { readonly count: number; readonly source: string }>> = {
  'vicuna-7b': { count: 6_738_415_616, source: 'lmsys/vicuna-7b-v1.5' },
  'vicuna-13b': { count: 13_015_864_320, source: 'meta-llama/Llama-2-13b-hf, of which Vicuna 13B is a fine-tune' },
  'llama-3.1-8b': { count: 8_030_261_248, source: 'meta-llama/Llama-3.1-8B' },
  'qwen-7b': { count: 7_721_324_544, source: 'Qwen/Qwen-7B' },
  'qwen2-1.5b': { count: 1_543_714_304, source: 'Qwen/Qwen2-1.5B' },
  'qwen2-7b': { count: 7_615_616_512, source: 'Qwen/Qwen2-7B' },
  'opt-2.7b': { count: 2_651_596_800, source: 'facebook/opt-2.7b; OPT (arXiv:2205.01068), table 1: 2.7B' },
  'smollm2-135m': { count: 134_515_008, source: 'HuggingFaceTB/SmolLM2-135M' },
  'smollm2-360m': { count: 361_821_120, source: 'HuggingFaceTB/SmolLM2-360M' },
};

function cost(name: Name, precision: 'fp32' | 'q4' = 'fp32') {
  const params = definition.params.parse({ model: `paper:${name}`, precision });
  const words = { type: 'text', text: 'x'.repeat(400) } as const;
  return definition.cost?.({ params, inputs: { prompt: [words] } }) ?? {};
}

test.each(Object.keys(PUBLISHED) as Name[])('%s has the published number of parameters, within 1 %%', (name) => {
  const { parameters = 0 } = cost(name);
  expect(Math.abs(parameters / PUBLISHED[name].count - 1), PUBLISHED[name].source).toBeLessThan(0.01);
});

test('reading a prompt takes about two operations a parameter and token, the embedding table left out', () => {
  const { flops = 0, parameters = 0, tokens } = cost('vicuna-7b');
  const { vocabulary, width } = LLM_PRESETS['vicuna-7b'].config;
  // The head scores the last token only.
  const weights = parameters - 2 * vocabulary * width;
  expect(flops / (2 * weights * (tokens?.prompt ?? 0))).toBeCloseTo(1, 1);
});

test('4-bit weights are counted as weights and take an eighth of the memory', () => {
  const [full, packed] = [cost('smollm2-360m'), cost('smollm2-360m', 'q4')];
  expect(packed.parameters).toBe(full.parameters);
  expect(packed.peakBytes ?? 0).toBeLessThan((full.peakBytes ?? 0) / 2.5);
});

test('with layers: k the whole model is estimated, and the memory of k layers', () => {
  const parse = (layers: number) => definition.params.parse({ model: 'paper:vicuna-13b', layers });
  const [whole, part] = [0, 4].map((layers) => definition.cost?.({ params: parse(layers), inputs: {} }));
  expect(part?.parameters).toBe(whole?.parameters);
  expect(part?.peakBytes ?? 0).toBeLessThan((whole?.peakBytes ?? 0) / 4);
});

test.each(Object.keys(PUBLISHED) as Name[])('no tensor of %s is larger than ONNX Runtime takes from memory', (name) => {
  const { params } = stepGraph(LLM_PRESETS[name].config, { precision: 'fp32', fused: true });
  expect(Math.max(...params.map(bytesOf))).toBeLessThan(2 ** 31);
});
