import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingEvent } from '../../../electron/backend/training/events.ts';
import { TrainingProcess } from '../../../electron/backend/training/process.ts';
import type { TrainingOptions } from '../../../electron/backend/training/train.ts';
import { readSafetensors } from '../../../nodes/onnx/safetensors.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';

type EventOf<Type extends TrainingEvent['type']> = Extract<TrainingEvent, { type: Type }>;

/**
 * Trains in a process of its own with `home` as the app's data folder, until it is done; `onEvent` may stop or kill it.
 * Returns what it said.
 */
export async function trainedIn(
  home: string,
  recipe: Recipe,
  options: TrainingOptions = {},
  onEvent: (event: TrainingEvent, training: TrainingProcess) => void = () => {},
): Promise<TrainingEvent[]> {
  process.env.PATCHBAY_HOME = home;
  const training = new TrainingProcess(recipe, options);
  const events: TrainingEvent[] = [];
  for await (const event of training.events()) {
    events.push(event);
    onEvent(event, training);
  }
  return events;
}

export function last<Type extends TrainingEvent['type']>(events: readonly TrainingEvent[], type: Type): EventOf<Type> {
  const found = events.findLast((event): event is EventOf<Type> => event.type === type);
  if (!found) throw new Error(`the training said nothing of type ${type}, but ${JSON.stringify(events.at(-1))}`);
  return found;
}

export const checkpointOf = (home: string, { name }: Recipe) => join(home, 'trained', name, 'checkpoint.safetensors');

/** The step of a checkpoint, and what its tensors hold. Its time of training is left out: that is never the same. */
export async function stateIn(home: string, recipe: Recipe): Promise<Record<string, string>> {
  const { tensors, metadata } = readSafetensors(await readFile(checkpointOf(home, recipe)));
  const digests = [...tensors].map(([name, { bytes }]) => [name, createHash('sha256').update(bytes).digest('hex')]);
  return { ...Object.fromEntries(digests), step: `${metadata.step}` };
}

export async function digestOf(...path: string[]): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(...path)))
    .digest('hex');
}
