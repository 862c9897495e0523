import type { AdapterConfig } from '../../cross-attention-adapter/adapter.ts';
import { gatedKeyValues } from '../../cross-attention-adapter/model.ts';
import { uniformGenerator } from '../../generation/uniforms.ts';
import { type AdapterLayers, decoderHidden, vocabularyScores } from '../../llm/model.ts';
import type { CardOf } from '../../models/card.ts';
import { add, cast, equal, expand, full, range, reshape, slice, transpose, where } from '../../onnx/functions.ts';
import type { Graph, Handle } from '../../onnx/graph.ts';
import { embedding } from '../../onnx/layers/linear.ts';
import { gridPositions } from '../../projector/arrange.ts';
import { mergesNeighbours } from '../../projector/config.ts';
import { projected } from '../../projector/model.ts';
import { queried } from '../../q-former/model.ts';
import type { Tensor } from '../../values.ts';
import type { VisionConfig } from '../../vision-encoder/config.ts';
import type { BatchMaker } from '../batch.ts';
import { itemSeed } from '../batch.ts';
import { integer } from '../data/chance.ts';
import type { Outcome } from '../outcome.ts';
import type { ConnectorRecipe } from '../recipe.ts';
import type { Trainee } from '../step.ts';
import { OPENING, turns } from '../turns.ts';
import { answerObjective, conversationBatch, conversationInputs, inserted, sequenceInputs } from './conversations.ts';
import { featureTokens, pictured } from './pictures.ts';
import type { Sources } from './sources.ts';

/** The models that a connector stands between. */
export interface ConnectedModels {
  readonly encoder: CardOf<'vision-encoder'>;
  readonly llm: CardOf<'llm'>;
}

type Over<Kind extends ConnectorRecipe['connector']['kind']> = Extract<ConnectorRecipe['connector'], { kind: Kind }>;

/**
 * A connector from kept features, through the LLM, to answers. Inputs beside those of a conversation: `features`, float16
 * `[batch, tokens, width]`. Parameters of the connector stand under `connector.`, those of the LLM, and of gated layers
 * inside it, under `llm.`.
 */
export function connectorTrainee(recipe: ConnectorRecipe, { encoder, llm }: ConnectedModels): Trainee {
  const { connector, tokens, schedule, unfreeze, gateRate } = recipe;
  const { vision } = encoder.architecture;
  return {
    build(g) {
      const shape = [schedule.batch, featureTokens(vision), vision.width];
      const features = cast(g, g.input('features', 'float16', shape), 'float32');
      const text = conversationInputs(g, schedule.batch, tokens);
      if (connector.kind === 'cross-attention-adapter') {
        const { keyValues, config } = g.scope('connector', () => adapterLayers(g, connector, features));
        const scores = g.scope('llm', () => textScores(g, llm.architecture, text, { keyValues, config }));
        return answerObjective(g, scores);
      }
      const visual = g.scope('connector', () => visualTokens(g, connector, vision, features));
      return answerObjective(
        g,
        g.scope('llm', () => visualScores(g, llm.architecture, text, visual)),
      );
    },
    trains: (name) => isConnectors(name) || unfreeze,
    rateScale: (name) => (name.endsWith('_gate') ? gateRate : 1),
  };
}

/** Gated layers belong to the connector, though they stand in the LLM. */
const isConnectors = (name: string) => /^(connector|llm\.adapter)\./.test(name);

function visualTokens(
  g: Graph,
  connector: Over<'projector'> | Over<'q-former'>,
  vision: VisionConfig,
  features: Handle,
): Handle {
  if (connector.kind === 'q-former') {
    const { outputWidth, input: _, ...config } = connector.architecture;
    return queried(g, config, outputWidth, features);
  }
  const { input, classToken, ...config } = connector.architecture;
  const rows = vision.classToken && !classToken ? slice(g, features, 1, 1) : features;
  return projected(g, config, mergesNeighbours(config) ? mergedNeighbours(g, rows) : rows, input);
}

/** 2 × 2 neighbours of a square grid in one row: `[n, tokens, width]` → `[n, tokens / 4, 4·width]`, as `mergeNeighbours`. */
function mergedNeighbours(g: Graph, x: Handle): Handle {
  const [n, tokens, width] = x.shape.map(Number) as [number, number, number];
  const half = Math.sqrt(tokens) / 2;
  const cells = transpose(g, reshape(g, x, [n, half, 2, half, 2, width]), [0, 1, 3, 2, 4, 5]);
  return reshape(g, cells, [n, half * half, 4 * width]);
}

function adapterLayers(g: Graph, { architecture }: Over<'cross-attention-adapter'>, features: Handle): AdapterLayers {
  const { projects, input: _, ...config } = architecture;
  return { config: config as AdapterConfig, keyValues: gatedKeyValues(g, { config, projects }, features) };
}

type Llm = ConnectedModels['llm']['architecture'];

type Conversations = ReturnType<typeof conversationInputs>;

function textScores(g: Graph, llm: Llm, { ids, ...places }: Conversations, adapter: AdapterLayers): Handle {
  const { embedded, table } = embedding(g, 'embedding', ids, llm.vocabulary, llm.width);
  const hidden = decoderHidden(g, llm, sequenceInputs(g, { x: embedded, ...places }), adapter);
  return vocabularyScores(g, llm, hidden, table);
}

/** Visual tokens stand after the first token, and what follows moves back. Scores are those of the text. */
function visualScores(g: Graph, llm: Llm, { ids, positions, turns }: Conversations, visual: Handle): Handle {
  const [batch, tokens] = ids.shape.map(Number) as [number, number];
  const count = Number(visual.shape[1]);
  const { embedded, table } = embedding(g, 'embedding', ids, llm.vocabulary, llm.width);
  const seen = {
    x: visual,
    positions: expand(g, range(g, 1, count + 1), [batch, count]),
    turns: full(g, [batch, count], OPENING, 'int64'),
  };
  const moved = where(g, equal(g, positions, 0), positions, add(g, positions, count));
  const all = inserted(g, { x: embedded, positions: moved, turns }, seen);
  return vocabularyScores(g, llm, slice(g, decoderHidden(g, llm, sequenceInputs(g, all)), 1, -tokens), table);
}

/** Inputs of the connector that are the same in every step. */
export function constantFeeds(
  { connector }: ConnectorRecipe,
  { encoder }: ConnectedModels,
): Readonly<Record<string, Tensor>> {
  if (connector.kind !== 'projector' || connector.architecture.design !== 'resampler') return {};
  const { width, queries } = connector.architecture;
  const { size, patch } = encoder.architecture.vision;
  const [side, rows] = [Math.sqrt(queries), size / patch];
  return {
    query_positions: gridPositions(side, side, side, width),
    feature_positions: gridPositions(rows, rows, side, width),
  };
}

/** Held-out pictures are asked in their order, those to train with at random. */
export function connectorBatches(recipe: ConnectorRecipe, sources: Sources): BatchMaker {
  const { tokens, schedule, seed, pictures, mentions } = recipe;
  return (split, index) => {
    const numbers: number[] = [];
    const sequences = Array.from({ length: schedule.batch }, (_, row) => {
      const item = index * schedule.batch + row;
      const random = uniformGenerator(itemSeed(seed + 1, split, item));
      const picture = split === 'train' ? integer(random, 0, pictures - 1) : item;
      numbers.push(picture);
      const { world, scene } = pictured(recipe, sources, split, picture);
      return turns(
        sources.tokenizer,
        world.name,
        { text: '' },
        sources.ask(world, scene, random, QUESTIONS),
        tokens,
        mentions,
      );
    });
    return { ...conversationBatch(sequences, tokens), pictures: numbers };
  };
}

/** More than fit into a sequence. */
const QUESTIONS = 12;

/** The connector, and the LLM where it trained too. */
export function connectorOutcomes(recipe: ConnectorRecipe, { llm }: ConnectedModels): readonly Outcome[] {
  const { name, title, about, connector, encoder, unfreeze } = recipe;
  const tuned = `${name}-llm`;
  const made: Outcome = {
    card: { name, title, about, ...connector, encoder, llm: unfreeze ? `trained:${tuned}` : recipe.llm },
    nameOf: (parameter) => (isConnectors(parameter) ? parameter.replace(/^(connector|llm)\./, '') : undefined),
  };
  if (!unfreeze) return [made];
  const tunedLlm: Outcome = {
    card: { name: tuned, title: `${title}: its LLM`, about, kind: 'llm', architecture: llm.architecture },
    nameOf: (parameter) => (isConnectors(parameter) ? undefined : parameter.replace(/^llm\./, '')),
  };
  return [made, tunedLlm];
}
