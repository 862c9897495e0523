import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readSafetensors, writeSafetensors } from '../../../nodes/onnx/safetensors.ts';
import { NodeError } from '../../../nodes/run.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { emptyState, type TrainingState } from '../../../nodes/training/trainer.ts';
import { replaceFile } from '../documents/save.ts';

const STATE = ['weights', 'first', 'second'] as const;

/** Everything a training needs to go on as if it had not stopped: the flat vectors, bit by bit, and the step. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly step: number;
  /** Milliseconds that training took so far. */
  readonly ms: number;
}

/** What a training is: equal ones train alike. */
export interface Subject {
  readonly recipe: Recipe;
  /** Digests of the models that the recipe names: a name may stand for other weights tomorrow. */
  readonly models: readonly string[];
}

/** Leaves either the former checkpoint or this one, never a part. */
export async function saveCheckpoint(path: string, subject: Subject, { state, step, ms }: Checkpoint): Promise<void> {
  const tensors = new Map(
    STATE.map((name) => {
      const { data, dims } = state[name];
      return [name, { dtype: 'float32' as const, shape: dims, bytes: new Uint8Array(data.buffer) }];
    }),
  );
  const metadata = { recipe: digestOf(subject), step: `${step}`, ms: `${Math.round(ms)}` };
  await replaceFile(path, writeSafetensors({ tensors, metadata }));
}

/** Undefined where there is none. Rejects where it belongs to another recipe or other models, or is not whole. */
export async function loadCheckpoint(path: string, subject: Subject): Promise<Checkpoint | undefined> {
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return undefined;
  const { tensors, metadata } = readSafetensors(file);
  if (metadata.recipe !== digestOf(subject))
    throw new NodeError(
      `The checkpoint ${path} was made by another recipe of this name, or over other models.`,
      'Train without --resume, or put the recipe and its models back as they were.',
    );
  const size = tensors.get('weights')?.shape[0] ?? 0;
  const state = emptyState(size);
  for (const name of STATE) {
    const stored = tensors.get(name);
    if (!stored) throw new NodeError(`The checkpoint ${path} is not whole: "${name}" is missing.`);
    new Uint8Array(state[name].data.buffer).set(stored.bytes);
  }
  return { state, step: Number(metadata.step), ms: Number(metadata.ms) };
}

function digestOf({ recipe, models }: Subject): string {
  return createHash('sha256')
    .update(JSON.stringify([recipe, models]))
    .digest('hex');
}
