import type { Source } from '../definition.ts';

/** The text tower of a contrastive image-text model. Widths in features. */
export interface TextConfig {
  readonly vocabulary: number;
  /** Tokens of a prompt, padded. */
  readonly context: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly activation: 'quick-gelu' | 'gelu-tanh';
  readonly epsilon: number;
  /** Each token sees those before it, and the end-of-text token is read; otherwise all see all and the last is read. */
  readonly causal: boolean;
  readonly start: number | undefined;
  readonly end: number;
  readonly padding: number;
  /** Width of the shared space, and whether the projection to it has a bias. */
  readonly embedding: number;
  readonly projectionBias: boolean;
}

/** A text tower as a node holds it. */
export interface TextTower {
  readonly config: TextConfig;
  /** Cuts its prompts; trained weights bring their own. */
  readonly tokenizer?: TextPreset['tokenizer'];
  /** How similarities become logits, where that was learned with the towers. */
  readonly logits?: { readonly temperature: number; readonly bias: number };
}

export interface TextPreset {
  readonly label: string;
  readonly source: Source;
  readonly config: TextConfig;
  /** Its own vocabulary does not ship: this tokenizer cuts text into about as many pieces. */
  readonly tokenizer: 'gpt2' | 'llama2';
}

const clip = {
  vocabulary: 49408,
  context: 77,
  layers: 12,
  activation: 'quick-gelu',
  epsilon: 1e-5,
  causal: true,
  start: 49406,
  end: 49407,
  padding: 49407,
  projectionBias: false,
} as const satisfies Partial<TextConfig>;

const clipLarge = { ...clip, width: 768, heads: 12, mlpWidth: 3072, embedding: 768 } as const satisfies TextConfig;

/** Named as the encoders they were trained with. */
export const TEXT_PRESETS = {
  'clip-vit-b-32': {
    label: 'CLIP ViT-B/32',
    source: {
      title: 'config.json (`text_config`) of openai/clip-vit-base-patch32',
      url: 'https://huggingface.co/openai/clip-vit-base-patch32/blob/main/config.json',
    },
    config: { ...clip, width: 512, heads: 8, mlpWidth: 2048, embedding: 512 },
    tokenizer: 'gpt2',
  },
  'clip-vit-l-14': {
    label: 'CLIP ViT-L/14',
    source: {
      title: 'config.json (`text_config`) of openai/clip-vit-large-patch14',
      url: 'https://huggingface.co/openai/clip-vit-large-patch14/blob/main/config.json',
    },
    config: clipLarge,
    tokenizer: 'gpt2',
  },
  'clip-vit-l-14-336': {
    label: 'CLIP ViT-L/14, 336 px',
    source: {
      title: 'config.json (`text_config`) of openai/clip-vit-large-patch14-336',
      url: 'https://huggingface.co/openai/clip-vit-large-patch14-336/blob/main/config.json',
    },
    config: clipLarge,
    tokenizer: 'gpt2',
  },
  'siglip-so400m-14-384': {
    label: 'SigLIP SO400M/14, 384 px',
    source: {
      title: 'config.json (`text_config`) of google/siglip-so400m-patch14-384',
      url: 'https://huggingface.co/google/siglip-so400m-patch14-384/blob/main/config.json',
    },
    config: {
      vocabulary: 32000,
      context: 64,
      width: 1152,
      layers: 27,
      heads: 16,
      mlpWidth: 4304,
      activation: 'gelu-tanh',
      epsilon: 1e-6,
      causal: false,
      start: undefined,
      end: 1,
      padding: 1,
      embedding: 1152,
      projectionBias: true,
    },
    tokenizer: 'llama2',
  },
} as const satisfies Readonly<Record<string, TextPreset>>;
