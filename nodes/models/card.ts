import { z } from 'zod';
import {
  adapterSchema,
  decoderSchema,
  projectorSchema,
  qFormerSchema,
  textSchema,
  visionSchema,
} from './architecture.ts';
import { nameSchema, readBy } from './read.ts';

/** Accuracy over `n` items with its 95 % interval, fractions of 1. */
const score = z.object({ n: z.int().min(1), accuracy: z.number(), low: z.number(), high: z.number() });
const byKind = score.extend({ kinds: z.record(z.string(), score) });
const held = { data: z.string(), split: z.string() };

/**
 * Answers to questions: as asked, of an LLM over the scene as text; `blind`, with another scene's picture; `noPicture`, with
 * none; `text`, by a connector's LLM over the scene as text.
 */
const answers = byKind.extend({
  ...held,
  blind: byKind.optional(),
  noPicture: byKind.optional(),
  text: byKind.optional(),
});

/** What image and text towers are measured by: recall@1 among `n` pairs, and classification by captions. */
const matches = z.object({
  ...held,
  n: z.int().min(1),
  recall: z.object({ imageToText: z.number(), textToImage: z.number() }),
  zeroShot: score.extend({ classes: z.int().min(2) }),
});

/** Problems solved in words by sampling: `accuracy` is pass@1, the share of all solutions that are right. */
const solved = byKind.extend({
  ...held,
  temperature: z.number(),
  /** Among `of` solutions of a problem: one of them is right (pass@k), and the answer that most of them give is. */
  among: z.array(z.object({ of: z.int().min(2), any: score, majority: score })),
});

/** What a verifier says right or wrong of: whole solutions, steps, what steps add, or steps by outcomes alone. */
export const JUDGES = ['outcome', 'process', 'progress', 'implicit'] as const;

/** What a verifier's scores are worth, on solutions that it did not learn from. */
const judged = z.object({
  ...held,
  /** Of right and wrong solutions told apart at one half. */
  ...score.shape,
  problems: z.int().min(1),
  /** Mean square between score and outcome (Brier 1950). */
  brier: z.number(),
  /** Reliability: solutions by their score in equal parts of 0 … 1, with the mean score and the share that is right. */
  bins: z.array(z.object({ from: z.number(), to: z.number(), n: z.int(), score: z.number(), right: z.number() })),
  /** Accuracy of the answer with the best score among the first `of` solutions, that of a majority, and how often one is right. */
  bestOf: z.array(z.object({ of: z.int().min(1), verifier: score, majority: score, any: score })),
});

const fields = {
  /** That of its folder, and of the reference after the colon. */
  name: nameSchema,
  title: z.string().min(1),
  about: z.string(),
  /** Of the file it can be made again by, from `nodes/models/` on. */
  recipe: z.string(),
  data: z.string(),
  seed: z.int().min(0),
  steps: z.int().min(1),
  /** That training took. */
  minutes: z.number().min(0),
  parameters: z.int().min(1),
  evaluation: z.array(
    z.union(
      [judged, solved, answers, matches],
      'expected answers with their accuracy, solved problems, matches with recall and zeroShot, or judged solutions',
    ),
  ),
  weights: z.object({
    file: z.string().regex(/^[\w-]+\.safetensors$/, 'expected the name of a .safetensors file'),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
    bytes: z.int().min(1),
  }),
  /** What it lacks to stand in a graph, where it is the first stage of another. */
  partial: z.string().optional(),
  /** What it was trained with: the family's for pictures or for arithmetic, or a `tokenizer.json` of its own. */
  tokenizer: z.enum(['worlds', 'arithmetic', 'own']).default('worlds'),
};

/** References of the models that a connector was trained over. */
const over = { encoder: z.string(), llm: z.string() };

const cardSchema = z.discriminatedUnion('kind', [
  z.object({
    ...fields,
    kind: z.literal('vision-encoder'),
    /** Its tensors start with `vision.`, those of the text tower that it was trained with, if any, with `text.`. */
    architecture: z.strictObject({
      vision: visionSchema,
      text: textSchema.optional(),
      /** Learned with the towers: the similarity is divided by `temperature`, and `bias` added. */
      logits: z.strictObject({ temperature: z.number(), bias: z.number() }).optional(),
    }),
  }),
  z.object({ ...fields, ...over, kind: z.literal('projector'), architecture: projectorSchema }),
  z.object({ ...fields, ...over, kind: z.literal('q-former'), architecture: qFormerSchema }),
  z.object({ ...fields, ...over, kind: z.literal('cross-attention-adapter'), architecture: adapterSchema }),
  z.object({ ...fields, kind: z.literal('llm'), architecture: decoderSchema }),
  z.object({
    ...fields,
    kind: z.literal('verifier'),
    /** Of the decoder; an implicit verifier keeps its vocabulary, the others have a head that judges in its place. */
    architecture: decoderSchema,
    judges: z.enum(JUDGES),
    /** The model whose solutions it judges, which is asked how likely it finds each token. */
    solver: z.string(),
    /** What a log-ratio counts for an implicit one. */
    beta: z.number().positive().optional(),
  }),
]);

/** What a trained model is and how it came about: `card.json` beside its weights. */
export type ModelCard = z.output<typeof cardSchema>;
export type CardOf<Kind extends ModelCard['kind']> = Extract<ModelCard, { kind: Kind }>;

/** Throws an `Error` that names the first field which is not as it should be. */
export function parseCard(json: unknown): ModelCard {
  return readBy(cardSchema, json, 'the card');
}

/** Kinds of nodes that can hold the model. */
export function kindsOf(card: ModelCard): string[] {
  if (card.partial !== undefined) return [];
  return card.kind === 'vision-encoder' && card.architecture.text ? [card.kind, 'similarity'] : [card.kind];
}
