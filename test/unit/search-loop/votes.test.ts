import { expect, test } from 'vitest';
import { answerKey, answerOf } from '../../../nodes/search-loop/answers.ts';
import { bestOfN, weightedBestOfN } from '../../../nodes/search-loop/strategies/best-of-n.ts';
import { latentConsistency } from '../../../nodes/search-loop/strategies/latent-consistency.ts';
import { confidenceWeighted, selfConsistency } from '../../../nodes/search-loop/strategies/self-consistency.ts';
import { softmaxWeights, surelyAhead } from '../../../nodes/search-loop/votes.ts';
import { answers, budget, contextOf, ScriptedBranching, solution, verifier } from './scripted.ts';

const chosenIn = ({ candidates, chosen }: Awaited<ReturnType<typeof selfConsistency>>) =>
  chosen === undefined ? undefined : candidates[chosen];

test('the answer is what stands after the thought; numbers are compared as numbers', () => {
  expect(answerOf('<think> 12 + 7 = 19\n </think> 19')).toBe('19');
  expect(answerOf('no thought here ')).toBe('no thought here');
  expect(answerOf('<think> 12 + 7 = ')).toBe('');
  for (const same of ['19', '19.', '19.0', ' +19 ']) expect(answerKey(same)).toBe('19');
  expect(answerKey('1,250')).toBe('1250');
  expect(answerKey('Two  Red\nballs.')).toBe('two red balls');
  expect(answerKey('1,2')).toBe('1,2');
});

test('a majority wins, and a thought that never ended has no vote', async () => {
  const script = answers(7, '7.0', 3);
  const branching = new ScriptedBranching((text, draw, greedy) =>
    draw % 4 === 3 ? '<think> on and on \n on \n on <end>' : script(text, draw % 4, greedy),
  );
  const result = await selfConsistency(contextOf(branching, { budget: budget(8) }));
  expect(result.votes).toEqual([
    { answer: '7', weight: 4, count: 4 },
    { answer: '3', weight: 2, count: 2 },
  ]);
  expect(result.candidates).toHaveLength(8);
  expect(chosenIn(result)?.answer).toBe('7');
});

test('scores may outvote a majority, and the best of all may lose to a better sum', async () => {
  const scores: Record<string, number> = { '1': 0.1, '2': 0.5, '3': 0.8 };
  const judge = verifier((text) => ({ score: scores[answerOf(text)] ?? 0 }));
  const made = () => new ScriptedBranching(answers(1, 1, 1, 2, 2, 3));
  const context = () => contextOf(made(), { budget: budget(6), verifier: judge });
  expect(chosenIn(await selfConsistency(context()))?.answer).toBe('1');
  expect(chosenIn(await weightedBestOfN(context()))?.answer).toBe('2');
  const bestResult = await bestOfN(context());
  expect(chosenIn(bestResult)).toMatchObject({ answer: '3', score: 0.8 });
  expect(bestResult.spent.verifier).toBe(6);
});

test('confident answers weigh more: exp(c / T) over its sum, with T the spread', async () => {
  const [low = 0, high = 0] = softmaxWeights([-2, -1]);
  // Deviations are -1 and 1 of the spread.
  expect(high / low).toBeCloseTo(Math.exp(2), 10);
  expect(low + high).toBeCloseTo(1, 10);
  expect(softmaxWeights([-1, -1])).toEqual([0.5, 0.5]);

  const unsure = (word: string) => (word === '5' ? -3 : -0.01);
  const branching = new ScriptedBranching(answers(5, 5, 6), undefined, unsure);
  const result = await confidenceWeighted(contextOf(branching, { budget: budget(3) }));
  expect(chosenIn(result)?.answer).toBe('6');
});

test('answers whose reasoning agrees with the others weigh more', async () => {
  const thoughts = [
    'add the apples \n',
    'add the apples twice \n',
    'add all apples \n',
    'guess wildly here \n',
    'zebra \n',
  ];
  const given = [4, 4, 4, 9, 9];
  const branching = new ScriptedBranching((_, draw) => solution(given[draw] ?? 0, thoughts[draw]));
  const result = await latentConsistency(contextOf(branching, { budget: budget(5) }));
  const [first, second] = result.votes;
  expect(first).toMatchObject({ answer: '4', count: 3 });
  expect((first?.weight ?? 0) / 3).toBeGreaterThan((second?.weight ?? 0) / 2);
});

test('how sure a lead is: by the closed forms of Beta', () => {
  expect(surelyAhead(4, 0)).toBeCloseTo(1 - 0.5 ** 5, 6);
  expect(surelyAhead(0, 0)).toBeCloseTo(0.5, 6);
  // 1 - P(Beta(4, 2) < 1/2) = 1 - P(Binomial(5, 1/2) >= 4).
  expect(surelyAhead(3, 1)).toBeCloseTo(1 - 6 / 32, 6);
  expect(surelyAhead(100, 0)).toBeCloseTo(1, 6);
});
