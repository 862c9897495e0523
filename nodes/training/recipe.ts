import { z } from 'zod';
import {
  adapterSchema,
  decoderSchema,
  projectorSchema,
  qFormerSchema,
  textSchema,
  visionSchema,
} from '../models/architecture.ts';
import { JUDGES } from '../models/card.ts';
import { nameSchema, readBy } from '../models/read.ts';
import type { Language } from './data/vocabulary.ts';
import type { TrainingWorld } from './data/world.ts';
import { scheduleSchema } from './schedule.ts';

/** How often each world is asked for a scene, and each kind of question where not evenly. */
const dataSchema = z.strictObject({
  worlds: z.partialRecord(z.enum(['shapes', 'digits']), z.number().positive()),
  kinds: z.record(z.string(), z.number().min(0)).default({}),
});

const reference = z.string().regex(/^(tiny|trained):/, 'expected tiny:… or trained:…');

/** Problems that are solved in words, line by line. */
const problemsSchema = z.strictObject({ problems: z.literal('arithmetic') });

const common = {
  schemaVersion: z.literal(1),
  /** Of the model that comes out. */
  name: nameSchema,
  title: z.string().min(1),
  about: z.string().default(''),
  seed: z.int().min(0).default(1),
  schedule: scheduleSchema,
};

const fields = { ...common, data: dataSchema };

/** How much it counts, beside an answer, that the place of each thing is known where a question names it. */
const mentions = z.number().min(0).default(0);

/** A decoder learns to answer questions about scenes in words. */
const languageSchema = z.strictObject({
  ...fields,
  task: z.literal('language'),
  llm: decoderSchema,
  /** Weights to start from: those of an LLM trained before. */
  start: reference.optional(),
  /** Tokens of a sequence: a scene and as many questions as fit. */
  tokens: z.int().min(16),
  /** Share of scenes that are told as an answer would tell them, without places: what a cascade hands on. */
  retold: z.number().min(0).max(1).default(0),
  /** May a thing and its cell be told with nothing between them? So the first stage of the LLM that ships heard it. */
  bareCells: z.boolean().default(false),
  /** Share of scenes that are told in one token a thing, as a connector would. */
  packed: z.number().min(0).max(1).default(0),
  mentions,
});

/** Image and text towers learn to match pictures and captions. */
const imageTextSchema = z.strictObject({
  ...fields,
  task: z.literal('image-text'),
  vision: visionSchema,
  text: textSchema,
  loss: z.enum(['clip', 'siglip']),
  /** Weights to start from: those of two towers trained before. */
  start: reference.optional(),
  /** Weight of the loss that asks each patch what it shows and where it stands; 0 leaves it out. */
  dense: z.number().min(0).default(0),
  /** Is a patch asked where it stands, too? */
  places: z.boolean().default(true),
});

const connectorSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('projector'), architecture: projectorSchema }),
  z.strictObject({ kind: z.literal('q-former'), architecture: qFormerSchema }),
  z.strictObject({ kind: z.literal('cross-attention-adapter'), architecture: adapterSchema }),
]);

export type Connector = z.output<typeof connectorSchema>;

/** A module between a frozen encoder and an LLM learns to show pictures to it. */
const connectorTaskSchema = z.strictObject({
  ...fields,
  task: z.literal('connector'),
  connector: connectorSchema,
  encoder: reference,
  llm: reference,
  /** Weights to start from: those of a connector trained before. */
  start: reference.optional(),
  /** The LLM trains too (LLaVA's second stage); its weights come out beside the connector's. */
  unfreeze: z.boolean().default(false),
  /** Pictures whose features are made once and kept. */
  pictures: z.int().min(1),
  /** Questions about a picture in one sequence, and tokens of their text. */
  tokens: z.int().min(16),
  mentions,
  /** Factor of the rate of gates (Flamingo's tanh gates start at 0 and move slowly). */
  gateRate: z.number().positive().default(1),
});

/** A Q-Former learns from captions what to hold of pictures, before it meets an LLM (BLIP-2's first stage). */
const representationSchema = z.strictObject({
  ...fields,
  task: z.literal('representation'),
  architecture: qFormerSchema,
  encoder: reference,
  /** The LLM that the second stage is for. */
  llm: reference,
  pictures: z.int().min(1),
  /** Tokens of a caption, and words of the tokenizer. */
  context: z.int().min(4),
  vocabulary: z.int().min(1),
});

/** A decoder learns to solve problems step by step, thinking before it answers. */
const reasoningSchema = z.strictObject({
  ...common,
  task: z.literal('reasoning'),
  data: problemsSchema.extend({
    /**
     * Share of training's steps that come out wrong. Without them a model errs by taking a story wrong, each time alike,
     * which no vote mends.
     */
    slips: z.number().min(0).max(1).default(0),
  }),
  llm: decoderSchema,
  /** Weights to start from: those of an LLM trained before. */
  start: reference.optional(),
  /** Tokens of a sequence: as many problems as fit, none of which sees another. */
  tokens: z.int().min(16),
});

/** The decoder that wrote solutions learns to judge them. */
const verifierSchema = z.strictObject({
  ...common,
  task: z.literal('verifier'),
  data: problemsSchema,
  /** The solver whose weights it starts from. */
  start: reference,
  /** Solutions it learns from: the name of a file that `patchbay rollouts` made. */
  rollouts: nameSchema,
  /** The whole solution; each step; each step by what it adds; or steps by outcomes alone. */
  judges: z.enum(JUDGES),
  /** Tokens of a sequence: a problem and as many solutions as fit. */
  tokens: z.int().min(16),
  /** For `progress`: the prover takes the best of this many solutions. */
  prover: z.int().min(1).default(4),
  /** For `implicit`: what a log-ratio counts as a reward. */
  beta: z.number().positive().default(0.05),
});

const recipeSchema = z.discriminatedUnion('task', [
  languageSchema,
  reasoningSchema,
  verifierSchema,
  imageTextSchema,
  representationSchema,
  connectorTaskSchema,
]);

/** What is trained, what is frozen, on which data, by which loss, how long: a document like a graph. */
export type Recipe = z.output<typeof recipeSchema>;
export type LanguageRecipe = Extract<Recipe, { task: 'language' }>;
export type ReasoningRecipe = Extract<Recipe, { task: 'reasoning' }>;
export type VerifierRecipe = Extract<Recipe, { task: 'verifier' }>;
export type ImageTextRecipe = Extract<Recipe, { task: 'image-text' }>;
export type RepresentationRecipe = Extract<Recipe, { task: 'representation' }>;
export type ConnectorRecipe = Extract<Recipe, { task: 'connector' }>;

/** Throws an `Error` that names the first field which is not as it should be. */
export function parseRecipe(json: unknown): Recipe {
  return readBy(recipeSchema, json, 'the recipe');
}

/** Empty where the data are no pictures. */
export function worldNames(data: Recipe['data']): TrainingWorld[] {
  return 'worlds' in data ? (Object.keys(data.worlds) as TrainingWorld[]) : [];
}

/** What it learns from, by name. */
export function dataNames({ data }: Recipe): string[] {
  return 'worlds' in data ? worldNames(data) : [data.problems];
}

/** The tokenizer that a recipe's data are told in. */
export function languageOf({ data }: Recipe): Language {
  return 'worlds' in data ? 'worlds' : data.problems;
}
