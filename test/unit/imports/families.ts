import type { PackagedTokenizer } from './tokenizers.ts';

const ROWS = [1, 2, 3, 4, 5, 6];
const TILES = ROWS.flatMap((row) => ROWS.map((col) => `<row_${row}_col_${col}>`));
const IDEFICS = ['<fake_token_around_image>', '<image>', '<end_of_utterance>', '<global-img>', ...TILES];

/** A family's files, beside those in test/fixtures/imports. */
export interface FamilyFixture {
  /** `model_type` of its config.json. */
  readonly type: string;
  readonly tokenizer: PackagedTokenizer;
  /** Tokens that it adds to that vocabulary. */
  readonly added: readonly string[];
  readonly config?: object;
  /** Its image token, where it sees pictures. */
  readonly image?: string;
  /** Parts of the files that keep the pictures small: what is tested is how many places they get. */
  readonly preprocessor?: object;
  /** Chats that its template refuses, by their places in the list: roles that do not take turns, a system text. */
  readonly refuses?: readonly number[];
}

/** By the names of their folders there; a model without a template there has its package's. */
export const FAMILIES: Readonly<Record<string, FamilyFixture>> = {
  smolvlm: {
    type: 'idefics3',
    tokenizer: 'gpt2',
    added: ['<|im_start|>', '<|im_end|>', ...IDEFICS],
    config: { bos_token: '<|im_start|>', eos_token: '<end_of_utterance>' },
    image: '<image>',
    preprocessor: { size: { longest_edge: 128 }, max_image_size: { longest_edge: 32 } },
  },
  idefics3: {
    type: 'idefics3',
    tokenizer: 'llama3_1',
    added: IDEFICS,
    config: { bos_token: '<|begin_of_text|>', eos_token: '<end_of_utterance>' },
    image: '<image>',
    preprocessor: { size: { longest_edge: 91 }, max_image_size: { longest_edge: 28 } },
  },
  llava: {
    type: 'llava',
    tokenizer: 'llama2',
    added: ['<image>', '<pad>'],
    config: { bos_token: '<s>', eos_token: '</s>', tokenizer_class: 'LlamaTokenizer' },
    image: '<image>',
  },
  'llava-onevision': {
    type: 'llava_onevision',
    tokenizer: 'qwen2_5',
    added: ['<image>'],
    config: { eos_token: '<|im_end|>' },
    image: '<image>',
  },
  'qwen2-vl': {
    type: 'qwen2_vl',
    tokenizer: 'qwen2_5',
    added: [],
    config: { eos_token: '<|im_end|>' },
    image: '<|image_pad|>',
  },
  smollm2: {
    type: 'llama',
    tokenizer: 'gpt2',
    added: ['<|im_start|>', '<|im_end|>'],
    config: { eos_token: '<|im_end|>' },
  },
  'r1-distill-qwen': {
    type: 'qwen2',
    tokenizer: 'qwen2_5',
    added: ['<｜begin▁of▁sentence｜>', '<｜end▁of▁sentence｜>', '<｜User｜>', '<｜Assistant｜>', '<think>', '</think>'],
    config: {
      bos_token: { __type: 'AddedToken', content: '<｜begin▁of▁sentence｜>' },
      eos_token: '<｜end▁of▁sentence｜>',
    },
  },
  'qwen2.5': { type: 'qwen2', tokenizer: 'qwen2_5', added: [], config: { eos_token: '<|im_end|>' } },
  'llama3.1': {
    type: 'llama',
    tokenizer: 'llama3_1',
    added: [],
    config: { bos_token: '<|begin_of_text|>', eos_token: '<|eot_id|>' },
  },
  llama2: {
    type: 'llama',
    tokenizer: 'llama2',
    added: [],
    config: { bos_token: '<s>', eos_token: '</s>' },
    refuses: [45, 46],
  },
  gemma: {
    type: 'gemma',
    tokenizer: 'llama2',
    added: ['<bos>', '<start_of_turn>', '<end_of_turn>'],
    config: { bos_token: '<bos>', eos_token: '<end_of_turn>' },
    refuses: [31, 32, 33, 34, 35, 40, 41, 45, 46, 49],
  },
  janus: {
    type: 'multi_modality',
    tokenizer: 'llama3_1',
    added: ['<image_placeholder>', '<begin_of_image>', '<end_of_image>', '<|User|>', '<|Assistant|>'],
    config: { bos_token: '<|begin_of_text|>', eos_token: '<|end_of_text|>' },
    image: '<image_placeholder>',
  },
};
