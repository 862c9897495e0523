import type { Source } from '../definition.ts';
import type { AdapterConfig } from './adapter.ts';

export interface AdapterPreset {
  readonly label: string;
  readonly source: Source;
  /** Width of the visual features that it was published with. */
  readonly input: number;
  /** A linear layer with bias brings the features to the LLM's width first (Llama 3.2's `multi_modal_projector`). */
  readonly projects: boolean;
  readonly config: AdapterConfig;
}

export const ADAPTER_PRESETS = {
  'llama-3.2-11b-vision': {
    label: 'Llama 3.2 11B Vision: 8 layers',
    source: {
      title: 'config.json of meta-llama/Llama-3.2-11B-Vision; The Llama 3 Herd of Models, section 7.1',
      url: 'https://huggingface.co/meta-llama/Llama-3.2-11B-Vision/blob/main/config.json',
    },
    input: 7680,
    projects: true,
    config: {
      width: 4096,
      // `cross_attention_layers` 3, 8, …, 38 of 40: before layers 3, 7, …, 31 of the text model.
      depths: [3, 7, 11, 15, 19, 23, 27, 31],
      heads: 32,
      keyValueHeads: 8,
      headWidth: 128,
      mlp: { width: 14336, activation: 'swiglu' },
      norm: 'rms',
      queryKeyNorm: true,
      epsilon: 1e-5,
      zeroGates: false,
    },
  },
  'flamingo-9b': {
    label: 'Flamingo-9B: 10 layers, every 4th',
    source: { title: 'Flamingo, section 2.2 and table 5', url: 'https://arxiv.org/abs/2204.14198' },
    input: 1536,
    projects: false,
    config: {
      width: 4096,
      depths: [0, 4, 8, 12, 16, 20, 24, 28, 32, 36],
      heads: 16,
      keyValueHeads: 16,
      headWidth: 128,
      mlp: { width: 16384, activation: 'squared-relu' },
      norm: 'layer',
      queryKeyNorm: false,
      epsilon: 1e-5,
      zeroGates: false,
    },
  },
} as const satisfies Readonly<Record<string, AdapterPreset>>;
