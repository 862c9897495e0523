import type { Cost, Facts } from './definition.ts';
import { isImported } from './imports/facts.ts';
import type { Variant } from './imports/variants.ts';
import { cardOf, isStored, requireInput } from './model-reference.ts';
import { RANDOM_WEIGHTS } from './neural.ts';
import type { Graph } from './onnx/graph.ts';
import { randomWeights } from './onnx/random.ts';
import { buildModel } from './onnx/serialize.ts';
import type { WeightSource } from './onnx/weights.ts';
import type { NodeMetrics, NodeRun, RunContext, Session, SessionRequest } from './run.ts';
import type { EmbeddingsValue, FeaturesValue, FloatTensor, Tensor } from './values.ts';

/** The model that a node holds, opened. */
export interface OpenModel {
  /** For the definition's functions: the card, where there is one. */
  readonly facts: Facts;
  readonly weights: WeightSource;
  /** That trained weights came with. */
  readonly tokenizer?: { readonly path: string };
  /** What the node says of its output: nothing where the weights are trained. */
  readonly caveat?: string;
}

/** Weights of a `tiny:` or `trained:` model from its file; seeded random ones for any other. */
export async function openModel(context: RunContext, model: string, seed: number): Promise<OpenModel> {
  if (!isStored(model)) return { facts: {}, weights: randomWeights(seed), caveat: RANDOM_WEIGHTS };
  const { card, weights, tokenizer } = await context.storedModel(model);
  return { facts: { card }, weights, tokenizer: { path: tokenizer } };
}

/** A connector: what it makes is for the LLM that it was trained over. */
export interface OpenConnector extends OpenModel {
  readonly llm?: string;
}

/** `openModel` for what reads features: a trained connector needs those that it was trained over, and says where they are not. */
export async function openConnector(
  context: RunContext,
  { model, seed }: { readonly model: string; readonly seed: number },
  features: FeaturesValue | EmbeddingsValue,
): Promise<OpenConnector> {
  const held = await openModel(context, model, seed);
  requireInput(model, held.facts, features.tensor.dims[2] ?? 0);
  const card = cardOf(model, held.facts);
  if (!card || !('encoder' in card)) return held;
  const made = { ...held, llm: card.llm };
  if (features.type !== 'features' || card.encoder === features.model) return made;
  return { ...made, caveat: `trained over ${card.encoder}, not ${features.model}` };
}

/** What shapes and cost need of a model that lies on disk: `{ card }`. The cards of those that ship are known already. */
export const probeModel: NonNullable<NodeRun<{ readonly model: string }>['probe']> = async (context, { model }) =>
  model.startsWith('trained:') ? { card: (await context.storedModel(model)).card } : {};

/** `probeModel` for kinds that also hold models that others exported: `{ imported }`. */
export const probeImport: NonNullable<
  NodeRun<{ readonly model: string; readonly variant: Variant | 'auto' }>['probe']
> = async (context, params) =>
  isImported(params.model)
    ? { imported: (await context.importedModel(params.model, params.variant)).facts }
    : probeModel(context, params);

/** The part of a file of weights whose names start with `prefix`, under names without it. */
export function partOf(weights: WeightSource, prefix: string): WeightSource {
  return {
    digest: weights.digest,
    fill: (spec, into) => weights.fill({ ...spec, name: prefix + spec.name }, into),
  };
}

/**
 * A session for a graph with these weights. `identity` is whatever the graph was built from: equal identities share a
 * session.
 */
export function modelSession(
  context: RunContext,
  identity: unknown,
  weights: WeightSource,
  build: () => Graph,
  options: Pick<SessionRequest, 'threads' | 'generates'> = {},
): Promise<Session> {
  const key = JSON.stringify([identity, weights.digest]);
  return context.session({ ...options, key, build: () => buildModel(build()), weights });
}

/** Says on the node what it costs, and what is to be said of its weights. */
export function reportCost(
  context: RunContext,
  cost: Cost,
  { caveat }: Pick<OpenModel, 'caveat'>,
  more: NodeMetrics = {},
): void {
  context.report({
    ...(cost.parameters !== undefined && { parameters: cost.parameters }),
    ...(cost.flops !== undefined && { flops: cost.flops }),
    ...(cost.peakBytes !== undefined && {
      bytes: { peak: cost.peakBytes, ...(cost.kvCacheBytes !== undefined && { kvCache: cost.kvCacheBytes }) },
    }),
    ...(cost.tokens && { tokens: cost.tokens }),
    ...(caveat !== undefined && { caveat }),
    ...more,
  });
}

/** Output `name` of a session, which our graphs always give in single precision. */
export function floatOutput(outputs: Readonly<Record<string, Tensor>>, name: string): FloatTensor {
  const tensor = outputs[name];
  if (!tensor || !(tensor.data instanceof Float32Array)) throw new Error(`the session gave no float32 "${name}"`);
  return { dtype: 'float32', dims: tensor.dims, data: tensor.data };
}
