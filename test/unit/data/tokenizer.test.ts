import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { questionsAbout } from '../../../nodes/training/data/text.ts';
import { SPECIAL_TOKENS } from '../../../nodes/training/data/tokens.ts';
import { tokenizerText } from '../../../nodes/training/data/vocabulary.ts';
import { loadWorld } from '../../../nodes/training/data/worlds.ts';

const readText = (path: string | URL): Promise<string> => readFile(path, 'utf8');
const committed = await readText(new URL('../../../nodes/models/tokenizer.json', import.meta.url));
const tokenizer = new Tokenizer(JSON.parse(committed), {});

const encode = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
const decode = (ids: number[]): string => tokenizer.decode(ids, { skip_special_tokens: true });
const tokens = (text: string): (string | undefined)[] => encode(text).map((id) => tokenizer.id_to_token(id));

test('the committed file is made of the worlds’ words (npx tsx nodes/models/write-tokenizer.ts)', () => {
  expect(committed).toBe(tokenizerText('worlds'));
});

test.each(['shapes', 'digits'] as const)(
  '%s: 1,000 items come back word for word, with no unknown token',
  async (name) => {
    const world = await loadWorld(name, readText);
    const random = uniformGenerator(1);
    for (let i = 0; i < 1000; i++) {
      const scene = world.scene(random, 'train');
      const text = world.describe(scene, random);
      const questions = questionsAbout(world, scene, random, 4);
      for (const exact of [world.caption(scene, random), ...questions.flatMap((each) => [each.question, each.answer])])
        expect(decode(encode(exact))).toBe(exact);
      for (const each of [text, ...questions.map(({ question }) => question)]) {
        expect(tokens(each)).not.toContain('[UNK]');
        // Whole words: only numbers and "3s" are spelled.
        const spelled = tokens(each).filter((token) => token?.startsWith('##'));
        expect(spelled.every((token) => /##[\ds]/.test(token ?? ''))).toBe(true);
      }
    }
  },
);

describe('the tokenizer', () => {
  test.each([
    'yes',
    '47',
    '0',
    '120',
    '3 5',
    'red circle',
    'a large red circle, a small blue square and 2 green stars',
  ])('"%s" comes back', (text) => {
    expect(decode(encode(text))).toBe(text);
  });

  test('capitals do not matter', () => {
    expect(encode('Is there a RED Circle?')).toEqual(encode('is there a red circle?'));
  });

  test('words that it does not know are spelled', () => {
    expect(tokens('zebra')).toEqual(['z', '##e', '##b', '##r', '##a']);
    expect(decode(encode('zebra crossing'))).toBe('zebra crossing');
  });

  test('special tokens have their fixed ids, are found in text, and leave no trace in what is read out', () => {
    const names = ['<pad>', '<end>', '<user>', '<assistant>', '[UNK]', '<cls>', '<decode>', '<think>', '</think>'];
    expect(SPECIAL_TOKENS).toEqual(names);
    names.forEach((name, id) => {
      expect(encode(name)).toEqual([id]);
    });
    const [end, user, assistant] = [1, 2, 3];
    const [yes] = encode('yes');
    expect(encode('<user>really?<assistant>yes<end>')).toEqual([user, ...encode('really?'), assistant, yes, end]);
    expect(decode([yes as number, end])).toBe('yes');
  });

  test('the vocabulary fills a multiple of 64', () => {
    const { vocab } = JSON.parse(committed).model as { vocab: Record<string, number> };
    const ids = Object.values(vocab).sort((a, b) => a - b);
    expect(ids.length % 64).toBe(0);
    expect(ids).toEqual(ids.map((_, i) => i));
  });
});

test('a conversation has as many questions as asked for, none twice', async () => {
  const world = await loadWorld('shapes', readText);
  const random = uniformGenerator(2);
  const lengths = Array.from({ length: 200 }, () => {
    const questions = questionsAbout(world, world.scene(random, 'train'), random, 5);
    expect(new Set(questions.map(({ question }) => question)).size).toBe(questions.length);
    return questions.length;
  });
  expect(Math.max(...lengths)).toBe(5);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(2);
});
