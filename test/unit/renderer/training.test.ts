import { expect, test } from 'vitest';
import type { TrainingEvent } from '../../../electron/backend/training/events.ts';
import type { ConnectorRecipe } from '../../../nodes/training/recipe.ts';
import { begun, heard, progressWords } from '../../../renderer/training/store.ts';

const recipe = { name: 'mine', schedule: { steps: 600 } } as ConnectorRecipe;
const step = (at: number): TrainingEvent => ({
  type: 'training-step',
  step: at,
  loss: 1 / at,
  norm: 1,
  figures: {},
  rate: 0.001,
  stepsPerSecond: 4,
  waited: 0,
  secondsLeft: 100,
});
const evaluated: TrainingEvent = { type: 'training-evaluated', step: 30, loss: 0.5, figures: {} };

test('what a training says adds up to its curves, in order', () => {
  const said: TrainingEvent[] = [step(10), step(20), evaluated, step(40)];
  const { steps, evaluations } = said.reduce(heard, begun('1', recipe));
  expect(steps.map(({ step }) => step)).toEqual([10, 20, 40]);
  expect(evaluations).toEqual([evaluated]);
});

test('the status bar says how far it is, from the first picture to the end', () => {
  let training = begun('1', recipe);
  const words: string[] = [progressWords(training)];
  const say = (event: TrainingEvent) => {
    training = heard(training, event);
    words.push(progressWords(training));
  };
  say({ type: 'training-preparing', label: 'Looking at pictures', done: 1500, of: 6000 });
  say({ type: 'training-started', trained: 9, steps: 600, from: 0 });
  say(step(60));
  training = { ...training, stopping: true };
  words.push(progressWords(training));
  say({ type: 'training-done', status: 'stopped' });
  expect(words).toEqual([
    'starting…',
    'looking at pictures, 25 %',
    'starting…',
    'step 60 of 600',
    'stopping…',
    'stopped',
  ]);
});
