import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';
import type { Split } from '../../../nodes/training/data/world.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { batchMaker } from '../../../nodes/training/tasks/index.ts';
import { loadSources } from '../../../nodes/training/tasks/sources.ts';

/** The thread that makes batches while a step runs: answers each `Wanted` with its batch. */

export interface LoaderData {
  readonly recipe: Recipe;
  readonly tokenizer: string;
}

export interface Wanted {
  readonly split: Split;
  readonly index: number;
}

const { recipe, tokenizer } = workerData as LoaderData;
const readText = (path: string) => readFile(path, 'utf8');
const ready = loadTokenizer({ path: tokenizer }, readText)
  .then((loaded) => loadSources(recipe, loaded, readText))
  .then((sources) => batchMaker(recipe, sources));

parentPort?.on('message', async ({ split, index }: Wanted) => {
  const batch = (await ready)(split, index);
  const buffers = Object.values(batch.feeds).map(({ data }) => data.buffer as ArrayBuffer);
  parentPort?.postMessage(batch, buffers);
});
