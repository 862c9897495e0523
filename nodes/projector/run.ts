import { isImported } from '../imports/facts.ts';
import { precisionOf } from '../neural.ts';
import { floatOutput, modelSession, openConnector, reportCost } from '../neural-run.ts';
import { NodeError, type NodeRun } from '../run.ts';
import type { FeaturesValue, FloatTensor } from '../values.ts';
import { gridPositions, mergeNeighbours, withNewlines, withoutClassToken } from './arrange.ts';
import { endsRows, mergesNeighbours, type ProjectorConfig, projectedTokens } from './config.ts';
import { type ProjectorParams, projectorModel } from './definition.ts';
import { runImportedProjector } from './imported.ts';
import { projectorCost, projectorGraph } from './model.ts';

export { probeImport as probe } from '../neural-run.ts';

export const run: NodeRun<ProjectorParams>['run'] = async (context, params, inputs) => {
  const [features] = inputs.features ?? [];
  if (features?.type !== 'features')
    throw new NodeError('no features came in', 'Wire a vision encoder to the projector');
  if (isImported(params.model)) return runImportedProjector(context, params, features);
  const held = await openConnector(context, params, features);
  const { config, classToken } = projectorModel(params, held.facts);
  const { grid } = projectedTokens(config, features.grid);
  const patches = classToken ? features.tensor : withoutClassToken(features);
  const [count = 0, , width = 0] = features.tensor.dims;

  const precision = precisionOf(params);
  const session = await modelSession(context, ['projector', config, width, precision], held.weights, () =>
    projectorGraph(config, width, { precision, fused: true }),
  );
  const outputs = await session.run(feedsOf(config, features, patches));
  const embeddings = floatOutput(outputs, 'embeddings');
  const ends = endsRows(config);
  const tensor = ends
    ? withNewlines(embeddings, floatOutput(outputs, 'row_end').data, features.grid, features.tiling)
    : embeddings;
  const size = { count, patches: features.grid[0] * features.grid[1] };
  const tokens = { visual: (tensor.dims[0] ?? 0) * (tensor.dims[1] ?? 0) };
  reportCost(context, { ...projectorCost(config, width, precision, size), tokens }, held);
  const made = { type: 'embeddings', tensor, ...(held.llm && { llm: held.llm }) } as const;
  if (ends) return { embeddings: made };
  const gridKept = grid && !(classToken && features.classToken);
  return {
    embeddings: {
      ...made,
      ...(gridKept && { grid }),
      ...(features.tiling && { tiling: features.tiling }),
    },
  };
};

function feedsOf(config: ProjectorConfig, { grid }: FeaturesValue, patches: FloatTensor): Record<string, FloatTensor> {
  if (mergesNeighbours(config)) return { features: mergeNeighbours(patches, grid) };
  if (config.design !== 'resampler') return { features: patches };
  const side = Math.sqrt(config.queries);
  return {
    features: patches,
    query_positions: gridPositions(side, side, side, config.width),
    feature_positions: gridPositions(grid[0], grid[1], side, config.width),
  };
}
