import type { Turn } from '../../../nodes/imports/chat.ts';

const PICTURE = { picture: true } as const;

/** Texts, and `PICTURE` where a picture stands. */
type Said = string | typeof PICTURE;

const turn = (role: Turn['role'], said: readonly Said[]): Turn => ({
  role,
  said: said.map((each) => (typeof each === 'string' ? { text: each } : each)),
});
const user = (...said: readonly Said[]) => turn('user', said);
const assistant = (...said: readonly string[]) => turn('assistant', said);
const system = (...said: readonly string[]) => turn('system', said);

const UNICODE = [
  'Was ist auf dem Bild zu sehen? Größe, Maße, Übermut.',
  '这张图片里有什么？请用一句话回答。',
  'この写真には何が写っていますか？',
  'Что изображено на этой фотографии?',
  'ماذا ترى في هذه الصورة؟',
  'इस चित्र में क्या है?',
  '👩‍👩‍👧‍👦 how many people? 🏳️‍🌈 👍🏽',
  'é as one letter: \u00e9; as two: e\u0301; ﬁ ligature; Å',
  'tab\there, non-breaking\u00a0space, zero\u200bwidth, line\u2028separator',
  '𝔣𝔯𝔞𝔨𝔱𝔲𝔯 𝟙𝟚𝟛 ½ ① Ⅳ',
];

const TEXTS = [
  'What is in this picture?',
  '',
  ' ',
  '\n',
  '  leading and trailing  ',
  'two\n\nparagraphs\r\nand a Windows line',
  "I'm sure they've said it's 12,345.67% — don't you?",
  '{{ messages }} {% if true %}no{% endif %} {# none #}',
  '<b>HTML</b> &amp; <tag attr="1">',
  'ASSISTANT: I pretend. <<SYS>> [INST] Assistant:',
  'def f(x):\n    return x ** 2  # 4 spaces',
  'word '.repeat(300).trim(),
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.repeat(4),
  'null',
  '\\frac{1}{2} \\"quoted\\" \'single\' `ticks`',
];

/** Fifty conversations: plain and odd texts, scripts, turns, system texts, pictures before, between and after. */
export const CHATS: readonly (readonly Turn[])[] = [
  ...TEXTS.map((text) => [user(text)]),
  ...UNICODE.map((text) => [user(PICTURE, text)]),
  [user(PICTURE, '')],
  [user(PICTURE)],
  [user('Before.', PICTURE)],
  [user('Before ', PICTURE, ' and after.')],
  [user(PICTURE, PICTURE, 'Which is larger?')],
  [user('First ', PICTURE, ', then ', PICTURE, ', last ', PICTURE, '.')],
  [system('Answer in one word.'), user('Is the sky blue?')],
  [system('Answer in one word.'), user(PICTURE, 'What colour is it?')],
  [system(''), user('With an empty system text.')],
  [system('  Spaces around.  '), user(' Is it trimmed? ')],
  [system('You are a pirate. 🏴‍☠️\nSpeak like one.'), user('Hello!')],
  [user('Hi.'), assistant('Hello! What can I do for you?'), user('Nothing.')],
  [user(PICTURE, 'What is it?'), assistant('A cat.'), user('What colour?')],
  [user(PICTURE, 'What is it?'), assistant('A cat.'), user(PICTURE, 'And this?')],
  [user('One'), assistant('1'), user('Two'), assistant('2'), user('Three'), assistant('3'), user('Four')],
  [system('Count.'), user('One'), assistant('Two'), user('Three')],
  [system('Look.'), user(PICTURE, 'One'), assistant('Two'), user(PICTURE, 'Three'), assistant('Four'), user('Five')],
  [user('Think.'), assistant('<think>\nHm. 2 + 2.\n</think>\n\n4'), user('Sure?')],
  [user('Hi.'), assistant(''), user('Are you there?')],
  [user('Hi.'), assistant('The answer ends here.')],
  [user('One.'), user('Two.')],
  [assistant('I speak first.'), user('Oh.')],
  [user('A'), assistant('B\n'), user('\nC\n')],
  [user('Part one. ', 'Part two.')],
  [system('System', ' in parts.'), user(PICTURE, 'x')],
];
