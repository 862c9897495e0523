import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import { createService } from '../../../electron/backend/service.ts';
import type { TrainingEvent } from '../../../electron/backend/training/events.ts';
import { Trainings } from '../../../electron/backend/training/trainings.ts';
import type { ConnectorRecipe } from '../../../nodes/training/recipe.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { saveFamily } from '../../helpers/family.ts';
import { follow } from '../../helpers/follow.ts';

const home = dataFolder();
const engine = new EngineProcess('dist/electron/engine.js');
const trainings = new Trainings();
const client = createRouterClient(createService(engine, { kind: 'browser' }, trainings));
beforeAll(() => saveFamily(home));
afterAll(async () => {
  trainings.close();
  await engine.close();
});

const recipe = (name: string, steps: number, pictures = 64): ConnectorRecipe => ({
  schemaVersion: 1,
  task: 'connector',
  name,
  title: name,
  about: '',
  seed: 1,
  data: { worlds: { shapes: 1 }, kinds: {} },
  connector: {
    kind: 'projector',
    architecture: { design: 'linear', width: 48, classToken: false, input: 32 },
  },
  encoder: 'trained:eye',
  llm: 'trained:mouth',
  unfreeze: false,
  pictures,
  tokens: 48,
  gateRate: 1,
  mentions: 0,
  schedule: {
    steps,
    batch: 4,
    rate: 0.002,
    warmup: 2,
    floor: 0.05,
    decay: 0,
    clip: 1,
    betas: [0.9, 0.99],
    epsilon: 1e-8,
  },
});

const newsOf = (id: string, heard?: (event: TrainingEvent) => unknown) => follow(client.training.events({ id }), heard);

const of = <T extends TrainingEvent['type']>(events: readonly TrainingEvent[], type: T) =>
  events.filter((event): event is Extract<TrainingEvent, { type: T }> => event.type === type);

test('a training streams what it does, keeps it for those who come later, and its model can be held', async () => {
  const { id } = await client.training.start({ recipe: recipe('first', 8) });
  const events = await newsOf(id);
  expect(of(events, 'training-started')).toMatchObject([{ trained: 32 * 48 + 48, steps: 8 }]);
  expect(of(events, 'training-preparing').at(-1)).toMatchObject({ done: 32, of: 32 });
  const last = of(events, 'training-evaluated').at(-1);
  expect(last?.step).toBe(8);
  expect(last?.blind?.n).toBe(last?.accuracy?.n);
  expect(Object.keys(last?.blind?.kinds ?? {})).toEqual(Object.keys(last?.accuracy?.kinds ?? {}));
  expect(events.at(-1)).toEqual({ type: 'training-done', status: 'finished' });
  expect(await newsOf(id)).toEqual(events);
  expect(await client.training.current()).toBeNull();
  expect(await client.models.trained()).toContainEqual({
    reference: 'trained:first',
    title: 'first',
    kinds: ['projector'],
  });
});

test('an estimate counts what trains and times it, whatever the length, and saves nothing', async () => {
  const few = await client.training.estimate({ recipe: recipe('guess', 8, 128) });
  const many = await client.training.estimate({ recipe: recipe('guess', 8, 100_000) });
  expect(few.trained).toBe(32 * 48 + 48);
  expect(few.stepSeconds).toBeGreaterThan(0);
  expect(few.evaluationSeconds).toBeGreaterThan(0);
  expect(many.beforeSeconds).toBeGreaterThan(5 * few.beforeSeconds);
  expect((await client.models.trained()).map(({ reference }) => reference)).not.toContain('trained:guess');
});

test('one trains at a time; a stop saves what there is', async () => {
  const { id } = await client.training.start({ recipe: recipe('long', 100_000) });
  expect(await client.training.current()).toMatchObject({ id, recipe: { name: 'long' } });
  await expect(client.training.start({ recipe: recipe('other', 8) })).rejects.toThrow(/"long" is being trained/);
  await expect(client.training.estimate({ recipe: recipe('other', 8) })).rejects.toThrow(/"long" is being trained/);
  const events = await newsOf(id, (event) => event.type === 'training-step' && client.training.stop({ id }));
  expect(events.at(-1)).toEqual({ type: 'training-done', status: 'stopped' });
  expect(of(events, 'training-saved')).toHaveLength(1);
  expect(of(events, 'training-saved')[0]?.step).toBeLessThan(100_000);
});

test('a stop before the first step ends at once, saves nothing, and is no failure', async () => {
  const { id } = await client.training.start({ recipe: recipe('hasty', 8, 100_000) });
  const events = await newsOf(id, (event) => event.type === 'training-preparing' && client.training.stop({ id }));
  expect(events.at(-1)).toEqual({ type: 'training-done', status: 'stopped' });
  expect(of(events, 'training-saved')).toEqual([]);
});

test('what cannot be trained says why, and what to do', async () => {
  await expect(client.training.start({ recipe: recipe('No Name', 8) })).rejects.toThrow(/This cannot be trained: name/);
  const missing = { ...recipe('missing', 8), llm: 'trained:nobody' };
  await expect(client.training.estimate({ recipe: missing })).rejects.toThrow(/no model "trained:nobody"/);
  const { id } = await client.training.start({ recipe: missing });
  expect((await newsOf(id)).at(-1)).toMatchObject({
    status: 'failed',
    message: expect.stringMatching(/no model "trained:nobody"/),
    hint: expect.stringMatching(/Train it/),
  });
  await expect(client.training.stop({ id: 'gone' })).rejects.toThrow(/is over/);
});
