import type { Source } from '../definition.ts';
import type { VisionConfig } from './config.ts';

export interface VisionPreset {
  readonly label: string;
  /** Where the configuration stands. */
  readonly source: Source;
  readonly config: VisionConfig;
}

const clip = {
  activation: 'quick-gelu',
  norm: 'layer',
  epsilon: 1e-5,
  classToken: true,
  positions: 'learned',
  patchBias: false,
  frames: 1,
  normBefore: true,
  normAfter: false,
  queryKeyValueBias: true,
  queryKeyNorm: false,
  layerScale: false,
  preprocessing: { fit: 'centre-crop', normalisation: 'clip' },
} as const satisfies Partial<VisionConfig>;

const clipLarge = {
  ...clip,
  patch: 14,
  width: 1024,
  layers: 24,
  heads: 16,
  mlpWidth: 4096,
  pooling: { kind: 'class-token', width: 768 },
} as const satisfies Partial<VisionConfig>;

export const VISION_PRESETS = {
  'clip-vit-b-32': {
    label: 'CLIP ViT-B/32, 224 px',
    source: {
      title: 'CLIP, table 20; config.json of openai/clip-vit-base-patch32',
      url: 'https://huggingface.co/openai/clip-vit-base-patch32/blob/main/config.json',
    },
    config: {
      ...clip,
      patch: 32,
      size: 224,
      width: 768,
      layers: 12,
      heads: 12,
      mlpWidth: 3072,
      pooling: { kind: 'class-token', width: 512 },
    },
  },
  'clip-vit-l-14': {
    label: 'CLIP ViT-L/14, 224 px',
    source: {
      title: 'CLIP, table 20; config.json of openai/clip-vit-large-patch14',
      url: 'https://huggingface.co/openai/clip-vit-large-patch14/blob/main/config.json',
    },
    config: { ...clipLarge, size: 224 },
  },
  'clip-vit-l-14-336': {
    label: 'CLIP ViT-L/14, 336 px',
    source: {
      title: 'config.json of openai/clip-vit-large-patch14-336; padding to a square as LLaVA-1.5 does',
      url: 'https://huggingface.co/openai/clip-vit-large-patch14-336/blob/main/config.json',
    },
    config: { ...clipLarge, size: 336, preprocessing: { fit: 'pad', normalisation: 'clip' } },
  },
  'siglip-so400m-14-384': {
    label: 'SigLIP SO400M/14, 384 px',
    source: {
      title: 'config.json of google/siglip-so400m-patch14-384',
      url: 'https://huggingface.co/google/siglip-so400m-patch14-384/blob/main/config.json',
    },
    config: {
      ...clip,
      patch: 14,
      size: 384,
      width: 1152,
      layers: 27,
      heads: 16,
      mlpWidth: 4304,
      activation: 'gelu-tanh',
      epsilon: 1e-6,
      classToken: false,
      patchBias: true,
      normBefore: false,
      normAfter: true,
      pooling: { kind: 'attention' },
      preprocessing: { fit: 'stretch', normalisation: 'minus-one-to-one' },
    },
  },
  'openclip-bigg-14-448': {
    label: "OpenCLIP ViT-bigG/14, 448 px (Qwen-VL's)",
    source: {
      title: 'config.json (`visual`) and visual.py of Qwen/Qwen-VL',
      url: 'https://huggingface.co/Qwen/Qwen-VL/blob/main/config.json',
    },
    config: {
      ...clip,
      patch: 14,
      size: 448,
      width: 1664,
      layers: 48,
      heads: 16,
      mlpWidth: 8192,
      activation: 'gelu',
      epsilon: 1e-6,
      classToken: false,
      pooling: { kind: 'mean' },
      preprocessing: { fit: 'stretch', normalisation: 'clip' },
    },
  },
  'internvit-6b-448': {
    label: 'InternViT-6B, 448 px',
    source: {
      title: 'Model card and config.json of OpenGVLab/InternViT-6B-448px-V1-5 (the last 3 blocks discarded)',
      url: 'https://huggingface.co/OpenGVLab/InternViT-6B-448px-V1-5',
    },
    config: {
      ...clip,
      patch: 14,
      size: 448,
      width: 3200,
      layers: 45,
      heads: 25,
      mlpWidth: 12800,
      activation: 'gelu',
      norm: 'rms',
      epsilon: 1e-6,
      patchBias: true,
      normBefore: false,
      queryKeyValueBias: false,
      queryKeyNorm: true,
      layerScale: true,
      pooling: { kind: 'mean' },
      preprocessing: { fit: 'stretch', normalisation: 'imagenet' },
    },
  },
  'qwen2-vl-vit': {
    label: 'Qwen2-VL ViT, native resolution',
    source: {
      title: 'Qwen2-VL, table 1; config.json (`vision_config`) of Qwen/Qwen2-VL-7B-Instruct',
      url: 'https://huggingface.co/Qwen/Qwen2-VL-7B-Instruct/blob/main/config.json',
    },
    config: {
      ...clip,
      patch: 14,
      size: 224,
      width: 1280,
      layers: 32,
      heads: 16,
      mlpWidth: 5120,
      epsilon: 1e-6,
      classToken: false,
      positions: 'rotary',
      frames: 2,
      normBefore: false,
      pooling: { kind: 'mean' },
      preprocessing: { fit: 'native', normalisation: 'clip' },
    },
  },
} as const satisfies Readonly<Record<string, VisionPreset>>;
