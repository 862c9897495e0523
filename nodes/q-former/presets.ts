import type { Source } from '../definition.ts';

/** A querying transformer. Widths in features. */
export interface QFormerConfig {
  readonly queries: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpWidth: number;
  /** Layers 0, k, 2k, … have cross-attention. */
  readonly crossEvery: number;
  readonly epsilon: number;
}

export interface QFormerPreset {
  readonly label: string;
  readonly source: Source;
  /** Widths of the encoder and of the LLM it was published with. */
  readonly input: number;
  readonly output: number;
  readonly config: QFormerConfig;
}

export const Q_FORMER_PRESETS = {
  'blip2-qformer': {
    label: 'BLIP-2: 32 queries, BERT-base',
    source: {
      title: 'BLIP-2, section 3.1; config.json of Salesforce/blip2-opt-2.7b',
      url: 'https://huggingface.co/Salesforce/blip2-opt-2.7b/blob/main/config.json',
    },
    input: 1408,
    output: 2560,
    config: { queries: 32, width: 768, layers: 12, heads: 12, mlpWidth: 3072, crossEvery: 2, epsilon: 1e-12 },
  },
} as const satisfies Readonly<Record<string, QFormerPreset>>;
