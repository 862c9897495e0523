import { existsSync } from 'node:fs';
import type { CardOf, ModelCard } from '../../../nodes/models/card.ts';
import { partOf } from '../../../nodes/neural-run.ts';
import type { ParamSpec, WeightSource } from '../../../nodes/onnx/weights.ts';
import { NodeError, type StoredModel } from '../../../nodes/run.ts';
import type { Batch } from '../../../nodes/training/batch.ts';
import type { Split } from '../../../nodes/training/data/world.ts';
import type { ConnectorRecipe, Recipe, RepresentationRecipe, VerifierRecipe } from '../../../nodes/training/recipe.ts';
import { type ConnectedModels, constantFeeds } from '../../../nodes/training/tasks/connector.ts';
import { type Task, taskOf } from '../../../nodes/training/tasks/index.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { openStored } from '../models/stored.ts';
import type { TrainingEvent } from './events.ts';
import { KeptFeatures } from './features.ts';
import { loaderData } from './loader.ts';
import type { LoaderData } from './loader-worker.ts';

/** A recipe with everything it refers to at hand. */
export interface Prepared {
  readonly task: Task;
  /** Digests of the models that the recipe names. */
  readonly models: readonly string[];
  /** Weights of what is frozen. */
  readonly frozen: WeightSource;
  /** Where a parameter that trains starts, if not at random. */
  start?(spec: ParamSpec): WeightSource | undefined;
  /** Work before the first step. */
  ready(data: LoaderData, held: number, emit: (event: TrainingEvent) => void): Promise<void>;
  /** What a batch still lacks; `blind` shows each question the picture of another. */
  feeds(batch: Batch, split: Split, blind?: boolean): Readonly<Record<string, Tensor>>;
}

export async function prepare(recipe: Recipe): Promise<Prepared> {
  if ('encoder' in recipe) return overFrozen(recipe);
  if (recipe.task === 'verifier') return judging(recipe);
  const started = recipe.start ? await openStored(recipe.start) : undefined;
  return {
    task: taskOf(recipe),
    models: started ? [started.weights.digest] : [],
    frozen: nothing,
    start: ({ name }) => started && startOf(name, started, recipe),
    ready: async () => {},
    feeds: ({ feeds }) => feeds,
  };
}

/** From the weights of the solver; the head that judges is new. */
async function judging(recipe: VerifierRecipe): Promise<Prepared> {
  const { rollouts } = loaderData(recipe);
  if (rollouts === undefined || !existsSync(rollouts))
    throw new NodeError(
      `There are no rollouts "${recipe.rollouts}": ${rollouts} is missing.`,
      `Make them first: patchbay rollouts ${recipe.start}`,
    );
  const llm = await openAs(recipe.start, 'llm');
  return {
    task: taskOf(recipe, { llm: llm.card }),
    models: [llm.weights.digest],
    frozen: nothing,
    start: ({ name }) => (name.startsWith('judge.') ? undefined : llm.weights),
    ready: async () => {},
    feeds: ({ feeds }) => feeds,
  };
}

/**
 * What asked patches was left behind, and starts anew; the scale of the logits stands in the card. SigLIP's scale and bias belong
 * together: over towers whose loss had no bias, both start as its own do.
 */
function startOf(name: string, { card, weights }: StoredModel, recipe: Recipe): WeightSource | undefined {
  if (card.kind !== 'vision-encoder' || /^(vision|text)\./.test(name)) return weights;
  const { logits } = card.architecture;
  if (recipe.task === 'image-text' && recipe.loss === 'siglip' && logits?.bias === 0) return undefined;
  if (name === 'logits.scale' && logits) return filled(-Math.log(logits.temperature));
  return name === 'logits.bias' && logits ? filled(logits.bias) : undefined;
}

function filled(value: number): WeightSource {
  return {
    digest: `${value}`,
    fill: (_, into) => new Float32Array(into.buffer, into.byteOffset, into.byteLength / 4).fill(value),
  };
}

const nothing: WeightSource = {
  digest: 'none',
  fill(spec) {
    throw new Error(`"${spec.name}" is neither trained nor given`);
  },
};

/** Over a frozen encoder whose features are kept, and an LLM. */
async function overFrozen(recipe: ConnectorRecipe | RepresentationRecipe): Promise<Prepared> {
  const encoder = await openAs(recipe.encoder, 'vision-encoder');
  const llm = await openAs(recipe.llm, 'llm');
  const models: ConnectedModels = { encoder: encoder.card, llm: llm.card };
  const started = 'start' in recipe && recipe.start ? await openStored(recipe.start) : undefined;
  const constants = recipe.task === 'connector' ? constantFeeds(recipe, models) : {};
  const kept = new Map<Split, KeptFeatures>();
  return {
    task: taskOf(recipe, models),
    models: [encoder, llm, started].flatMap((model) => model?.weights.digest ?? []),
    frozen: named(llm.weights, /^llm\./),
    start: (spec) => {
      if (/^llm\.(?!adapter\.)/.test(spec.name)) return named(llm.weights, /^llm\./);
      // The first of two stages has no projection yet.
      if (started?.card.partial !== undefined && spec.name.startsWith('connector.projection.')) return undefined;
      return started && named(started.weights, /^(connector|llm)\./);
    },
    async ready(data, held, emit) {
      const { vision } = encoder.card.architecture;
      for (const [split, count] of [
        ['train', recipe.pictures],
        ['validation', held],
      ] as const) {
        const label = split === 'train' ? 'Looking at pictures' : 'Looking at held-out pictures';
        const features = await KeptFeatures.make(
          data,
          vision,
          partOf(encoder.weights, 'vision.'),
          split,
          count,
          (done) => emit({ type: 'training-preparing', label, done, of: count }),
        );
        kept.set(split, features);
      }
    },
    feeds({ feeds, pictures = [] }, split, blind = false) {
      const shown = blind ? pictures.map((_, i) => pictures[(i + 1) % pictures.length] as number) : pictures;
      const features = kept.get(split)?.of(shown);
      if (!features) throw new Error(`no features of ${split} were kept`);
      return { ...feeds, ...constants, features };
    },
  };
}

async function openAs<Kind extends ModelCard['kind']>(
  reference: string,
  kind: Kind,
): Promise<Omit<StoredModel, 'card'> & { readonly card: CardOf<Kind> }> {
  const stored = await openStored(reference);
  const { card } = stored;
  if (card.kind !== kind)
    throw new NodeError(`"${reference}" is a ${card.kind}, not a ${kind}.`, 'Name another model in the recipe.');
  return { ...stored, card: card as CardOf<Kind> };
}

/** Weights whose names in the training graph have a prefix that the file does not. */
function named(weights: WeightSource, prefix: RegExp): WeightSource {
  return {
    digest: weights.digest,
    fill: (spec, into) => weights.fill({ ...spec, name: spec.name.replace(prefix, '') }, into),
  };
}
