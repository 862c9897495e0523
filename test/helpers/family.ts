import { join } from 'node:path';
import clip from '../../nodes/models/recipes/clip-vit.json' with { type: 'json' };
import llm from '../../nodes/models/recipes/llm.json' with { type: 'json' };
import { parseRecipe } from '../../nodes/training/recipe.ts';
import { startingWeights } from '../../nodes/training/trainer.ts';
import { type CardBody, saveModel } from './stored.ts';

/** Writes an encoder `eye` and an LLM `mouth` like those of the tiny family, smaller and untrained, as `trained:` models. */
export async function saveFamily(home: string): Promise<void> {
  const eye = parseRecipe(clip);
  const mouth = parseRecipe(llm);
  if (eye.task !== 'image-text' || mouth.task !== 'language') throw new Error('the recipes have changed places');
  const small = { width: 32, layers: 1, heads: 2, mlpWidth: 64 };
  const vision = { ...eye.vision, ...small, pooling: { kind: 'class-token', width: 32 } } as const;
  const decoder = { ...mouth.llm, width: 48, layers: 2, heads: 2, kvHeads: 2, mlp: { ...mouth.llm.mlp, width: 96 } };
  const save = (name: string, body: CardBody, seed: number) =>
    saveModel(join(home, 'trained', name), name, body, startingWeights(seed));
  await save('eye', { kind: 'vision-encoder', architecture: { vision } }, 1);
  await save('mouth', { kind: 'llm', architecture: decoder }, 2);
}
