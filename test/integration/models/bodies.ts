import { SMALL_TEXT, SMALL_VISION } from '../../helpers/small-models.ts';
import type { CardBody } from '../../helpers/stored.ts';
import { ROTARY } from '../llm/tiny.ts';

/** One small model of each kind that can be stored, and the tokenizer of those that read text. */

export const vision = SMALL_VISION;
export const text = { ...SMALL_TEXT, vocabulary: 64, context: 8, width: 12 } as const;
const over = { encoder: 'trained:encoder', llm: 'trained:llm' };
export const decoder = {
  ...ROTARY,
  vocabulary: 64,
  width: 32,
  heads: 4,
  mlp: { width: 48, activation: 'swiglu' },
} as const;

export const BODIES = {
  encoder: {
    kind: 'vision-encoder',
    architecture: { vision, text, logits: { temperature: 0.5, bias: -1 } },
    tokenizer: 'own',
  },
  linear: { kind: 'projector', architecture: { design: 'linear', width: 32, classToken: false, input: 16 }, ...over },
  shuffle: {
    kind: 'projector',
    architecture: { design: 'pixel-shuffle', width: 32, classToken: false, input: 16 },
    ...over,
  },
  'q-former': {
    kind: 'q-former',
    architecture: {
      queries: 3,
      width: 16,
      layers: 2,
      heads: 2,
      mlpWidth: 32,
      crossEvery: 2,
      epsilon: 1e-12,
      outputWidth: 32,
      input: 16,
    },
    ...over,
  },
  adapter: {
    kind: 'cross-attention-adapter',
    architecture: {
      width: 32,
      depths: [0, 1],
      heads: 4,
      keyValueHeads: 4,
      headWidth: 8,
      mlp: { width: 40, activation: 'swiglu' },
      norm: 'rms',
      queryKeyNorm: false,
      epsilon: 1e-5,
      zeroGates: true,
      projects: true,
      input: 16,
    },
    ...over,
  },
  llm: { kind: 'llm', architecture: decoder, tokenizer: 'own' },
} satisfies Record<string, CardBody>;

/** As the family's: `<user>` and its like are tokens of their own, text is cut into lower-case words. */
export const tokenizerJson = JSON.stringify({
  version: '1.0',
  added_tokens: ['<pad>', '<end>', '<user>', '<assistant>', '[UNK]', '<cls>'].map((content, id) => ({
    id,
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  })),
  normalizer: { type: 'BertNormalizer', lowercase: true, clean_text: true, handle_chinese_chars: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  post_processor: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(
      ['<pad>', '<end>', '<user>', '<assistant>', '[UNK]', '<cls>', 'how', 'many', 'circles', '?', 'red', 'blue']
        .concat(Array.from({ length: 52 }, (_, i) => `w${i}`))
        .map((token, id) => [token, id]),
    ),
  },
});
