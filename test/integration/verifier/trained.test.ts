import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openStored } from '../../../electron/backend/models/stored.ts';
import { lentAlone } from '../../../electron/backend/runtime/alone.ts';
import { type CardOf, JUDGES } from '../../../nodes/models/card.ts';
import { type TrainedJudge, trainedJudge } from '../../../nodes/verifier/trained.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { saveModel } from '../../helpers/stored.ts';
import { livelyWeights } from '../llm/tiny.ts';
import { LLM } from '../training/tiny.ts';

const QUESTION = { type: 'text', text: 'tom has 12 apples and finds 7 more. how many apples does tom have?' } as const;
const WHOLE = '<think> 12 + 7 = 19\n 19 - 4 = 15\n </think> 15';
const SOLUTIONS = [
  WHOLE,
  '<think> 12 + 7 = 19\n',
  '<think> 1 + 1 = 2\n 2 + 2 = 4\n 4 + 4 = 8\n </think> 8',
  '<think> 12',
];

const home = dataFolder();
const signal = new AbortController().signal;

beforeAll(async () => {
  const architecture = { ...LLM, vocabulary: 320 };
  const shared = { architecture, tokenizer: 'arithmetic' };
  await saveModel(join(home, 'trained/solver'), 'solver', { kind: 'llm', ...shared }, livelyWeights(1));
  for (const judges of JUDGES) {
    const implicit = judges === 'implicit' && { beta: 0.05 };
    const body = { kind: 'verifier', judges, ...shared, solver: 'trained:solver', ...implicit } as const;
    await saveModel(join(home, 'trained', judges), judges, body, livelyWeights(2));
  }
});

function judging<T>(judges: string, work: (judge: TrainedJudge) => Promise<T>): Promise<T> {
  return lentAlone(signal, async (context) => {
    const stored = await openStored(`trained:${judges}`);
    return work(await trainedJudge(context, { ...stored, card: stored.card as CardOf<'verifier'> }, 'last'));
  });
}

/** The largest difference between numbers at the same places; endless where one has none. */
function furthest(numbers: readonly number[], others: readonly number[]): number {
  return Math.max(...numbers.map((number, at) => Math.abs(number - (others[at] ?? Number.POSITIVE_INFINITY))));
}

describe.each(JUDGES)('a verifier of the kind %s', (judges) => {
  test('judges many solutions as it would each alone', async () => {
    const { together, alone, run } = await judging(judges, async (judge) => {
      const all = await judge.verify(QUESTION, SOLUTIONS, signal);
      const { run: read } = judge;
      const each = [];
      for (const solution of SOLUTIONS) each.push(...(await judge.verify(QUESTION, [solution], signal)));
      return { together: all, alone: each, run: read };
    });
    expect(run).toBeGreaterThan(SOLUTIONS.length * 15);
    together.forEach((verdict, i) => {
      const numbers = ({ score, steps = [], start = 0 } = verdict) => [score, start, ...steps];
      const expected = numbers(alone[i]);
      expect(furthest(numbers(verdict), expected)).toBeLessThan(1e-5);
    });
    expect(new Set(together.map(({ score }) => score.toFixed(6))).size, 'it tells them apart').toBeGreaterThan(2);
  });

  if (judges !== 'outcome')
    test('says of a step what it said before anything came after it', async () => {
      const begun = ['<think> 12 + 7 = 19\n', '<think> 12 + 7 = 19\n 19 - 4 = 15\n', WHOLE];
      const verdicts = await judging(judges, (judge) => judge.verify(QUESTION, begun, signal));
      const steps = verdicts.map((verdict) => verdict.steps ?? []);
      expect(
        steps.map(({ length }) => length),
        'steps and the answer',
      ).toEqual([1, 2, 3]);
      for (const [i, known] of steps.entries())
        expect(furthest(known, steps[2] ?? []), `after ${i + 1} steps`).toBeLessThan(1e-5);
      expect(steps[2]?.[0], 'and of another step something else').not.toBeCloseTo(steps[2]?.[1] ?? 0, 4);
    });
});

test('the implicit one gives one half where it is the solver itself', async () => {
  const shared = { architecture: { ...LLM, vocabulary: 320 }, tokenizer: 'arithmetic' };
  const body = { kind: 'verifier', judges: 'implicit', ...shared, solver: 'trained:solver', beta: 1 } as const;
  await saveModel(join(home, 'trained/same'), 'same', body, livelyWeights(1));
  const [verdict] = await judging('same', (judge) => judge.verify(QUESTION, [WHOLE], signal));
  expect(verdict?.steps).toHaveLength(3);
  for (const step of verdict?.steps ?? []) expect(step).toBeCloseTo(0.5, 6);
});
