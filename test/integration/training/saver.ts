import { saveCheckpoint } from '../../../electron/backend/training/checkpoint.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { emptyState } from '../../../nodes/training/trainer.ts';

/** A process that saves one checkpoint after another, each full of its own number, until it is killed. */

export interface ToSaver {
  readonly path: string;
  readonly recipe: Recipe;
  readonly size: number;
  readonly from: number;
}

process.on('message', async ({ path, recipe, size, from }: ToSaver) => {
  const state = emptyState(size);
  for (let step = from; ; step++) {
    for (const { data } of Object.values(state)) data.fill(step);
    await saveCheckpoint(path, { recipe, models: [] }, { state, step, ms: step });
    process.send?.(step);
  }
});
process.once('disconnect', () => process.exit());
