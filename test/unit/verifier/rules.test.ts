import { expect, test } from 'vitest';
import { chanceOfYes, judgePrompt } from '../../../nodes/verifier/asked.ts';
import { answerPattern, arithmetic, exactAnswer, majority } from '../../../nodes/verifier/rules.ts';

const thought = (steps: readonly string[], answer: string) =>
  `<think> ${steps.map((step) => `${step}\n`).join(' ')} </think> ${answer}`;

test.each([
  ['all is right', thought(['12 + 7 = 19', '19 - 4 = 15'], '15'), [1, 1, 1]],
  ['a step is wrong, and all after it stands on it', thought(['12 + 7 = 20', '20 - 4 = 16'], '16'), [0, 0, 0]],
  ['the second step is wrong', thought(['12 + 7 = 19', '19 - 4 = 14'], '14'), [1, 0, 0]],
  ['the answer is not what the last step came to', thought(['12 + 7 = 19'], '18'), [1, 0]],
  ['half a solution', '<think> 12 + 7 = 19\n 19 - 4', [1]],
  ['division and remainder', thought(['39 / 3 = 13', '40 % 7 = 5', '7 / 2 = 3.5'], '3.5'), [1, 1, 1, 1]],
  ['a division that does not come out', thought(['40 / 3 = 13'], '13'), [0, 0]],
  ['an answer with nothing reckoned', thought(['I think so'], '3'), [1, 0]],
])('the arithmetic checker: %s', (_, solution, steps) => {
  expect(arithmetic(solution)).toEqual({ score: steps.at(-1), steps });
});

test('one answer is right, whatever was thought, in whatever case', () => {
  const judge = exactAnswer(' Paris');
  expect(judge('<think> 1 + 1 = 3\n </think> paris ').score).toBe(1);
  expect(judge('Paris').score).toBe(1);
  expect(judge('<think> paris').score, 'a thought that does not end answers nothing').toBe(0);
});

test('an answer fits a pattern, or not; a pattern that is none is told', () => {
  expect(answerPattern('^\\d+$')('<think> 1\n </think> 15').score).toBe(1);
  expect(answerPattern('^\\d+$')('<think> 1\n </think> fifteen').score).toBe(0);
  expect(() => answerPattern('(')).toThrow('no regular expression');
});

test('a majority is told by shares, and who gives no answer has no vote', () => {
  const solutions = [thought([], '4'), thought([], '4'), thought([], '5'), '<think> going on'];
  expect(majority(solutions).map(({ score }) => score)).toEqual([2 / 4, 2 / 4, 1 / 4, 0]);
});

test('what an asked LLM says is read as a chance', () => {
  expect(chanceOfYes('Yes.', [Math.log(0.8), -1])).toBeCloseTo(0.8);
  expect(chanceOfYes(' no', [Math.log(0.7)])).toBeCloseTo(0.3);
  expect(chanceOfYes('It is incorrect', [-3])).toBe(0);
  expect(chanceOfYes('who knows', [-3])).toBe(0.5);
  const question = { type: 'text', text: 'how many {answer}?' } as const;
  expect(judgePrompt('Q {question} A {answer}', question, '$&4')).toBe('Q how many {answer}? A $&4');
});
