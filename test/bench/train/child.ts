import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { rolloutsFolder } from '../../../electron/backend/paths.ts';
import { rollOut } from '../../../electron/backend/rollouts/roll.ts';
import { prepare } from '../../../electron/backend/training/prepare.ts';
import { trainingSession } from '../../../electron/backend/training/session.ts';
import { train } from '../../../electron/backend/training/train.ts';
import { costOf } from '../../../nodes/onnx/cost.ts';
import { matmul } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { randomWeights } from '../../../nodes/onnx/random.ts';
import { parseRecipe, type Recipe, type VerifierRecipe } from '../../../nodes/training/recipe.ts';
import { stepGraph } from '../../../nodes/training/step.ts';
import { initialState, Trainer } from '../../../nodes/training/trainer.ts';
import { floats } from '../../helpers/onnx.ts';
import { drawnFeeds } from '../../integration/training/tiny.ts';

export interface ToTrainBench {
  /** `preparation` measures nothing: it makes what the recipe learns from, in a process that ends with it. */
  readonly measure: 'preparation' | 'speed' | 'memory';
  /** Path of a recipe. */
  readonly recipe: string;
}

/** GFLOP/s of one round. */
export interface Speed {
  readonly step: number;
  readonly matmul: number;
}

export type TrainBench =
  | { readonly rounds: readonly Speed[] }
  | { readonly bytes: number }
  | { readonly prepared: true }
  /** Such as a model that the recipe names and that is not there. */
  | { readonly failed: string };

const ROUNDS = 7;
/** Products in a round, for about the time of a step. */
const PRODUCTS = 5;
const SIDE = 1024;
/**
 * Threads of a session stay awake for some 20 ms after a run, and would slow the other session. Each is timed with its own
 * awake and the other's asleep, as it runs when it is alone.
 */
const ASLEEP_MS = 100;

async function speed(recipe: Recipe): Promise<Speed[]> {
  const { task, frozen, start } = await prepare(recipe);
  const { graph, layout } = stepGraph(task.trainee, recipe.schedule);
  const session = await trainingSession(graph, frozen);
  const trainer = new Trainer(session, recipe.schedule, [], initialState(layout, recipe.seed, start));
  const feeds = drawnFeeds(graph);
  const step = { flops: costOf(graph).flops, run: () => trainer.step(feeds) };
  const product = await plainProduct();
  const rounds: Speed[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push({ step: await rate(step, 1), matmul: await rate(product, PRODUCTS) });
  return rounds;
}

interface Work {
  readonly flops: number;
  run(): Promise<unknown>;
}

/** In GFLOP/s, after a run that wakes the threads, and the first time allocates. */
async function rate({ flops, run }: Work, times: number): Promise<number> {
  await setTimeout(ASLEEP_MS);
  await run();
  const started = performance.now();
  for (let i = 0; i < times; i++) await run();
  return (times * flops) / (performance.now() - started) / 1e6;
}

async function plainProduct(): Promise<Work> {
  const g = new Graph();
  const [a, b] = [g.input('a', 'float32', [SIDE, SIDE]), g.input('b', 'float32', [SIDE, SIDE])];
  g.output('product', matmul(g, a, b));
  const session = await trainingSession(g, randomWeights(1));
  const feeds = { a: floats([SIDE, SIDE], 1), b: floats([SIDE, SIDE], 2) };
  return { flops: costOf(g).flops, run: () => session.run(feeds, { product: null }) };
}

/** Most resident bytes of this process, once it has trained for some steps, evaluated and saved. */
async function peak(recipe: Recipe): Promise<number> {
  const controller = new AbortController();
  await train(recipe, {}, controller.signal, ({ type }) => {
    if (type === 'training-step') controller.abort();
  });
  return process.resourceUsage().maxRSS * 1024;
}

/** A few, where the recipe looks for them: how many there are changes neither a step nor, to speak of, the memory. */
async function someRollouts({ start: model, rollouts }: VerifierRecipe): Promise<void> {
  const out = join(rolloutsFolder(), `${rollouts}.jsonl`);
  if (existsSync(out)) return;
  const head = { model, split: 'train', seed: 1, n: 200, samples: 4, completions: 2, temperature: 0.8 } as const;
  await rollOut({ ...head, out }, new AbortController().signal, () => {});
}

async function answer({ measure, recipe: path }: ToTrainBench): Promise<TrainBench> {
  try {
    const { start, ...fresh } = JSON.parse(await readFile(path, 'utf8'));
    // The weights that it starts from change no figure, and may not ship; a verifier judges those that made its rollouts.
    const recipe = parseRecipe(fresh.task === 'verifier' ? { ...fresh, start } : fresh);
    if (measure === 'preparation') {
      if (recipe.task === 'verifier') await someRollouts(recipe);
      return { prepared: true };
    }
    return measure === 'speed' ? { rounds: await speed(recipe) } : { bytes: await peak(recipe) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', async (request: ToTrainBench) => process.send?.(await answer(request)));
process.once('disconnect', () => process.exit());
