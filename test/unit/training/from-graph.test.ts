import { expect, test } from 'vitest';
import type { GraphDocument, GraphNode } from '../../../graphs/document.ts';
import { CardUnread } from '../../../nodes/model-reference.ts';
import { parseCard } from '../../../nodes/models/card.ts';
import clipRecipe from '../../../nodes/models/recipes/clip-vit.json' with { type: 'json' };
import llmRecipe from '../../../nodes/models/recipes/llm.json' with { type: 'json' };
import mlpRecipe from '../../../nodes/models/recipes/mlp.json' with { type: 'json' };
import { connectorRecipe, drawnConnector, freeName, Untrainable } from '../../../nodes/training/from-graph.ts';
import { learningRate } from '../../../nodes/training/schedule.ts';
import { UNTRAINED } from '../../helpers/stored.ts';

const about = { title: 'Small', about: '', ...UNTRAINED };
const { vision } = clipRecipe;
const encoder = parseCard({ ...about, name: 'eye', kind: 'vision-encoder', architecture: { vision } });
const llm = parseCard({ ...about, name: 'mouth', kind: 'llm', architecture: llmRecipe.llm });
const mlp = parseCard({
  ...about,
  name: 'mlp',
  ...mlpRecipe.connector,
  encoder: 'trained:eye',
  llm: 'trained:mouth',
});
const facts = { encoder: { card: encoder }, llm: { card: llm } };

/** picture → encoder → connector → LLM, with some nodes changed. */
function graph(connector: GraphNode, change: Readonly<Record<string, GraphNode>> = {}): GraphDocument {
  const port = connector.kind === 'cross-attention-adapter' ? 'adapter' : 'visual';
  const out = connector.kind === 'cross-attention-adapter' ? 'adapter' : 'embeddings';
  return {
    schemaVersion: 1,
    title: 'test',
    nodes: {
      photo: { kind: 'image' },
      encoder: {
        kind: 'vision-encoder',
        params: { model: 'trained:eye', featureLayer: -1 },
        inputs: { image: 'photo.image' },
      },
      connector: { ...connector, inputs: { features: 'encoder.features' } },
      llm: {
        kind: 'llm',
        params: { model: 'trained:mouth' },
        inputs: { [port]: port === 'visual' ? [`connector.${out}`] : `connector.${out}` },
      },
      ...change,
    },
  };
}

const drawn = (connector: GraphNode, change?: Readonly<Record<string, GraphNode>>, more = {}) =>
  drawnConnector(graph(connector, change), 'connector', { ...facts, ...more });

const choices = {
  name: 'mine',
  worlds: ['shapes', 'digits'],
  steps: 600,
  unfreeze: false,
  continues: false,
} as const;

test('a model whose card is not at hand yet is told from one that cannot be', () => {
  const unread = () =>
    drawnConnector(graph({ kind: 'projector', params: { model: '', design: 'mlp' } }), 'connector', {});
  expect(unread).toThrow(CardUnread);
});

test('a projector of its own design takes the widths of its neighbours', () => {
  const { connector, encoder: over, llm: under, llmNodes, held } = drawn({ kind: 'projector' });
  expect(connector).toEqual({
    kind: 'projector',
    architecture: { design: 'mlp', depth: 2, activation: 'gelu', width: 192, classToken: false, input: 128 },
  });
  expect([over, under, llmNodes, held]).toEqual(['trained:eye', 'trained:mouth', ['llm'], undefined]);
});

test.each(['linear', 'pixel-shuffle', 'patch-merger', 'resampler', 'perceiver'])(
  'the design %s makes a recipe that reads',
  (design) => {
    const recipe = connectorRecipe(drawn({ kind: 'projector', params: { design } }), choices);
    expect(recipe.connector.architecture).toMatchObject({ design, width: 192, input: 128 });
  },
);

test('a Q-Former and an adapter are drawn with their own sizes; gates start at zero', () => {
  const sizes = { model: '', outputWidth: 192, queries: 16, width: 128, layers: 2, heads: 4 };
  expect(drawn({ kind: 'q-former', params: sizes }).connector.architecture).toMatchObject({
    queries: 16,
    mlpWidth: 512,
    outputWidth: 192,
    input: 128,
  });
  // Without a width it takes the LLM's.
  const gated = drawn({ kind: 'cross-attention-adapter', params: { model: '', depths: '0, 3', heads: 4 } });
  expect(gated.connector.architecture).toMatchObject({
    width: 192,
    depths: [0, 3],
    headWidth: 48,
    mlp: { width: 768 },
    zeroGates: true,
    input: 128,
  });
});

test('a trained connector is trained on as its card says, from its weights where that is asked', () => {
  const held = drawn(
    { kind: 'projector', params: { model: 'trained:mlp', design: 'linear' } },
    {},
    { connector: { card: mlp } },
  );
  expect(held.held).toBe('trained:mlp');
  expect(held.connector).toEqual(mlpRecipe.connector);
  expect(connectorRecipe(held, { ...choices, continues: true }).start).toBe('trained:mlp');
  expect(connectorRecipe(held, choices).start).toBeUndefined();
});

const encoderNode = (params: Record<string, unknown>): GraphNode => ({
  kind: 'vision-encoder',
  params: { model: 'trained:eye', featureLayer: -1, ...params },
});
const llmNode = (model: string): GraphNode => ({
  kind: 'llm',
  params: { model },
  inputs: { visual: ['connector.embeddings'] },
});

test.each<[string, GraphNode, Readonly<Record<string, GraphNode>>, RegExp]>([
  ['no connector', { kind: 'view' }, {}, /Choose a projector/],
  ['no encoder', { kind: 'projector' }, { encoder: { kind: 'prompt' } }, /Wire a vision encoder that holds a tiny:/],
  [
    'random encoder',
    { kind: 'projector' },
    { encoder: encoderNode({ model: 'paper:clip-vit-l-14' }) },
    /in its vision encoder: the weights of paper:clip-vit-l-14 are random/,
  ],
  ['another layer', { kind: 'projector' }, { encoder: encoderNode({ featureLayer: -2 }) }, /feature layer .* to -1/],
  ['part of the layers', { kind: 'projector' }, { encoder: encoderNode({ layers: 1 }) }, /run all layers/],
  ['no LLM', { kind: 'projector' }, { llm: { kind: 'llm' } }, /Wire it to an LLM/],
  [
    'random LLM',
    { kind: 'projector' },
    { llm: llmNode('paper:smollm2-135m') },
    /in its LLM: the weights of paper:smollm2-135m are random/,
  ],
  [
    'two LLMs',
    { kind: 'projector' },
    { other: llmNode('paper:smollm2-135m') },
    /several LLMs \(trained:mouth, paper:smollm2-135m\)/,
  ],
  ['a model that ships not', { kind: 'projector' }, { llm: llmNode('tiny:nobody') }, /no model "tiny:nobody"/],
  [
    'a published width',
    { kind: 'projector', params: { model: 'paper:llava-1.5-mlp' } },
    {},
    /Set its output width to 192, that of the LLM: it is 4096/,
  ],
  ['a Q-Former of another width', { kind: 'q-former' }, {}, /output width to 192/],
  ['depths beyond the LLM', { kind: 'cross-attention-adapter', params: { width: 192 } }, {}, /numbered 0 to 5/],
  ['a newline after each row', { kind: 'projector', params: { newline: true } }, {}, /Turn off the newline/],
  ['a parameter out of range', { kind: 'projector', params: { depth: 0 } }, {}, /Mend the parameters of the Projector/],
])('what keeps a node from training is said in words: %s', (_, connector, change, words) => {
  expect(() => drawn(connector, change)).toThrow(words);
});

test('where parameters of the encoder are all it takes, setting them lets the connector train', () => {
  const encoder = encoderNode({ featureLayer: -2, layers: 1 });
  const thrown = (() => {
    try {
      return drawn({ kind: 'projector' }, { encoder });
    } catch (error) {
      return error;
    }
  })();
  if (!(thrown instanceof Untrainable)) throw new Error('it can be trained');
  const mended = { ...encoder, params: { ...encoder.params, ...thrown.mend.params } };
  expect(drawn({ kind: 'projector' }, { [thrown.mend.node]: mended }).encoder).toBe('trained:eye');
});

test('a recipe asks the worlds that were chosen, and warms up within its steps', () => {
  const both = connectorRecipe(drawn({ kind: 'projector' }), choices);
  expect(Object.keys(both.data.worlds)).toEqual(['shapes', 'digits']);
  const short = connectorRecipe(drawn({ kind: 'projector' }), { ...choices, worlds: ['digits'], steps: 20 });
  expect(Object.keys(short.data.worlds)).toEqual(['digits']);
  expect(learningRate(short.schedule, short.schedule.warmup)).toBeCloseTo(short.schedule.rate);
  expect(short.schedule.warmup).toBeLessThan(short.schedule.steps);
});

test('what attends and what goes on learn at a lower rate than new layers over each token, with an LLM that trains too at the lowest', () => {
  const mlp = drawn({ kind: 'projector' });
  const [alone, attending, goingOn, withLlm] = [
    connectorRecipe(mlp, choices),
    connectorRecipe(drawn({ kind: 'projector', params: { design: 'resampler' } }), choices),
    connectorRecipe(mlp, { ...choices, continues: true }),
    connectorRecipe(mlp, { ...choices, unfreeze: true }),
  ].map(({ schedule }) => schedule.rate);
  expect(attending).toBeLessThan(alone as number);
  expect(goingOn).toBeLessThan(alone as number);
  expect(withLlm).toBeLessThan(goingOn as number);
});

test('a name that is no file name is refused', () => {
  expect(() => connectorRecipe(drawn({ kind: 'projector' }), { ...choices, name: '../up' })).toThrow(/^name: /);
});

test('a free name is that of no model, and of no LLM that would come out beside it', () => {
  expect(freeName('projector', new Set())).toBe('projector-1');
  expect(freeName('projector', new Set(['projector-1', 'projector-2-llm']))).toBe('projector-3');
});
