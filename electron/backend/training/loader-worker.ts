import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';
import type { Batch } from '../../../nodes/training/batch.ts';
import type { Split } from '../../../nodes/training/data/world.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { batchMaker } from '../../../nodes/training/tasks/index.ts';
import { picturePatches } from '../../../nodes/training/tasks/pictures.ts';
import { loadSources, type Sources } from '../../../nodes/training/tasks/sources.ts';
import type { VisionConfig } from '../../../nodes/vision-encoder/config.ts';

/** The thread that makes batches while a step runs: answers each `Wanted` with its batch, or with the `Error` that kept it from it. */

export interface LoaderData {
  readonly recipe: Recipe;
  readonly tokenizer: string;
  /** Path of the rollouts that the recipe names. */
  readonly rollouts?: string;
}

/** A batch, or patches of pictures for an encoder. */
export type Wanted =
  | { readonly split: Split; readonly index: number }
  | { readonly split: Split; readonly from: number; readonly count: number; readonly vision: VisionConfig };

const { recipe, tokenizer, rollouts } = workerData as LoaderData;
const readText = (path: string) => readFile(path, 'utf8');
const ready = loadTokenizer({ path: tokenizer }, readText)
  .then((loaded) => loadSources(recipe, loaded, readText, rollouts))
  .then((sources) => ({ sources, make: batchMaker(recipe, sources) }));

// What fails is posted too: thrown, it would overtake batches that were posted before.
parentPort?.on('message', (wanted: Wanted) => answer(wanted).catch((error) => parentPort?.postMessage(error)));

async function answer(wanted: Wanted): Promise<void> {
  const { sources, make } = await ready;
  const batch = 'index' in wanted ? make(wanted.split, wanted.index) : pictures(sources, wanted);
  const buffers = Object.values(batch.feeds).map(({ data }) => data.buffer as ArrayBuffer);
  parentPort?.postMessage(batch, buffers);
}

function pictures(sources: Sources, { split, from, count, vision }: Extract<Wanted, { from: number }>): Batch {
  return { feeds: { patches: picturePatches(recipe, sources, vision, split, from, count) } };
}
