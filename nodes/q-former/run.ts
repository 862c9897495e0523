import { precisionOf } from '../neural.ts';
import { floatOutput, modelSession, openConnector, reportCost } from '../neural-run.ts';
import { NodeError, type NodeRun } from '../run.ts';
import { type QFormerParams, qFormerModel } from './definition.ts';
import { qFormerCost, qFormerGraph } from './model.ts';

export { probeModel as probe } from '../neural-run.ts';

export const run: NodeRun<QFormerParams>['run'] = async (context, params, inputs) => {
  const [features] = inputs.features ?? [];
  if (features?.type !== 'features')
    throw new NodeError('no features came in', 'Wire a vision encoder to the Q-Former');
  const held = await openConnector(context, params, features);
  const { config, outputWidth } = qFormerModel(params, held.facts);
  const [count = 0, tokens = 0, width = 0] = features.tensor.dims;
  const precision = precisionOf(params);
  const session = await modelSession(context, ['q-former', config, width, outputWidth, precision], held.weights, () =>
    qFormerGraph(config, width, outputWidth, { precision, fused: true }),
  );
  const tensor = floatOutput(await session.run({ features: features.tensor }), 'embeddings');
  const cost = qFormerCost(config, width, outputWidth, precision, { count, tokens });
  reportCost(context, { ...cost, tokens: { visual: count * config.queries } }, held);
  return {
    embeddings: {
      type: 'embeddings',
      tensor,
      ...(held.llm && { llm: held.llm }),
      ...(features.tiling && { tiling: features.tiling }),
    },
  };
};
