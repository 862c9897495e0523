import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../../electron/backend/training/checkpoint.ts';
import type { TrainingEvent } from '../../../electron/backend/training/events.ts';
import type { TrainingProcess } from '../../../electron/backend/training/process.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { emptyState } from '../../../nodes/training/trainer.ts';
import { buildEngine } from '../engine/build.ts';
import type { ToSaver } from './saver.ts';
import { languageRecipe } from './tiny.ts';
import { checkpointOf, digestOf, last, stateIn, trainedIn } from './trained.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchbay-checkpoints-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Milliseconds for some trainings on a busy machine. */
const LONG = 180_000;

const recipe = languageRecipe();
const { steps } = recipe.schedule;
const weightsOf = (home: string) => digestOf(home, 'trained', recipe.name, 'weights.safetensors');

/** Stops at the first evaluation after a quarter of the steps. */
function stopEarly(event: TrainingEvent, training: TrainingProcess): void {
  if (event.type === 'training-evaluated' && event.step >= steps / 4) training.stop();
}

describe('a training of 200 steps', { timeout: LONG }, () => {
  const [straight, again, broken] = ['straight', 'again', 'broken'].map((name) => () => join(root, name)) as [
    () => string,
    () => string,
    () => string,
  ];
  beforeAll(async () => {
    const events = await trainedIn(straight(), recipe);
    expect(last(events, 'training-done').status).toBe('finished');
  }, LONG);

  test('gives the same bytes when it is run again', async () => {
    await trainedIn(again(), recipe);
    expect(await stateIn(again(), recipe)).toEqual(await stateIn(straight(), recipe));
    expect(await weightsOf(again())).toBe(await weightsOf(straight()));
  });

  test('may be stopped, killed, and resumed, and ends with the same bytes', async () => {
    const random = uniformGenerator(1);
    const stopped = await trainedIn(broken(), recipe, {}, stopEarly);
    expect(last(stopped, 'training-done').status).toBe('stopped');
    const { step } = await stateIn(broken(), recipe);
    expect(Number(step)).toBeGreaterThanOrEqual(steps / 4);
    expect(Number(step)).toBeLessThan(steps);
    for (let i = 0; i < 2; i++) {
      const killed = await trainedIn(broken(), recipe, { resume: true }, (event, training) => {
        if (event.type === 'training-started') setTimeout(() => training.kill(), 100 * random());
      });
      expect(last(killed, 'training-done').message).toMatch('SIGKILL');
      expect((await stateIn(broken(), recipe)).step).toBe(step);
    }
    const resumed = await trainedIn(broken(), recipe, { resume: true });
    expect(last(resumed, 'training-started').from).toBe(Number(step));
    expect(last(resumed, 'training-done').status).toBe('finished');
    expect(await stateIn(broken(), recipe)).toEqual(await stateIn(straight(), recipe));
    expect(await weightsOf(broken())).toBe(await weightsOf(straight()));
  });

  test("does not go on from another recipe's checkpoint, and says so", async () => {
    const other = languageRecipe({ schedule: { ...recipe.schedule, rate: 0.001 } });
    const done = last(await trainedIn(straight(), other, { resume: true }), 'training-done');
    expect(done.status).toBe('failed');
    expect(done.message).toMatch(/^The checkpoint .* was made by another recipe of this name, or over other models\.$/);
    expect(done.hint).toBe('Train without --resume, or put the recipe and its models back as they were.');
  });
});

describe('a checkpoint', () => {
  test('belongs to the models it was made over', async () => {
    const path = join(root, 'over.safetensors');
    const state = emptyState(10);
    await saveCheckpoint(path, { recipe, models: ['a', 'b'] }, { state, step: 3, ms: 1 });
    expect((await loadCheckpoint(path, { recipe, models: ['a', 'b'] }))?.step).toBe(3);
    await expect(loadCheckpoint(path, { recipe, models: ['a', 'c'] })).rejects.toThrow(/over other models/);
  });

  test('is whole whenever its process is killed', async () => {
    await using built = await buildEngine(join(import.meta.dirname, 'saver.ts'));
    const path = join(root, 'whole.safetensors');
    const random = uniformGenerator(2);
    let saved = 0;
    for (let round = 0; round < 8; round++) {
      const child = fork(built.path);
      child.on('message', (step) => {
        saved = Number(step);
      });
      child.send({ path, recipe, size: 300_000, from: saved + 1 } satisfies ToSaver);
      await once(child, 'message');
      setTimeout(() => child.kill('SIGKILL'), 60 * random());
      await once(child, 'exit');
      const found = await loadCheckpoint(path, { recipe, models: [] });
      expect(found?.step).toBeGreaterThanOrEqual(saved);
      for (const { data } of Object.values(found?.state ?? {})) expect(new Set(data)).toEqual(new Set([found?.step]));
      saved = found?.step ?? saved;
    }
  });

  test('that was cut short is refused with what is wrong', async () => {
    const path = checkpointOf(join(root, 'again'), recipe);
    await truncate(path, 10_000);
    await expect(loadCheckpoint(path, { recipe, models: [] })).rejects.toThrow(/cut short/);
  });

  test('that is not there is none', async () => {
    expect(await loadCheckpoint(join(root, 'nowhere'), { recipe, models: [] })).toBeUndefined();
  });
});
