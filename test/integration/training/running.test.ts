import { describe, expect, test } from 'vitest';
import { type AdapterModel, keyValueGraph } from '../../../nodes/cross-attention-adapter/model.ts';
import { startState } from '../../../nodes/generation/decode.ts';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { stepGraph } from '../../../nodes/llm/model.ts';
import { fromHalf } from '../../../nodes/onnx/half.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';
import { mergeNeighbours } from '../../../nodes/projector/arrange.ts';
import { mergesNeighbours } from '../../../nodes/projector/config.ts';
import { projectorGraph } from '../../../nodes/projector/model.ts';
import { qFormerGraph } from '../../../nodes/q-former/model.ts';
import { textGraph } from '../../../nodes/similarity/model.ts';
import type { FlatLayout } from '../../../nodes/training/flat.ts';
import type { ConnectorRecipe, Recipe } from '../../../nodes/training/recipe.ts';
import { evaluationGraph } from '../../../nodes/training/step.ts';
import { constantFeeds } from '../../../nodes/training/tasks/connector.ts';
import { taskOf } from '../../../nodes/training/tasks/index.ts';
import type { FloatTensor, Tensor } from '../../../nodes/values.ts';
import { encoderGraph } from '../../../nodes/vision-encoder/model.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { openGraph, runGraph } from '../../helpers/onnx.ts';
import { sizesOf } from '../llm/tiny.ts';
import { clipOf, crossEntropyOf, rowsOf, siglipOf } from './formulas.ts';
import { openStep } from './session.ts';
import {
  CONNECTORS,
  connectorRecipe,
  drawnFeeds,
  FROZEN,
  flatWeights,
  imageTextRecipe,
  LLM,
  languageRecipe,
  livelyState,
  OPT_LIKE,
  saveConnected,
} from './tiny.ts';

/** What trains is what runs: the loss under training against that of the graphs which nodes run, with all fused operators. */

const RUNNING = { precision: 'fp32', fused: true } as const;
const TOKENS = 16;

const models = await saveConnected(dataFolder());

/** Two questions over one opening. */
const TURNS = {
  turns: rows([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]),
  positions: rows([0, 1, 2, 3, 4, 5, 6, 7, 8, 4, 5, 6, 7, 8, 9, 10]),
};

function rows(numbers: readonly number[]): Tensor {
  return { dtype: 'int64', dims: [2, TOKENS], data: BigInt64Array.from([...numbers, ...numbers], BigInt) };
}

interface Trained {
  readonly layout: FlatLayout;
  readonly weights: Float32Array;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly loss: number;
}

/** A batch as the training graph sees it. */
async function underTraining(recipe: Recipe, constants: Readonly<Record<string, Tensor>> = {}): Promise<Trained> {
  const { graph, layout } = evaluationGraph(taskOf(recipe, models).trainee);
  const session = await openStep(graph, FROZEN);
  try {
    const feeds = {
      ...drawnFeeds(graph),
      ...constants,
      ...(graph.inputs.some(({ name }) => name === 'turns') && TURNS),
    };
    const { weights } = livelyState(layout);
    const { loss } = await session.run({ ...feeds, weights }, { loss: null });
    return { layout, weights: weights.data, feeds, loss: Number(loss?.data[0]) };
  } finally {
    await session.release();
  }
}

/** Weights under names without `prefix`, which trained where the layout has them, and else were frozen. */
function weightsUnder({ layout, weights }: Trained, prefix: string): WeightSource {
  const trained = flatWeights(layout, weights, (name) => prefix + name);
  const known = new Set(layout.entries.map(({ spec }) => spec.name));
  return {
    digest: 'trained and frozen',
    fill(spec, into) {
      if (known.has(prefix + spec.name)) trained.fill(spec, into);
      else FROZEN.fill({ ...spec, name: prefix + spec.name }, into);
    },
  };
}

interface Sight {
  /** Rows that stand after the first token of each sequence, `[batch, count, width]`. */
  readonly visual?: FloatTensor;
  readonly adapter?: { readonly model: AdapterModel; readonly keyValues: readonly Readonly<Record<string, Tensor>>[] };
}

/**
 * The loss of answers by the decoder that nodes run: it is asked anew after every token of every sequence, with no other
 * turn than the token's before it.
 */
async function runningLoss(llm: DecoderConfig, trained: Trained, prefix: string, sight: Sight = {}): Promise<number> {
  const [ids, turns, targets, weights] = (['ids', 'turns', 'targets', 'target_weights'] as const).map((name) =>
    Array.from((trained.feeds[name] as Tensor).data, Number),
  ) as [number[], number[], number[], number[]];
  const graph = stepGraph(llm, RUNNING, sight.adapter?.model.config);
  const session = await openGraph(graph, { weights: weightsUnder(trained, prefix) });
  try {
    const logits: number[][] = [];
    for (const [row, tokens] of rowsOf(ids, TOKENS).entries())
      for (let at = 0; at < TOKENS; at++) {
        const turnAt = (i: number) => turns[row * TOKENS + i];
        const asked = tokens.filter((_, i) => i <= at && (turnAt(i) === 0 || turnAt(i) === turnAt(at)));
        const { pending, past } = startState(sizesOf(llm), promptOf(asked, llm.width, row, sight.visual));
        const scores = await session.run({ ...pending, ...past, ...sight.adapter?.keyValues[row] });
        logits.push(Array.from(scores.logits?.data as Float32Array));
      }
    return crossEntropyOf(logits, targets, weights);
  } finally {
    await session.release();
  }
}

function promptOf(ids: readonly number[], width: number, row: number, visual?: FloatTensor) {
  const count = visual?.dims[1] ?? 0;
  const [first = 0, ...rest] = ids;
  const data = visual?.data.slice(row * count * width, (row + 1) * count * width) ?? new Float32Array(0);
  const whole = [first, ...Array<number>(count).fill(0), ...rest];
  return {
    ids: whole,
    visual: { dtype: 'float32', dims: [count, width], data } as const,
    slots: Array.from({ length: count }, (_, i) => i + 1),
    positions: [whole.map((_, at) => at)],
    next: whole.length,
  };
}

describe('a decoder', () => {
  test.each([
    ['with rotary positions', LLM],
    ['with learned positions, biases and a head of its own', OPT_LIKE],
  ] as const)('%s', async (_, llm) => {
    const trained = await underTraining(languageRecipe({ llm, tokens: TOKENS }));
    expect(Math.abs(trained.loss - (await runningLoss(llm, trained, '')))).toBeLessThan(1e-4);
  });
});

describe('a frozen LLM that is shown a picture by a connector', () => {
  const names = Object.keys(CONNECTORS) as (keyof typeof CONNECTORS)[];
  test.each(names)('%s', async (name) => {
    const recipe = connectorRecipe(name, { tokens: TOKENS });
    const trained = await underTraining(recipe, constantFeeds(recipe, models));
    const seen = await sightOf(recipe, trained);
    expect(Math.abs(trained.loss - (await runningLoss(LLM, trained, 'llm.', seen)))).toBeLessThan(1e-4);
    // A loss that does not depend on the picture would show nothing.
    const blind = await runningLoss(LLM, trained, 'llm.', seen.adapter ? { adapter: unseen(seen.adapter) } : {});
    expect(Math.abs(trained.loss - blind)).toBeGreaterThan(1e-3);
  });
});

function unseen(adapter: NonNullable<Sight['adapter']>): NonNullable<Sight['adapter']> {
  const zeros = (tensor: Tensor) => ({ ...tensor, data: new Float32Array(tensor.data.length) }) as Tensor;
  const emptied = (row: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(Object.entries(row).map(([name, tensor]) => [name, zeros(tensor)]));
  return { ...adapter, keyValues: adapter.keyValues.map(emptied) };
}

/** What the connector's own node makes of the features of the batch. */
async function sightOf({ connector }: ConnectorRecipe, trained: Trained): Promise<Sight> {
  const { features: halves, ...constants } = trained.feeds;
  const features = single(halves as Tensor);
  const weights = weightsUnder(trained, 'connector.');
  if (connector.kind === 'cross-attention-adapter') {
    const { projects, input, ...config } = connector.architecture;
    const model = { config, projects };
    const keyValues: Record<string, Tensor>[] = [];
    for (const row of rowsOf(features.data, features.data.length / (features.dims[0] ?? 1))) {
      const one = { ...features, dims: [1, ...features.dims.slice(1)], data: Float32Array.from(row) };
      const made = await runGraph(keyValueGraph(model, input, RUNNING), { features: one }, { weights });
      // `key.0` → `adapter.0.key`
      const renamed = Object.entries(made).map(([name, tensor]) => [
        name.replace(/(.*)\.(.*)/, 'adapter.$2.$1'),
        tensor,
      ]);
      keyValues.push(Object.fromEntries(renamed));
    }
    return { adapter: { model, keyValues } };
  }
  if (connector.kind === 'q-former') {
    const { input, outputWidth, ...config } = connector.architecture;
    const { embeddings } = await runGraph(qFormerGraph(config, input, outputWidth, RUNNING), { features }, { weights });
    return { visual: embeddings as FloatTensor };
  }
  const { input, classToken: _, ...config } = connector.architecture;
  const side = Math.sqrt((features.dims[1] ?? 0) - 1);
  const rows = withoutFirst(features);
  const fed = mergesNeighbours(config) ? mergeNeighbours(rows, [side, side]) : rows;
  const places = Object.fromEntries(Object.entries(constants).filter(([name]) => name.endsWith('_positions')));
  const made = await runGraph(projectorGraph(config, input, RUNNING), { features: fed, ...places }, { weights });
  return { visual: made.embeddings as FloatTensor };
}

function single({ dims, data }: Tensor): FloatTensor {
  return { dtype: 'float32', dims, data: Float32Array.from(data as Uint16Array, fromHalf) };
}

/** Without the class token. */
function withoutFirst({ dims, data }: FloatTensor): FloatTensor {
  const [n = 0, tokens = 0, width = 0] = dims;
  const kept = rowsOf(data, tokens * width).flatMap((row) => row.slice(width));
  return { dtype: 'float32', dims: [n, tokens - 1, width], data: Float32Array.from(kept) };
}

describe('towers', () => {
  test.each(['clip', 'siglip'] as const)('by the loss of %s', async (loss) => {
    const recipe = imageTextRecipe(loss, { dense: 0, schedule: { steps: 1, batch: 4, rate: 1, warmup: 0 } });
    const trained = await underTraining(recipe);
    const { patches, ids, read } = trained.feeds as Record<'patches' | 'ids' | 'read', Tensor>;
    const whole = { layers: 0, featureLayer: -1, pooling: true } as const;
    const vision = encoderGraph(recipe.vision, whole, RUNNING);
    const { pooled } = await runGraph(vision, { patches }, { weights: weightsUnder(trained, 'vision.') });
    const text = textGraph(recipe.text, RUNNING);
    const { embeddings } = await runGraph(text, { ids, read }, { weights: weightsUnder(trained, 'text.') });
    const [images, texts] = [pooled, embeddings].map((tensor) =>
      rowsOf(tensor?.data as Float32Array, tensor?.dims[1] ?? 1),
    ) as [number[][], number[][]];
    const value = (name: string) => {
      const entry = trained.layout.entries.find(({ spec }) => spec.name === name);
      return trained.weights[entry?.offset ?? Number.NaN] as number;
    };
    const scale = value('logits.scale');
    const expected =
      loss === 'clip' ? clipOf(images, texts, scale) : siglipOf(images, texts, scale, value('logits.bias'));
    expect(Math.abs(trained.loss - expected)).toBeLessThan(1e-4);
  });
});
