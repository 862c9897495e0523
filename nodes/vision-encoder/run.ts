import type { z } from 'zod';
import { isEndpoint } from '../endpoint/reference.ts';
import { knownPorts } from '../endpoint/tensors/known.ts';
import { isImported } from '../imports/facts.ts';
import { isStored } from '../model-reference.ts';
import { precisionOf } from '../neural.ts';
import {
  floatOutput,
  modelSession,
  type OpenModel,
  openModel,
  partOf,
  probeImport,
  reportCost,
} from '../neural-run.ts';
import { NodeError, type NodeRun } from '../run.ts';
import type { Tensor } from '../values.ts';
import { layersToRun, type VisionConfig, wholeLayers } from './config.ts';
import { type definition, visionConfig } from './definition.ts';
import { runServed } from './endpoint.ts';
import { runImportedEncoder } from './imported.ts';
import { encoderCost, encoderGraph } from './model.ts';
import { fitPicture, patchGrid, patchify } from './preprocess.ts';

type Params = z.output<typeof definition.params>;

export const probe: NonNullable<NodeRun<Params>['probe']> = async (context, params) =>
  isEndpoint(params.model) ? { ...(await knownPorts(context, params.model)) } : probeImport(context, params);

export const run: NodeRun<Params>['run'] = async (context, params, inputs) => {
  const [value] = inputs.image ?? [];
  const [first] = value?.type === 'image' ? value.images : [];
  if (value?.type !== 'image' || !first) throw new NodeError('no picture came in', 'Wire a picture to the encoder');
  if (isEndpoint(params.model)) return runServed(context, params, value);
  if (isImported(params.model)) return runImportedEncoder(context, params, value);
  const held = await openModel(context, params.model, params.seed);
  const config = visionConfig(params.model, held.facts);
  const grid = patchGrid(config, first.width, first.height);
  const pictures = await Promise.all(value.images.map((image) => fitPicture(config, image, context.resize)));
  const feeds = { patches: patchify(config, pictures), ...patchPlaces(config, pictures.length, grid) };

  const { seed, featureLayer, pooling } = params;
  const precision = precisionOf(params);
  const identity = ['vision-encoder', config, precision, layersToRun(config, params), featureLayer, pooling];
  const weights = isStored(params.model) ? partOf(held.weights, 'vision.') : held.weights;
  const session = await modelSession(context, identity, weights, () =>
    encoderGraph(config, params, { precision, fused: true }),
  );
  const started = performance.now();
  const outputs = await session.run(feeds);
  reportWork(
    context,
    config,
    held,
    { ...params, precision },
    { count: pictures.length, grid, ms: performance.now() - started },
  );
  return {
    features: {
      type: 'features',
      tensor: floatOutput(outputs, 'features'),
      grid,
      classToken: config.classToken,
      ...(value.tiling && { tiling: value.tiling }),
      ...(pooling && { pooled: floatOutput(outputs, 'pooled') }),
      model: params.model,
      seed,
    },
  };
};

/** Row and column of each patch, for rotary positions; nothing for learned ones. */
function patchPlaces(
  config: VisionConfig,
  count: number,
  [rows, cols]: readonly [number, number],
): Record<string, Tensor> {
  if (config.positions !== 'rotary') return {};
  const places = (place: (patch: number) => number): Tensor => ({
    dtype: 'int64',
    dims: [count, rows * cols],
    data: BigInt64Array.from({ length: count * rows * cols }, (_, i) => BigInt(place(i % (rows * cols)))),
  });
  return { rows: places((patch) => Math.floor(patch / cols)), columns: places((patch) => patch % cols) };
}

/** What ran; where that was the first k layers, the whole beside it: its time is scaled by floating-point operations. */
function reportWork(
  context: Parameters<NodeRun['run']>[0],
  config: VisionConfig,
  held: OpenModel,
  params: Params,
  { count, grid, ms }: { count: number; grid: readonly [number, number]; ms: number },
): void {
  const size = { count, patches: grid[0] * grid[1] };
  const cost = encoderCost(config, params, size);
  const [measuredLayers, layers] = [layersToRun(config, params), wholeLayers(config, params)];
  const whole = encoderCost(config, { ...params, layers: 0 }, size);
  const warmMs = (ms * (whole.flops ?? 0)) / (cost.flops ?? 1);
  const extrapolated = { measuredLayers, layers, warmMs, parameters: whole.parameters ?? 0 };
  reportCost(context, cost, held, measuredLayers < layers ? { extrapolated } : {});
}
