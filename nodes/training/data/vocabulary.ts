import * as digits from './digits/language.ts';
import * as shapes from './shapes/language.ts';
import { COLOUR_NAMES, KINDS, SIZES } from './shapes/shape.ts';
import { SPECIAL_TOKENS } from './tokens.ts';
import { PICTURES } from './wording.ts';

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const DIGITS = [...'0123456789'];
const PUNCTUATION = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'];

/** Words that no wording spells out: articles, answers, and names of things with their plurals. */
const BESIDES = [
  'a',
  'an',
  'and',
  'the',
  'yes',
  'no',
  ...PICTURES,
  ...COLOUR_NAMES,
  ...SIZES,
  ...[...KINDS].flatMap((kind) => [kind, `${kind}s`]),
];

/** Embedding tables are a whole number of vector lanes. */
const MULTIPLE = 64;

/** Every word of both worlds, then letters and digits alone and as continuations, so that every word can be spelled. */
export function vocabulary(): string[] {
  const words = new Set([...BESIDES, ...wordsIn(shapes), ...wordsIn(digits)].filter((word) => word.length > 1));
  const pieces = [...LETTERS, ...DIGITS].flatMap((letter) => [letter, `##${letter}`]);
  const tokens = [...SPECIAL_TOKENS, ...PUNCTUATION, ...pieces, ...[...words].sort()];
  while (tokens.length % MULTIPLE !== 0) tokens.push(`<unused-${tokens.length}>`);
  return tokens;
}

/** Words in all texts of a language, whatever holds them; slots are not words. */
function wordsIn(language: unknown): string[] {
  if (typeof language === 'string') return language.replace(/\{\w+\}s?/g, ' ').match(/[a-z]+/g) ?? [];
  return typeof language === 'object' && language !== null ? Object.values(language).flatMap(wordsIn) : [];
}

/** The tokenizer of the tiny models as the text of a Hugging Face `tokenizer.json`: lower case, WordPiece. */
export function tokenizerText(): string {
  const special = SPECIAL_TOKENS.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary().map((token, id) => [token, id])),
    },
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
