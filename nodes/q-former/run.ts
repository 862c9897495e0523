import { floatOutput, randomSession, reportCost } from '../neural-run.ts';
import { NodeError, type NodeRun } from '../run.ts';
import { type QFormerParams, qFormerConfig } from './definition.ts';
import { qFormerCost, qFormerGraph } from './model.ts';

export const run: NodeRun<QFormerParams>['run'] = async (context, params, inputs) => {
  const [features] = inputs.features ?? [];
  if (features?.type !== 'features')
    throw new NodeError('no features came in', 'Wire a vision encoder to the Q-Former');
  const config = qFormerConfig(params);
  const [count = 0, tokens = 0, width = 0] = features.tensor.dims;
  const { precision, seed, outputWidth } = params;
  const session = await randomSession(context, ['q-former', config, width, outputWidth, precision], seed, () =>
    qFormerGraph(config, width, outputWidth, { precision, fused: true }),
  );
  const tensor = floatOutput(await session.run({ features: features.tensor }), 'embeddings');
  const cost = qFormerCost(config, width, outputWidth, precision, { count, tokens });
  reportCost(context, { ...cost, tokens: { visual: count * config.queries } });
  return { embeddings: { type: 'embeddings', tensor, ...(features.tiling && { tiling: features.tiling }) } };
};
