import * as arithmetic from './arithmetic/templates.ts';
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

/** What a tokenizer is for: pictures of both worlds and talk about them, or problems that are solved line by line. */
export type Language = 'worlds' | 'arithmetic';

const WORDS: Readonly<Record<Language, () => readonly string[]>> = {
  worlds: () => [...BESIDES, ...wordsIn(shapes), ...wordsIn(digits)],
  arithmetic: () => [...BESIDES, ...wordsIn(digits), ...wordsIn(arithmetic)],
};

/** A token of its own where text has lines. */
const NEWLINE = '\n';

function addedTokens(language: Language): readonly string[] {
  return language === 'arithmetic' ? [...SPECIAL_TOKENS, NEWLINE] : SPECIAL_TOKENS;
}

/** Tokens that decoded text shows: a thought is told from the answer by them. */
const SHOWN: ReadonlySet<string> = new Set(['<think>', '</think>', NEWLINE]);

/** Every word of a language, then letters and digits alone and as continuations, so that every word can be spelled. */
export function vocabulary(language: Language): string[] {
  const words = new Set(WORDS[language]().filter((word) => word.length > 1));
  const pieces = [...LETTERS, ...DIGITS].flatMap((letter) => [letter, `##${letter}`]);
  const tokens = [...addedTokens(language), ...PUNCTUATION, ...pieces, ...[...words].sort()];
  while (tokens.length % MULTIPLE !== 0) tokens.push(`<unused-${tokens.length}>`);
  return tokens;
}

/** Words in all texts of a language, whatever holds them; slots are not words. */
function wordsIn(language: unknown): string[] {
  if (typeof language === 'string') return language.replace(/\{\w+\}s?/g, ' ').match(/[a-z]+/g) ?? [];
  return typeof language === 'object' && language !== null ? Object.values(language).flatMap(wordsIn) : [];
}

/** The tokenizer of the tiny models as the text of a Hugging Face `tokenizer.json`: lower case, WordPiece. */
export function tokenizerText(language: Language): string {
  const added = addedTokens(language).map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: !SHOWN.has(content),
  }));
  const words = { type: 'WordPiece', prefix: '##', cleanup: true };
  const lines = { type: 'Replace', pattern: { String: ` ${NEWLINE}` }, content: NEWLINE };
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: language === 'arithmetic' ? { type: 'Sequence', decoders: [words, lines] } : words,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary(language).map((token, id) => [token, id])),
    },
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
