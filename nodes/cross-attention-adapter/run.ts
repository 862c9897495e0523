import { precisionOf } from '../neural.ts';
import { floatOutput, modelSession, openConnector, reportCost } from '../neural-run.ts';
import { NodeError, type NodeRun } from '../run.ts';
import type { AdapterValue } from './adapter.ts';
import { type AdapterParams, adapterModel } from './definition.ts';
import { adapterCost, keyValueGraph } from './model.ts';

export { probeModel as probe } from '../neural-run.ts';

export const run: NodeRun<AdapterParams>['run'] = async (context, params, inputs) => {
  const [features] = inputs.features ?? [];
  if (features?.type !== 'features' && features?.type !== 'embeddings')
    throw new NodeError('no features came in', 'Wire a vision encoder or a projector to the adapter');
  const held = await openConnector(context, params, features);
  const model = adapterModel(params, held.facts);
  const { config } = model;
  const [count = 0, each = 0, width = 0] = features.tensor.dims;
  const tokens = count * each;
  const precision = precisionOf(params);
  const session = await modelSession(context, ['cross-attention-adapter', model, width, precision], held.weights, () =>
    keyValueGraph(model, width, { precision, fused: true }),
  );
  // All pictures and tiles stand in one row: text attends to them together.
  const outputs = await session.run({ features: { ...features.tensor, dims: [1, tokens, width] } });
  const counted = features.type === 'features' && { tokens: { visual: tokens } };
  reportCost(context, { ...adapterCost(model, width, precision, tokens), ...counted }, held);
  const adapter: AdapterValue = {
    type: 'adapter',
    summary: `${config.depths.length} gated layers over ${tokens} visual tokens`,
    config,
    keys: config.depths.map((_, i) => floatOutput(outputs, `key.${i}`)),
    values: config.depths.map((_, i) => floatOutput(outputs, `value.${i}`)),
    weights: held.weights,
    ...(held.llm && { llm: held.llm }),
    ...(held.caveat !== undefined && { caveat: held.caveat }),
  };
  return { adapter };
};
