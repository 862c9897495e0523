import { expect, test } from 'vitest';
import { gatedCrossAttention } from '../../../nodes/cross-attention-adapter/adapter.ts';
import { gatedKeyValues } from '../../../nodes/cross-attention-adapter/model.ts';
import { ADAPTER_PRESETS } from '../../../nodes/cross-attention-adapter/presets.ts';
import { positionAxes } from '../../../nodes/llm/config.ts';
import { decoderHidden, vocabularyScores } from '../../../nodes/llm/model.ts';
import { LLM_PRESETS } from '../../../nodes/llm/presets.ts';
import { gradients } from '../../../nodes/onnx/autodiff/backward.ts';
import { FUSED_IN_TRAINING } from '../../../nodes/onnx/autodiff/rules/fused.ts';
import { add, reduceSum } from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { embedding } from '../../../nodes/onnx/layers/linear.ts';
import { mergesNeighbours } from '../../../nodes/projector/config.ts';
import { projected } from '../../../nodes/projector/model.ts';
import { PROJECTOR_PRESETS } from '../../../nodes/projector/presets.ts';
import { queried } from '../../../nodes/q-former/model.ts';
import { Q_FORMER_PRESETS } from '../../../nodes/q-former/presets.ts';
import { encodeText } from '../../../nodes/similarity/model.ts';
import { TEXT_PRESETS } from '../../../nodes/similarity/presets.ts';
import { patchValues } from '../../../nodes/vision-encoder/config.ts';
import { encode } from '../../../nodes/vision-encoder/model.ts';
import { VISION_PRESETS } from '../../../nodes/vision-encoder/presets.ts';

/** Every operator of the layers has a gradient: one reaches every weight of every published architecture. */

/** A module with inputs of its own, to its outputs. */
type Build = (g: Graph) => readonly Handle[];

const BATCH = 2;
const floats = (g: Graph, name: string, ...shape: number[]) => g.input(name, 'float32', [BATCH, ...shape]);

function named<Preset>(kind: string, presets: Readonly<Record<string, Preset>>, of: (preset: Preset) => Build) {
  return Object.entries(presets).map(([name, preset]) => [`${kind} ${name}`, of(preset)] as const);
}

const architectures = [
  ...named('the encoder', VISION_PRESETS, ({ config }) => (g) => {
    const patches = floats(g, 'patches', Math.floor(config.size / config.patch) ** 2, patchValues(config));
    const { features, pooled } = encode(g, config, { layers: 0, featureLayer: -1, pooling: true }, patches);
    return pooled ? [features, pooled] : [features];
  }),
  ...named('the text tower', TEXT_PRESETS, ({ config }) => (g) => [
    encodeText(g, config, g.input('ids', 'int64', [BATCH, config.context]), g.input('read', 'int64', [BATCH])),
  ]),
  ...named('the projector', PROJECTOR_PRESETS, ({ config, input }) => (g) => [
    projected(g, config, floats(g, 'features', 64, mergesNeighbours(config) ? 4 * input : input), input),
  ]),
  ...named('the Q-Former', Q_FORMER_PRESETS, ({ config, input, output }) => (g) => [
    queried(g, config, output, floats(g, 'features', 64, input)),
  ]),
  ...named('the adapter', ADAPTER_PRESETS, ({ input, ...model }) => (g) => {
    const cached = gatedKeyValues(g, model, floats(g, 'features', 64, input));
    const hidden = floats(g, 'hidden', 8, model.config.width);
    return [
      cached.reduce<Handle>((x, { key, value }, i) => gatedCrossAttention(g, model.config, i, x, key, value), hidden),
    ];
  }),
  ...named('the LLM', LLM_PRESETS, ({ config }) => (g) => {
    const ids = g.input('ids', 'int64', [BATCH, 8]);
    const { embedded: x, table } = embedding(g, 'embedding', ids, config.vocabulary, config.width);
    const positions = g.input('positions', 'int64', [positionAxes(config), BATCH, 8]);
    return [vocabularyScores(g, config, decoderHidden(g, config, { x, positions }), table)];
  }),
];

const operators = {
  'in the operators that training takes': FUSED_IN_TRAINING,
  'in plain operators': false,
} as const;

test.each(architectures)('%s', (_, build) => {
  for (const [kind, fused] of Object.entries(operators)) {
    const g = new Graph({ precision: 'fp32', fused });
    const sums = build(g).map((output) => {
      const axes = output.shape.map((_, axis) => axis);
      return reduceSum(g, output, axes, { keep: false });
    });
    const loss = sums.reduce((total, sum) => add(g, total, sum));
    const weights = g.params.map(({ name }) => g.paramHandle(name));
    const made = gradients(g, loss, weights);
    expect(
      made.map(({ shape }) => shape),
      kind,
    ).toEqual(weights.map(({ shape }) => shape));
  }
});
