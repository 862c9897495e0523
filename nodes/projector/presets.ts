import type { Source } from '../definition.ts';
import type { ProjectorConfig } from './config.ts';

export interface ProjectorPreset {
  readonly label: string;
  readonly source: Source;
  readonly config: ProjectorConfig;
  /** Width of the encoder that it was published with. */
  readonly input: number;
}

export const PROJECTOR_PRESETS = {
  'llava-linear': {
    label: 'LLaVA: linear, to 4096',
    source: { title: 'LLaVA, equation 1', url: 'https://arxiv.org/abs/2304.08485' },
    input: 1024,
    config: { design: 'linear', width: 4096 },
  },
  'llava-1.5-mlp': {
    label: 'LLaVA-1.5: two-layer MLP, to 4096',
    source: { title: 'LLaVA-1.5, section 3.2', url: 'https://arxiv.org/abs/2310.03744' },
    input: 1024,
    config: { design: 'mlp', depth: 2, activation: 'gelu', width: 4096 },
  },
  'qwen-vl-resampler': {
    label: 'Qwen-VL: resampler, 256 queries',
    source: {
      title: 'Qwen-VL, section 2.1; visual.py (`Resampler`)',
      url: 'https://huggingface.co/Qwen/Qwen-VL/blob/main/visual.py',
    },
    input: 1664,
    config: { design: 'resampler', width: 4096, queries: 256, heads: 32 },
  },
  'qwen2-vl-merger': {
    label: 'Qwen2-VL: 2 × 2 merger, to 3584',
    source: {
      title: 'Qwen2-VL, section 2.1; config.json of Qwen/Qwen2-VL-7B-Instruct',
      url: 'https://huggingface.co/Qwen/Qwen2-VL-7B-Instruct/blob/main/config.json',
    },
    input: 1280,
    config: { design: 'patch-merger', width: 3584 },
  },
  'internvl-mlp': {
    label: 'InternVL: pixel shuffle and MLP, to 6144',
    source: {
      title: 'InternVL 1.5, section 3.1; the model family table of InternVL 2.0',
      url: 'https://internvl.github.io/blog/2024-07-02-InternVL-2.0/',
    },
    input: 3200,
    config: { design: 'pixel-shuffle', width: 6144 },
  },
  'flamingo-perceiver': {
    label: 'Flamingo: perceiver, 64 latents',
    source: { title: 'Flamingo, appendix A.1.1 and table 5', url: 'https://arxiv.org/abs/2204.14198' },
    // NFNet-F6's final feature maps have 3,072 channels.
    input: 3072,
    config: { design: 'perceiver', width: 1536, queries: 64, heads: 16, headWidth: 128, depth: 6 },
  },
} as const satisfies Readonly<Record<string, ProjectorPreset>>;
