import type { Batch } from '../../../nodes/training/batch.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { evaluationGraph, stepGraph } from '../../../nodes/training/step.ts';
import { initialState, Trainer } from '../../../nodes/training/trainer.ts';
import { loaderScript } from '../paths.ts';
import type { TrainingEstimate } from './events.ts';
import { BatchLoader, loaderData } from './loader.ts';
import type { LoaderData } from './loader-worker.ts';
import { prepare } from './prepare.ts';
import { trainingSession } from './session.ts';
import { EVALUATION_BATCHES } from './train.ts';

/** Pictures that are looked at. */
const PICTURES = 256;
/** Runs before those that are timed: buffers are made, and the loader's thread gets ahead, which takes a core from them. */
const WARM_UP = 2;
/** Steps, and evaluations, that are timed. */
const STEPS = 3;
const EVALUATIONS = 2;

/** Does a little of everything that the recipe's training would do, and times it. */
export async function estimateTraining(recipe: Recipe): Promise<TrainingEstimate> {
  const started = performance.now();
  const small = 'pictures' in recipe ? { ...recipe, pictures: Math.min(PICTURES, recipe.pictures) } : recipe;
  const { batch } = recipe.schedule;
  const prepared = await prepare(small);
  const step = stepGraph(prepared.task.trainee, recipe.schedule);
  const evaluation = evaluationGraph(prepared.task.trainee);
  const sessions = {
    step: await trainingSession(step.graph, prepared.frozen),
    evaluation: await trainingSession(evaluation.graph, prepared.frozen),
  };
  const data = loaderData(small);
  const looked: { readonly at: number; readonly done: number }[] = [];
  await prepared.ready(data, batch, (event) => {
    if (event.type === 'training-preparing') looked.push({ at: performance.now(), done: event.done });
  });
  const pictureMs = 'pictures' in small ? millisecondsEach(looked) : 0;
  const batches = new BatchLoader(loaderScript(), data, (index) => ({ split: 'train', index }));
  try {
    const trainer = new Trainer(
      sessions.step,
      recipe.schedule,
      [],
      initialState(step.layout, recipe.seed, prepared.start),
    );
    const heldFeeds = prepared.feeds(await firstHeld(data), 'validation');
    const takeStep = async () => trainer.step(prepared.feeds(await batches.next(), 'train'));
    const evaluate = () => sessions.evaluation.run({ ...heldFeeds, weights: trainer.state.weights }, { loss: null });
    await timed(WARM_UP, takeStep);
    const beforeMs = performance.now() - started;
    const stepMs = await timed(STEPS, takeStep);
    await timed(WARM_UP, evaluate);
    const evaluationMs = await timed(EVALUATIONS, evaluate);
    const more = 'pictures' in small && 'pictures' in recipe ? recipe.pictures - small.pictures : 0;
    const heldPictures = (EVALUATION_BATCHES - 1) * batch;
    return {
      trained: step.layout.size,
      beforeSeconds: (beforeMs + (more + heldPictures) * pictureMs) / 1000,
      stepSeconds: stepMs / 1000,
      evaluationSeconds: (EVALUATION_BATCHES * evaluationMs) / 1000,
    };
  } finally {
    await batches.close();
    await sessions.step.release();
    await sessions.evaluation.release();
  }
}

async function firstHeld(data: LoaderData): Promise<Batch> {
  const loader = new BatchLoader(loaderScript(), data, (index) => ({ split: 'validation', index }));
  try {
    return await loader.next();
  } finally {
    await loader.close();
  }
}

/** Between the first and the last report of the pictures to train with: those held out count from 0 again. */
function millisecondsEach(looked: readonly { readonly at: number; readonly done: number }[]): number {
  const [first] = looked;
  const last = looked.find(({ done }, i) => (looked[i + 1]?.done ?? 0) <= done);
  return first && last && last.done > first.done ? (last.at - first.at) / (last.done - first.done) : 0;
}

/** Milliseconds of one of `times` runs, their mean. */
async function timed(times: number, run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < times; i++) await run();
  return (performance.now() - started) / times;
}
