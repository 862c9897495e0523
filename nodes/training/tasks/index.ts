import type { BatchMaker } from '../batch.ts';
import { patchClasses } from '../data/worlds.ts';
import type { Outcome } from '../outcome.ts';
import { type Recipe, worldNames } from '../recipe.ts';
import type { Trainee } from '../step.ts';
import { imageTextBatches, imageTextOutcomes, imageTextTrainee } from './image-text.ts';
import { languageBatches, languageOutcomes, languageTrainee } from './language.ts';
import type { Sources } from './sources.ts';

/** The model that a recipe trains. */
export function traineeOf(recipe: Recipe): Trainee {
  if (recipe.task === 'language') return languageTrainee(recipe);
  if (recipe.task === 'image-text') return imageTextTrainee(recipe, patchClasses(worldNames(recipe.data)));
  throw new Error(`the task ${recipe.task} is not known`);
}

export function batchMaker(recipe: Recipe, sources: Sources): BatchMaker {
  if (recipe.task === 'language') return languageBatches(recipe, sources);
  if (recipe.task === 'image-text') return imageTextBatches(recipe, sources);
  throw new Error(`the task ${recipe.task} is not known`);
}

/** The models that come out. `value` reads a trained parameter of one element. */
export function outcomesOf(recipe: Recipe, value: (name: string) => number): readonly Outcome[] {
  if (recipe.task === 'language') return languageOutcomes(recipe);
  if (recipe.task === 'image-text') return imageTextOutcomes(recipe, value);
  throw new Error(`the task ${recipe.task} is not known`);
}
