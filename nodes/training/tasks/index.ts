import type { BatchMaker } from '../batch.ts';
import { patchClasses } from '../data/worlds.ts';
import type { Outcome } from '../outcome.ts';
import { type Recipe, worldNames } from '../recipe.ts';
import type { Trainee } from '../step.ts';
import { type ConnectedModels, connectorBatches, connectorOutcomes, connectorTrainee } from './connector.ts';
import { imageTextBatches, imageTextOutcomes, imageTextTrainee } from './image-text.ts';
import { languageBatches, languageOutcomes, languageTrainee } from './language.ts';
import { reasoningBatches } from './reasoning.ts';
import { representationBatches, representationOutcomes, representationTrainee } from './representation.ts';
import type { Sources } from './sources.ts';
import { verifierBatches, verifierOutcomes, verifierTrainee } from './verifier.ts';

/** What a recipe is for the trainer, beside its batches. */
export interface Task {
  readonly trainee: Trainee;
  /** The models that come out. `value` reads a trained parameter of one element. */
  outcomes(value: (name: string) => number): readonly Outcome[];
}

/** `models`: those that the recipe names, where it names any. */
export function taskOf(recipe: Recipe, models: Partial<ConnectedModels> = {}): Task {
  switch (recipe.task) {
    case 'verifier': {
      const { llm } = models;
      if (!llm) throw new Error('a verifier needs the model that it starts from');
      return { trainee: verifierTrainee(recipe, { llm }), outcomes: () => verifierOutcomes(recipe, { llm }) };
    }
    case 'language':
    case 'reasoning':
      return { trainee: languageTrainee(recipe), outcomes: () => languageOutcomes(recipe) };
    case 'image-text':
      return {
        trainee: imageTextTrainee(recipe, patchClasses(worldNames(recipe.data))),
        outcomes: (value) => imageTextOutcomes(recipe, value),
      };
    case 'representation':
      return {
        trainee: representationTrainee(recipe, needed(models)),
        outcomes: () => representationOutcomes(recipe),
      };
    case 'connector':
      return {
        trainee: connectorTrainee(recipe, needed(models)),
        outcomes: () => connectorOutcomes(recipe, needed(models)),
      };
  }
}

function needed({ encoder, llm }: Partial<ConnectedModels>): ConnectedModels {
  if (!encoder || !llm) throw new Error('the recipe needs the models that it names');
  return { encoder, llm };
}

export function batchMaker(recipe: Recipe, sources: Sources): BatchMaker {
  switch (recipe.task) {
    case 'language':
      return languageBatches(recipe, sources);
    case 'reasoning':
      return reasoningBatches(recipe, sources);
    case 'verifier':
      return verifierBatches(recipe, sources);
    case 'image-text':
      return imageTextBatches(recipe, sources);
    case 'representation':
      return representationBatches(recipe, sources);
    case 'connector':
      return connectorBatches(recipe, sources);
  }
}
