import type { BatchMaker } from '../batch.ts';
import { patchClasses } from '../data/worlds.ts';
import type { Outcome } from '../outcome.ts';
import { type Recipe, worldNames } from '../recipe.ts';
import type { Trainee } from '../step.ts';
import { type ConnectedModels, connectorBatches, connectorOutcomes, connectorTrainee } from './connector.ts';
import { imageTextBatches, imageTextOutcomes, imageTextTrainee } from './image-text.ts';
import { languageBatches, languageOutcomes, languageTrainee } from './language.ts';
import type { Sources } from './sources.ts';

/** What a recipe is for the trainer, beside its batches. */
export interface Task {
  readonly trainee: Trainee;
  /** The models that come out. `value` reads a trained parameter of one element. */
  outcomes(value: (name: string) => number): readonly Outcome[];
}

/** `models`: those that the recipe names, where it names any. */
export function taskOf(recipe: Recipe, models?: ConnectedModels): Task {
  switch (recipe.task) {
    case 'language':
      return { trainee: languageTrainee(recipe), outcomes: () => languageOutcomes(recipe) };
    case 'image-text':
      return {
        trainee: imageTextTrainee(recipe, patchClasses(worldNames(recipe.data))),
        outcomes: (value) => imageTextOutcomes(recipe, value),
      };
    case 'connector':
      if (!models) throw new Error('a connector needs the models that it stands between');
      return { trainee: connectorTrainee(recipe, models), outcomes: () => connectorOutcomes(recipe, models) };
  }
}

export function batchMaker(recipe: Recipe, sources: Sources): BatchMaker {
  switch (recipe.task) {
    case 'language':
      return languageBatches(recipe, sources);
    case 'image-text':
      return imageTextBatches(recipe, sources);
    case 'connector':
      return connectorBatches(recipe, sources);
  }
}
