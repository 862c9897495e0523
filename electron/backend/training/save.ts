import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCard } from '../../../nodes/models/card.ts';
import { writeSafetensors } from '../../../nodes/onnx/safetensors.ts';
import type { FlatLayout } from '../../../nodes/training/flat.ts';
import { trainedModels as modelsOf } from '../../../nodes/training/outcome.ts';
import { dataNames, languageOf, type Recipe } from '../../../nodes/training/recipe.ts';
import type { Task } from '../../../nodes/training/tasks/index.ts';
import type { Trainer } from '../../../nodes/training/trainer.ts';
import { replaceFile } from '../documents/save.ts';
import { trainedModels } from '../paths.ts';

const WEIGHTS = 'weights.safetensors';

/** Writes each model that the training made into a folder of its own, the card last. Returns the folders. */
export async function saveModels(
  recipe: Recipe,
  task: Task,
  layout: FlatLayout,
  trainer: Trainer,
  ms: number,
): Promise<string[]> {
  const models = modelsOf(task, layout, trainer.state.weights.data);
  const folders: string[] = [];
  for (const { card, parameters, tensors } of models) {
    const folder = join(trainedModels(), card.name);
    await mkdir(folder, { recursive: true });
    const file = writeSafetensors({ tensors });
    const whole = parseCard({
      ...card,
      recipe: `recipes/${recipe.name}.json`,
      data: dataNames(recipe).join(', '),
      tokenizer: languageOf(recipe),
      seed: recipe.seed,
      steps: trainer.steps,
      minutes: Math.round(ms / 6000) / 10,
      parameters,
      evaluation: [],
      weights: { file: WEIGHTS, sha256: createHash('sha256').update(file).digest('hex'), bytes: file.byteLength },
    });
    await replaceFile(join(folder, WEIGHTS), file);
    await replaceFile(join(folder, 'card.json'), `${JSON.stringify(whole, null, 2)}\n`);
    await replaceFile(join(folder, 'recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`);
    folders.push(folder);
  }
  return folders;
}
