import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loaderScript, shippedModels } from '../../../electron/backend/paths.ts';
import { BatchLoader } from '../../../electron/backend/training/loader.ts';
import type { Wanted } from '../../../electron/backend/training/loader-worker.ts';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';
import type { Batch, BatchMaker } from '../../../nodes/training/batch.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { batchMaker } from '../../../nodes/training/tasks/index.ts';
import { loadSources } from '../../../nodes/training/tasks/sources.ts';
import { connectorRecipe, imageTextRecipe, languageRecipe, representationRecipe, VISION } from './tiny.ts';

const tokenizer = join(shippedModels(), 'tokenizer.json');
const readText = (path: string) => readFile(path, 'utf8');

async function makerOf(recipe: Recipe): Promise<BatchMaker> {
  const loaded = await loadTokenizer({ path: tokenizer }, readText);
  return batchMaker(recipe, await loadSources(recipe, loaded, readText));
}

const both = { data: { worlds: { shapes: 0.5, digits: 0.5 } } };
const recipes: readonly Recipe[] = [
  languageRecipe(both),
  imageTextRecipe('clip', both),
  connectorRecipe('mlp', { ...both, pictures: 100 }),
  representationRecipe({ ...both, pictures: 100 }),
];
/** What is in a batch, comparable. */
const contents = ({ feeds, ...rest }: Batch) => ({
  ...rest,
  feeds: Object.fromEntries(Object.entries(feeds).map(([name, { dims, data }]) => [name, { dims, data: data.join() }])),
});

describe.each(recipes.map((recipe) => [recipe.task, recipe] as const))('batches of the task %s', (_, recipe) => {
  test('are the same for the same index, whatever was made before', async () => {
    const [fresh, used] = [await makerOf(recipe), await makerOf(recipe)];
    for (const index of [9, 3, 7]) used('train', index);
    used('validation', 5);
    expect(contents(used('train', 5))).toEqual(contents(fresh('train', 5)));
  });

  test('differ by their index, their split and the seed', async () => {
    const make = await makerOf(recipe);
    const other = await makerOf({ ...recipe, seed: recipe.seed + 1 });
    const all = [make('train', 0), make('train', 1), make('validation', 0), make('test', 0), other('train', 0)];
    expect(new Set(all.map((batch) => JSON.stringify(contents(batch)))).size).toBe(all.length);
  });
});

describe('the loader', () => {
  const recipe = languageRecipe();
  const data = { recipe, tokenizer };

  test('gives the batches in their order, and keeps four ahead of the one that is wanted', async () => {
    const make = await makerOf(recipe);
    const asked: number[] = [];
    const loader = new BatchLoader(loaderScript(), data, (n): Wanted => {
      asked.push(n);
      return { split: 'train', index: 10 + n };
    });
    try {
      expect(asked).toEqual([0, 1, 2, 3]);
      for (let i = 0; i < 6; i++) {
        expect(contents(await loader.next())).toEqual(contents(make('train', 10 + i)));
        expect(asked).toHaveLength(4 + i + 1);
      }
      // The first had to be waited for: the thread starts with the loader.
      expect(loader.waitedMs).toBeGreaterThan(0);
    } finally {
      await loader.close();
    }
  });

  test("rejects what is wanted once its thread has failed, with the thread's reason", async () => {
    const loader = new BatchLoader(
      loaderScript(),
      data,
      (n): Wanted =>
        n < 2 ? { split: 'train', index: n } : { split: 'train', from: 0, count: 2 ** 32, vision: VISION },
    );
    try {
      await loader.next();
      await loader.next();
      await expect(loader.next()).rejects.toThrow('Invalid array length');
      await expect(loader.next()).rejects.toThrow('Invalid array length');
    } finally {
      await loader.close();
    }
  });
});
