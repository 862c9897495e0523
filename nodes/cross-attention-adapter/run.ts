import { precisionOf } from '../neural.ts';
import { floatOutput, modelSession, openConnector, reportCost } from '../neural-run.ts';
import { NodeError, type NodeRun } from '../run.ts';
import type { EmbeddingsValue, FeaturesValue, FloatTensor, Value } from '../values.ts';
import type { AdapterValue } from './adapter.ts';
import { type AdapterParams, adapterModel, otherWidths } from './definition.ts';
import { adapterCost, keyValueGraph } from './model.ts';

export { probeModel as probe } from '../neural-run.ts';

export const run: NodeRun<AdapterParams>['run'] = async (context, params, inputs) => {
  const pictures = (inputs.features ?? []).filter(isSeen);
  const [first] = pictures;
  if (!first) throw new NodeError('no features came in', 'Wire a vision encoder or a projector to the adapter');
  const held = await openConnector(context, params, first);
  const model = adapterModel(params, held.facts);
  const { config } = model;
  const features = inOneRow(pictures.map(({ tensor }) => tensor));
  const [, tokens = 0, width = 0] = features.dims;
  const precision = precisionOf(params);
  const session = await modelSession(context, ['cross-attention-adapter', model, width, precision], held.weights, () =>
    keyValueGraph(model, width, { precision, fused: true }),
  );
  const outputs = await session.run({ features });
  const encoded = pictures.filter(({ type }) => type === 'features').map(({ tensor }) => tensor);
  const counted = encoded.length > 0 && { tokens: { visual: tokensOf(encoded) } };
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

const isSeen = (value: Value): value is FeaturesValue | EmbeddingsValue =>
  value.type === 'features' || value.type === 'embeddings';

const tokensOf = (tensors: readonly FloatTensor[]) =>
  tensors.reduce((sum, { dims: [count = 0, each = 0] }) => sum + count * each, 0);

/** All pictures and tiles, `[n, tokens, width]` each, in one row `[1, tokens, width]`: text attends to them together. */
function inOneRow(tensors: readonly FloatTensor[]): FloatTensor {
  const [width = 0, ...others] = tensors.map(({ dims }) => dims[2] ?? 0);
  const other = others.find((each) => each !== width);
  if (other !== undefined) throw new NodeError(otherWidths(width, other));
  const tokens = tokensOf(tensors);
  const data = new Float32Array(tokens * width);
  let at = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, at);
    at += tensor.data.length;
  }
  return { dtype: 'float32', dims: [1, tokens, width], data };
}
