import type { Recipe } from '../../../nodes/training/recipe.ts';
import { errorOf } from '../executor/executor.ts';
import type { TrainingEvent } from './events.ts';
import { type TrainingOptions, train } from './train.ts';

/** The process that trains: takes one recipe from its parent, sends events, ends with `training-done`. */

export type ToTrainer =
  | { readonly type: 'train'; readonly recipe: Recipe; readonly options: TrainingOptions }
  | { readonly type: 'stop' };

const controller = new AbortController();

process.on('message', (message: ToTrainer) => {
  if (message.type === 'stop') controller.abort();
  else void run(message.recipe, message.options);
});
process.once('disconnect', () => process.exit());
// A terminal's Ctrl-C reaches the whole process group; the parent decides what it means.
process.on('SIGINT', () => {});

async function run(recipe: Recipe, options: TrainingOptions): Promise<void> {
  try {
    await train(recipe, options, controller.signal, send);
  } catch (error) {
    const { message, hint } = errorOf(error);
    send({ type: 'training-done', status: 'failed', message, ...(hint && { hint }) });
  }
  process.disconnect();
}

function send(event: TrainingEvent): void {
  process.send?.(event);
}
