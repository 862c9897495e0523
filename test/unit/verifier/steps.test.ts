import { expect, test } from 'vitest';
import { parseRollouts, stepLabel } from '../../../nodes/training/rollouts.ts';
import { Steps } from '../../../nodes/verifier/rollouts/steps.ts';
import { answerIn, isWhole } from '../../../nodes/verifier/solution.ts';

/** Texts of a made-up language: a 9 ends a step, and the text is right where it ends in 1. */
const NEWLINE = 9;
const judge = (ids: readonly number[]) => ids.at(-1) === 1;
const PROMPT = [2, 3];
const options = { completions: 4, maxTokens: 10, newline: NEWLINE, seed: 5 };

const A = [4, NEWLINE, 5, NEWLINE, 1];
const A_AGAIN = [...A];
const B = [4, NEWLINE, 6, NEWLINE, 0];
const C = [7, NEWLINE, 0];

test('a step is wanted as often as solutions do not go through it', () => {
  const wanted = new Steps(PROMPT, [A, A_AGAIN, B, C], judge, options).wanted();
  // Of four solutions, three go through "4", two on through "4 5", one each through "4 6" and "7".
  const counts = wanted.map(({ prefix, beginning }) => [prefix.join(' '), beginning.seeds.length]);
  expect(Object.fromEntries(counts)).toEqual({ '4 9': 1, '4 9 5 9': 2, '4 9 6 9': 3, '7 9': 3 });
  const [first] = wanted;
  expect(first?.beginning).toMatchObject({ ids: [...PROMPT, 4, NEWLINE], room: 8 });
  const seeds = wanted.flatMap(({ beginning }) => beginning.seeds);
  expect(new Set(seeds).size, 'no seed twice').toBe(seeds.length);
});

test('shares are those that a hand count gives', () => {
  const steps = new Steps(PROMPT, [A, A_AGAIN, B, C], judge, options);
  steps.note([4, NEWLINE], [8, 0]);
  steps.note([4, NEWLINE, 5, NEWLINE], [0]);
  steps.note([4, NEWLINE, 5, NEWLINE], [1]);
  for (const ids of [[0], [0], [0]]) steps.note([7, NEWLINE], ids);
  for (const ids of [[0], [1], [0]]) steps.note([4, NEWLINE, 6, NEWLINE], ids);
  // "4": A twice right, B wrong, one more wrong. "4 5": A twice, then wrong and right. "4 6": B, and one of three.
  expect(steps.of(A)).toEqual({ right: true, stepEnds: [2, 4], shares: [2 / 4, 3 / 4] });
  expect(steps.of(B)).toEqual({ right: false, stepEnds: [2, 4], shares: [2 / 4, 1 / 4] });
  expect(steps.of(C)).toEqual({ right: false, stepEnds: [2], shares: [0] });
  expect([2 / 4, 3 / 4, 1 / 4, 0].map(stepLabel)).toEqual([0, 1, 0, -1]);
});

test('without completions steps have no shares', () => {
  const steps = new Steps(PROMPT, [A, C], judge, { ...options, completions: 0 });
  expect(steps.wanted()).toEqual([]);
  expect(steps.of(A)).toEqual({ right: true, stepEnds: [2, 4], shares: [] });
});

test('the answer is what stands after the thought', () => {
  expect(answerIn('<think> 1 + 1 = 2\n </think> 2')).toBe('2');
  expect(answerIn('<think> 1 + 1 = 2\n')).toBe('');
  expect(isWhole('<think> 1 + 1 = 2\n </think>')).toBe(false);
});

test('a file of rollouts that is damaged names the line', () => {
  const head = {
    ...{ format: 'patchbay rollouts 1', model: 'trained:r', digest: 'd', split: 'train' },
    ...{ n: 1, samples: 1, completions: 0, temperature: 1, seed: 1 },
  };
  expect(() => parseRollouts(`${JSON.stringify(head)}\n{"question":"?"}\n`)).toThrow('line 2');
  expect(() => parseRollouts('{}\n')).toThrow('line 1');
});
