import type { DecoderConfig, LlmPreset } from './config.ts';

const config = (repository: string) => ({
  title: `config.json of ${repository}`,
  url: `https://huggingface.co/${repository}/blob/main/config.json`,
});

const llama = {
  norm: 'rms',
  bias: 'none',
  tied: false,
} as const satisfies Partial<DecoderConfig>;

const llama2 = { ...llama, vocabulary: 32000, epsilon: 1e-5, positions: { kind: 'rotary', theta: 10000 } } as const;

const qwen2 = {
  norm: 'rms',
  epsilon: 1e-6,
  bias: 'query-key-value',
  positions: { kind: 'multimodal', theta: 1e6, sections: [16, 24, 24] },
} as const satisfies Partial<DecoderConfig>;

const smollm2 = {
  ...llama,
  vocabulary: 49152,
  epsilon: 1e-5,
  positions: { kind: 'rotary', theta: 100000 },
  tied: true,
} as const satisfies Partial<DecoderConfig>;

export const LLM_PRESETS = {
  'vicuna-7b': {
    label: 'Vicuna 7B v1.5',
    source: config('lmsys/vicuna-7b-v1.5'),
    tokenizer: 'llama2',
    chat: 'vicuna',
    config: {
      ...llama2,
      width: 4096,
      layers: 32,
      heads: 32,
      kvHeads: 32,
      mlp: { width: 11008, activation: 'swiglu' },
    },
  },
  'vicuna-13b': {
    label: 'Vicuna 13B v1.5',
    source: config('lmsys/vicuna-13b-v1.5'),
    tokenizer: 'llama2',
    chat: 'vicuna',
    config: {
      ...llama2,
      width: 5120,
      layers: 40,
      heads: 40,
      kvHeads: 40,
      mlp: { width: 13824, activation: 'swiglu' },
    },
  },
  'llama-3.1-8b': {
    label: 'Llama 3.1 8B',
    source: config('meta-llama/Llama-3.1-8B-Instruct'),
    tokenizer: 'llama3_1',
    chat: 'llama-3',
    config: {
      ...llama,
      vocabulary: 128256,
      width: 4096,
      layers: 32,
      heads: 32,
      kvHeads: 8,
      mlp: { width: 14336, activation: 'swiglu' },
      epsilon: 1e-5,
      positions: {
        kind: 'rotary',
        theta: 500000,
        stretch: { factor: 8, lowFrequency: 1, highFrequency: 4, context: 8192 },
      },
    },
  },
  'qwen-7b': {
    label: 'Qwen 7B',
    source: config('Qwen/Qwen-7B'),
    tokenizer: 'qwen2_5',
    chat: 'chatml',
    config: {
      vocabulary: 151936,
      width: 4096,
      layers: 32,
      heads: 32,
      kvHeads: 32,
      // `intermediate_size` 22016 counts gate and up together.
      mlp: { width: 11008, activation: 'swiglu' },
      norm: 'rms',
      epsilon: 1e-6,
      bias: 'query-key-value',
      positions: { kind: 'rotary', theta: 10000 },
      tied: false,
    },
  },
  'qwen2-1.5b': {
    label: 'Qwen2 1.5B, as in Qwen2-VL 2B',
    source: config('Qwen/Qwen2-VL-2B-Instruct'),
    tokenizer: 'qwen2_5',
    chat: 'chatml',
    config: {
      ...qwen2,
      vocabulary: 151936,
      width: 1536,
      layers: 28,
      heads: 12,
      kvHeads: 2,
      mlp: { width: 8960, activation: 'swiglu' },
      tied: true,
    },
  },
  'qwen2-7b': {
    label: 'Qwen2 7B, as in Qwen2-VL 7B',
    source: config('Qwen/Qwen2-VL-7B-Instruct'),
    tokenizer: 'qwen2_5',
    chat: 'chatml',
    config: {
      ...qwen2,
      vocabulary: 152064,
      width: 3584,
      layers: 28,
      heads: 28,
      kvHeads: 4,
      mlp: { width: 18944, activation: 'swiglu' },
      tied: false,
    },
  },
  'opt-2.7b': {
    label: 'OPT 2.7B',
    source: config('facebook/opt-2.7b'),
    tokenizer: 'gpt2',
    chat: 'plain',
    config: {
      vocabulary: 50272,
      width: 2560,
      layers: 32,
      heads: 32,
      kvHeads: 32,
      mlp: { width: 10240, activation: 'relu' },
      norm: 'layer',
      epsilon: 1e-5,
      bias: 'all',
      positions: { kind: 'learned', count: 2050, offset: 2 },
      tied: true,
    },
  },
  'smollm2-135m': {
    label: 'SmolLM2 135M',
    source: config('HuggingFaceTB/SmolLM2-135M'),
    tokenizer: 'gpt2',
    chat: 'plain',
    config: {
      ...smollm2,
      width: 576,
      layers: 30,
      heads: 9,
      kvHeads: 3,
      mlp: { width: 1536, activation: 'swiglu' },
    },
  },
  'smollm2-360m': {
    label: 'SmolLM2 360M',
    source: config('HuggingFaceTB/SmolLM2-360M'),
    tokenizer: 'gpt2',
    chat: 'plain',
    config: {
      ...smollm2,
      width: 960,
      layers: 32,
      heads: 15,
      kvHeads: 5,
      mlp: { width: 2560, activation: 'swiglu' },
    },
  },
} as const satisfies Readonly<Record<string, LlmPreset>>;
