/**
 * The ways in which pictures are joined to a language model, each with an example at its published size and a tiny one over
 * the same frozen encoder and LLM as all others.
 */
export interface FusionMethod {
  readonly method: string;
  /** Its line in the table of “Transformer Notes (VIII): Frontier Applications”, section 1.4; others are not in that table. */
  readonly article?: {
    readonly model: string;
    readonly extraParameters: string;
    readonly visualTokens: string;
    readonly characteristics: string;
  };
  /** The example at its published size, and the model that it follows. */
  readonly paper: string;
  readonly model: string;
  readonly tiny: string;
}

export const FUSION_METHODS: readonly FusionMethod[] = [
  {
    method: 'Linear projection',
    article: {
      model: 'LLaVA',
      extraParameters: '~2M',
      visualTokens: '576',
      characteristics: 'Simple and efficient',
    },
    paper: 'llava',
    model: 'LLaVA',
    tiny: 'llava-tiny',
  },
  {
    method: 'MLP projection',
    article: {
      model: 'LLaVA-1.5',
      extraParameters: '~20M',
      visualTokens: '576',
      characteristics: 'More expressive',
    },
    paper: 'llava-1.5',
    model: 'LLaVA-1.5',
    tiny: 'mlp-tiny',
  },
  { method: 'Pixel shuffle and MLP', paper: 'internvl', model: 'InternVL', tiny: 'internvl-tiny' },
  { method: 'Patch merger', paper: 'qwen2-vl', model: 'Qwen2-VL', tiny: 'qwen2-vl-tiny' },
  { method: 'Resampler', paper: 'qwen-vl', model: 'Qwen-VL', tiny: 'qwen-vl-tiny' },
  {
    method: 'Q-Former',
    article: {
      model: 'BLIP-2',
      extraParameters: '~107M',
      visualTokens: '32',
      characteristics: 'Compresses visual information',
    },
    paper: 'blip-2',
    model: 'BLIP-2',
    tiny: 'blip-2-tiny',
  },
  {
    method: 'Cross-attention',
    article: {
      model: 'LLaMA 3.2',
      extraParameters: '~1B',
      visualTokens: 'Variable',
      characteristics: 'Deep fusion',
    },
    paper: 'llama-3.2-vision',
    model: 'Llama 3.2 Vision',
    tiny: 'llama-3.2-vision-tiny',
  },
];
