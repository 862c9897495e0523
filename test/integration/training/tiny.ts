import type { CardOf } from '../../../nodes/models/card.ts';
import type { Graph } from '../../../nodes/onnx/graph.ts';
import { toHalf } from '../../../nodes/onnx/half.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';
import type { FlatLayout } from '../../../nodes/training/flat.ts';
import {
  type ConnectorRecipe,
  type ImageTextRecipe,
  type LanguageRecipe,
  parseRecipe,
  type RepresentationRecipe,
} from '../../../nodes/training/recipe.ts';
import { initialState, startingWeights, type TrainingState } from '../../../nodes/training/trainer.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { floats } from '../../helpers/onnx.ts';
import { SMALL_LLM, SMALL_TEXT, SMALL_VISION } from '../../helpers/small-models.ts';
import { type CardBody, saveModel } from '../../helpers/stored.ts';

/** Recipes of every task for models that train in milliseconds. */

const WIDTH = 32;
/** Words of the tokenizer that ships. */
const VOCABULARY = 256;

const common = {
  schemaVersion: 1,
  title: 'Tiny',
  data: { worlds: { shapes: 1 } },
  schedule: { steps: 200, batch: 2, rate: 0.003, warmup: 20 },
};

export const LLM = {
  ...SMALL_LLM,
  width: WIDTH,
  layers: 2,
  heads: 4,
  mlp: { width: 48, activation: 'swiglu' },
} as const;

/** As OPT, but smooth, for differences: learned positions, layer norm, biases everywhere. */
export const OPT_LIKE = {
  ...LLM,
  kvHeads: 4,
  mlp: { width: 48, activation: 'gelu' },
  norm: 'layer',
  bias: 'all',
  positions: { kind: 'learned', count: 66, offset: 2 },
  tied: false,
} as const;

export const VISION = {
  ...SMALL_VISION,
  width: WIDTH,
  mlpWidth: 64,
  activation: 'quick-gelu',
  classToken: true,
  normBefore: true,
  pooling: { kind: 'class-token', width: WIDTH },
  preprocessing: { fit: 'stretch', normalisation: 'clip' },
} as const;

export const SIGLIP_VISION = {
  ...VISION,
  stem: [8, 12, 16],
  activation: 'gelu-tanh',
  classToken: false,
  normBefore: false,
  pooling: { kind: 'attention' },
} as const;

const TEXT = { ...SMALL_TEXT, width: WIDTH, mlpWidth: 48, embedding: WIDTH } as const;

const over = { input: WIDTH };
export const Q_FORMER = { queries: 4, width: 24, layers: 2, heads: 2, mlpWidth: 48, crossEvery: 2, epsilon: 1e-12 };
const ADAPTER = {
  width: WIDTH,
  depths: [0, 1],
  heads: 4,
  keyValueHeads: 2,
  headWidth: 8,
  mlp: { width: 48, activation: 'swiglu' },
  norm: 'rms',
  queryKeyNorm: true,
  epsilon: 1e-5,
  zeroGates: true,
  projects: true,
};

/** One of each mechanism that joins an encoder and an LLM. */
export const CONNECTORS = {
  linear: { kind: 'projector', architecture: { design: 'linear', width: WIDTH, ...over } },
  mlp: { kind: 'projector', architecture: { design: 'mlp', width: WIDTH, depth: 2, activation: 'gelu', ...over } },
  'pixel-shuffle': { kind: 'projector', architecture: { design: 'pixel-shuffle', width: WIDTH, ...over } },
  'patch-merger': { kind: 'projector', architecture: { design: 'patch-merger', width: WIDTH, ...over } },
  resampler: { kind: 'projector', architecture: { design: 'resampler', width: WIDTH, queries: 4, heads: 2, ...over } },
  'q-former': { kind: 'q-former', architecture: { ...Q_FORMER, outputWidth: WIDTH, ...over } },
  'cross-attention-adapter': { kind: 'cross-attention-adapter', architecture: { ...ADAPTER, ...over } },
} as const;

type Changes = Readonly<Record<string, unknown>>;

export function languageRecipe(changes: Changes = {}): LanguageRecipe {
  const own = { task: 'language', name: 'tiny-llm', llm: LLM, tokens: 64 };
  return parseRecipe({ ...common, ...own, ...changes }) as LanguageRecipe;
}

export function imageTextRecipe(loss: 'clip' | 'siglip', changes: Changes = {}): ImageTextRecipe {
  const vision = loss === 'clip' ? VISION : SIGLIP_VISION;
  const own = { task: 'image-text', name: `tiny-${loss}`, vision, text: TEXT, loss, dense: 0.5 };
  return parseRecipe({ ...common, ...own, ...changes }) as ImageTextRecipe;
}

export function connectorRecipe(connector: keyof typeof CONNECTORS, changes: Changes = {}): ConnectorRecipe {
  const between = { encoder: 'trained:tiny-encoder', llm: 'trained:tiny-llm' };
  const own = {
    task: 'connector',
    name: `tiny-${connector}`,
    connector: CONNECTORS[connector],
    pictures: 8,
    tokens: 48,
  };
  return parseRecipe({ ...common, ...between, ...own, ...changes }) as ConnectorRecipe;
}

export function representationRecipe(changes: Changes = {}): RepresentationRecipe {
  const between = { encoder: 'trained:tiny-encoder', llm: 'trained:tiny-llm' };
  const { architecture } = CONNECTORS['q-former'];
  const own = { task: 'representation', name: 'tiny-stage-1', architecture, pictures: 8, context: 16 };
  return parseRecipe({ ...common, ...between, ...own, vocabulary: VOCABULARY, ...changes }) as RepresentationRecipe;
}

/** Writes the two models that connectors stand between into `folder`, a folder each, and returns their cards. */
export async function saveConnected(folder: string): Promise<{
  readonly encoder: CardOf<'vision-encoder'>;
  readonly llm: CardOf<'llm'>;
}> {
  const encoder: CardBody = { kind: 'vision-encoder', architecture: { vision: VISION } };
  const llm: CardBody = { kind: 'llm', architecture: LLM };
  return {
    encoder: (await saveModel(
      `${folder}/tiny-encoder`,
      'tiny-encoder',
      encoder,
      startingWeights(5),
    )) as CardOf<'vision-encoder'>,
    llm: (await saveModel(`${folder}/tiny-llm`, 'tiny-llm', llm, startingWeights(6))) as CardOf<'llm'>,
  };
}

/** A state whose biases, scales and gates are not where training starts, so that every branch of the model matters. */
export function livelyState(layout: FlatLayout): TrainingState {
  const state = initialState(layout, 1);
  const { data } = state.weights;
  const shift = floats([layout.size], 2).data as Float32Array;
  for (const { spec, offset, size } of layout.entries)
    for (let i = offset; i < offset + size; i++)
      data[i] = (data[i] as number) + (spec.name.endsWith('_gate') ? 0.7 : 0.1 * (shift[i] as number));
  return state;
}

/** Weights by the names of the training graph, `nameIn` telling how a parameter of another graph is named there. */
export function flatWeights(layout: FlatLayout, weights: Float32Array, nameIn = (name: string) => name): WeightSource {
  return {
    digest: 'flat',
    fill({ name, shape }, into) {
      const entry = layout.entries.find(({ spec }) => spec.name === nameIn(name));
      if (!entry || `${entry.spec.shape}` !== `${shape}`) throw new Error(`nothing of that shape trained as "${name}"`);
      into.set(new Uint8Array(weights.buffer, entry.offset * 4, entry.size * 4));
    },
  };
}

/** Weights of what is frozen, by the names of the training graph. */
export const FROZEN = startingWeights(7);

const STATE = /^(weights|first|second|rate|correction[12])$/;

/** Inputs of a training graph beside its state, drawn from a seed: numbers within ±1, ids below 4, targets below 3, labels below 2, weights and noise 0 or more. */
export function drawnFeeds(graph: Graph, seed = 1): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  graph.inputs.forEach(({ name, dtype, shape }, i) => {
    if (STATE.test(name)) return;
    const dims = shape.map(Number);
    const drawn = floats(dims, 31 * seed + i).data as Float32Array;
    const ids = name.startsWith('labels') ? 2 : name === 'targets' ? 3 : 4;
    feeds[name] = {
      dtype,
      dims,
      data: cast(dtype, /weights|noise/.test(name) ? drawn.map(Math.abs) : drawn, ids),
    } as Tensor;
  });
  return feeds;
}

function cast(dtype: Tensor['dtype'], drawn: Float32Array, ids: number): Tensor['data'] {
  if (dtype === 'int64') return BigInt64Array.from(drawn, (x) => BigInt(Math.floor(((x + 1) / 2) * ids)));
  return dtype === 'float16' ? Uint16Array.from(drawn, toHalf) : drawn;
}
