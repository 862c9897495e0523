import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { type Problem, problem, reckoned, written } from '../../../nodes/training/data/arithmetic/problem.ts';
import { TEST_TEMPLATES, TRAINING_TEMPLATES } from '../../../nodes/training/data/arithmetic/templates.ts';
import { tokenizerText } from '../../../nodes/training/data/vocabulary.ts';
import type { Split } from '../../../nodes/training/data/world.ts';

const file = new URL('../../../nodes/models/arithmetic-tokenizer.json', import.meta.url);
const tokenizer = await loadTokenizer({ path: file.pathname }, (path) => readFile(path, 'utf8'));

const problems = (split: Split, count: number): Problem[] =>
  Array.from({ length: count }, (_, seed) => problem(uniformGenerator(seed), split));

const numbersIn = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);

test('slips: their share of steps is off by one or ten, and what comes after goes on from there', () => {
  const steps = Array.from({ length: 1500 }, (_, seed) => problem(uniformGenerator(seed), 'train', 0.2)).flatMap(
    (one) => {
      expect(one.answer).toBe(one.steps.at(-1)?.split(' ').at(-1));
      const known = new Set(numbersIn(one.question));
      return one.steps.map((step) => {
        const [left = 0, right = 0, result = 0] = numbersIn(step);
        expect([known.has(left), known.has(right)]).toEqual([true, true]);
        known.add(result);
        return result - (reckoned(left, step.split(' ')[1] as '+', right) ?? Number.NaN);
      });
    },
  );
  const off = steps.filter((difference) => difference !== 0);
  expect(new Set(off)).toEqual(new Set([-10, -1, 1, 10]));
  expect(off.length / steps.length).toBeGreaterThan(0.17);
  expect(off.length / steps.length).toBeLessThan(0.23);
});

describe.each(['train', 'validation', 'test'] as const)('problems of %s', (split) => {
  const drawn = problems(split, 1500);

  test('each step is true, uses numbers of the question or of steps before, and the last is the answer', () => {
    for (const { question, steps, answer } of drawn) {
      const known = new Set(numbersIn(question));
      for (const step of steps) {
        const [, x = '', operator = '', y = '', result = ''] = /^(\d+) ([-+*/%]) (\d+) = (\d+)$/.exec(step) ?? [];
        const [left, right] = [Number(x), Number(y)];
        expect([known.has(left), known.has(right), right > 0 || operator !== '/']).toEqual([true, true, true]);
        const quotient = Math.floor(left / right);
        const exact = {
          '+': left + right,
          '-': left - right,
          '*': left * right,
          '/': quotient,
          '%': left - quotient * right,
        };
        expect(Number(result)).toBe(exact[operator as keyof typeof exact]);
        if (operator === '/') expect(quotient * right).toBe(left);
        known.add(Number(result));
      }
      expect(answer).toBe(steps.at(-1)?.split(' ').at(-1));
    }
  });

  test('two to six steps, all of them', () => {
    expect([...new Set(drawn.map(({ steps }) => steps.length))].sort()).toEqual([2, 3, 4, 5, 6]);
  });

  test('come back from the tokenizer with no unknown token, only numbers spelled', () => {
    for (const one of drawn.slice(0, 300)) {
      const ids = tokenizer.encode(one.question);
      expect(tokenizer.decode(ids)).toBe(one.question);
      expect(ids).not.toContain(tokenizer.idOf('[UNK]'));
      const words = one.question.match(/[a-z]+/g) ?? [];
      expect(words.filter((word) => tokenizer.encode(word).length > 1)).toEqual([]);
      const solution = tokenizer.decode(tokenizer.encode(written(one)));
      const [thought = '', said] = solution.split('</think>');
      expect(said?.trim()).toBe(one.answer);
      const lines = thought.replace('<think>', '').split('\n');
      expect(lines.map((line) => line.trim()).filter(Boolean)).toEqual(one.steps);
    }
  });
});

test('the same seed draws the same problem', () => {
  expect(problems('test', 20)).toEqual(problems('test', 20));
});

test('at least forty stories; ten of the test set alone, told in words of the others', () => {
  const texts = TRAINING_TEMPLATES.map(({ text }) => text);
  expect(new Set(texts).size + TEST_TEMPLATES.length).toBeGreaterThanOrEqual(40);
  expect(TEST_TEMPLATES).toHaveLength(10);
  for (const { text } of TEST_TEMPLATES) expect(texts).not.toContain(text);
  const words = (text: string) => text.replace(/\{\w+\}/g, ' ').match(/[a-z]+/g) ?? [];
  const known = new Set(texts.flatMap(words));
  expect(TEST_TEMPLATES.flatMap(({ text }) => words(text)).filter((word) => !known.has(word))).toEqual([]);
});

test('amounts of the test set stand in no question of training', () => {
  const numbers = (split: Split) => new Set(problems(split, 3000).flatMap(({ question }) => numbersIn(question)));
  const seen = new Set([...numbers('train'), ...numbers('validation')]);
  const amounts = [...numbers('test')].filter((n) => n >= 60 && n < 200);
  expect(amounts).toHaveLength(10);
  expect(amounts.filter((n) => seen.has(n))).toEqual([]);
});

test('the committed tokenizer is made of the words of the stories (npx tsx nodes/models/write-tokenizer.ts)', async () => {
  expect(await readFile(file, 'utf8')).toBe(tokenizerText('arithmetic'));
});
