import type { Cost } from '../definition.ts';
import { nodeCost } from '../neural.ts';
import type { Bindings } from '../onnx/cost.ts';
import { symbol } from '../onnx/dims.ts';
import { cast } from '../onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../onnx/graph.ts';
import type { KeyValue } from '../onnx/layers/attention.ts';
import { linear } from '../onnx/layers/linear.ts';
import type { ModuleGraph } from '../onnx/modules.ts';
import { type AdapterConfig, gatedCrossAttention, gatedKeyValue } from './adapter.ts';

export interface AdapterModel {
  readonly config: AdapterConfig;
  /** A linear layer brings the features to the LLM's width first. */
  readonly projects: boolean;
}

/**
 * What depends on the picture alone: from `features [1, tokens, input]`, float32, the outputs `key.<i>` and `value.<i>`
 * of each gated layer, `[1, tokens, keyValueHeads·headWidth]`.
 */
export function keyValueGraph(model: AdapterModel, input: number, options: GraphOptions): Graph {
  const g = new Graph(options);
  for (const [i, { key, value }] of keysAndValues(g, model, input).entries()) {
    g.output(`key.${i}`, cast(g, key, 'float32'));
    g.output(`value.${i}`, cast(g, value, 'float32'));
  }
  return g;
}

/** All of the adapter as one graph, its layers one after another over `hidden [1, text, width]`, with no LLM between. */
export function adapterGraph(model: AdapterModel, input: number, options: GraphOptions): Graph {
  const g = new Graph(options);
  let hidden = cast(g, g.input('hidden', 'float32', [1, symbol('text'), model.config.width]), g.dtype);
  for (const [i, { key, value }] of keysAndValues(g, model, input).entries())
    hidden = gatedCrossAttention(g, model.config, i, hidden, key, value);
  g.output('adapted', cast(g, hidden, 'float32'));
  return g;
}

/** Parameters of the whole adapter; the work is that of its keys and values, since the rest runs within the LLM. */
export function adapterCost(
  model: AdapterModel,
  input: number,
  precision: GraphOptions['precision'],
  tokens: number,
): Cost {
  const options = { precision, fused: true };
  const cost = (part: string, graph: typeof adapterGraph, bindings: Bindings) =>
    nodeCost([part, model, input, precision], { build: () => graph(model, input, options), bindings });
  const { parameters } = cost('adapter', adapterGraph, { text: 1, tokens });
  const cache = keyValueBytes(model.config, tokens);
  return { ...cost('adapter keys and values', keyValueGraph, { tokens }), parameters, kvCacheBytes: cache };
}

/** Bytes of the keys and values that the LLM holds while it answers, in single precision. */
function keyValueBytes({ depths, keyValueHeads, headWidth }: AdapterConfig, tokens: number): number {
  return 2 * depths.length * tokens * keyValueHeads * headWidth * Float32Array.BYTES_PER_ELEMENT;
}

/** The whole adapter where no text runs through it: its parameters, and the work of its keys and values alone. */
export function adapterModules(
  model: AdapterModel,
  input: number,
  precision: GraphOptions['precision'],
  tokens: number,
): ModuleGraph {
  return { build: () => adapterGraph(model, input, { precision, fused: true }), bindings: { text: 0, tokens } };
}

function keysAndValues(g: Graph, model: AdapterModel, input: number): KeyValue[] {
  return gatedKeyValues(g, model, cast(g, g.input('features', 'float32', [1, symbol('tokens'), input]), g.dtype));
}

/** Keys and values of each gated layer for `features [n, tokens, input]`. */
export function gatedKeyValues(g: Graph, { config, projects }: AdapterModel, features: Handle): KeyValue[] {
  const visual = projects ? linear(g, 'projection', features, config.width) : features;
  return config.depths.map((_, i) => gatedKeyValue(g, config, i, visual));
}
