import type { Recipe } from '../../../nodes/training/recipe.ts';
import { errorOf } from '../executor/trouble.ts';
import { estimateTraining } from './estimate.ts';
import type { TrainingEstimate, TrainingEvent } from './events.ts';
import { type TrainingOptions, train } from './train.ts';

/** The process that trains: takes one recipe from its parent, sends events, ends with `training-done`; or an estimate. */

export type ToTrainer =
  | { readonly type: 'train'; readonly recipe: Recipe; readonly options: TrainingOptions }
  | { readonly type: 'estimate'; readonly recipe: Recipe }
  | { readonly type: 'stop' };

export type FromTrainer = TrainingEvent | { readonly type: 'training-estimated'; readonly estimate: TrainingEstimate };

const controller = new AbortController();

process.on('message', (message: ToTrainer) => {
  if (message.type === 'stop') controller.abort();
  else void run(message);
});
process.once('disconnect', () => process.exit());
// A terminal's Ctrl-C reaches the whole process group; the parent decides what it means.
process.on('SIGINT', () => {});

async function run(message: Exclude<ToTrainer, { type: 'stop' }>): Promise<void> {
  try {
    if (message.type === 'train') await train(message.recipe, message.options, controller.signal, send);
    else send({ type: 'training-estimated', estimate: await estimateTraining(message.recipe) });
  } catch (error) {
    const { message, hint } = errorOf(error);
    send({ type: 'training-done', status: 'failed', message, ...(hint && { hint }) });
  }
  process.disconnect();
}

function send(message: FromTrainer): void {
  process.send?.(message);
}
