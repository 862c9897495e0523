import type { Cost } from '../definition.ts';
import { nodeCost } from '../neural.ts';
import { mulDims, symbol } from '../onnx/dims.ts';
import { add, cast, gather, reshape } from '../onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../onnx/graph.ts';
import { selfAttention } from '../onnx/layers/attention.ts';
import { embedding, linear, STD } from '../onnx/layers/linear.ts';
import { mlp } from '../onnx/layers/mlp.ts';
import { layerNorm } from '../onnx/layers/norm.ts';
import type { ModuleGraph } from '../onnx/modules.ts';
import { dimAt } from '../onnx/ops/shapes.ts';
import type { TextConfig } from './presets.ts';

/**
 * A text tower: token `ids`, int64 `[n, context]`, and `read`, int64 `[n]`, the row of the flattened `[n·context]`
 * tokens that stands for each text. Output `embeddings [n, embedding]`, float32, not normalised (CLIP, figure 3).
 */
export function textGraph(config: TextConfig, options: GraphOptions): Graph {
  const g = new Graph(options);
  const n = symbol('n');
  const ids = g.input('ids', 'int64', [n, config.context]);
  const read = g.input('read', 'int64', [n]);
  g.output('embeddings', cast(g, encodeText(g, config, ids, read), 'float32'));
  return g;
}

/** The tower as a module: `ids [n, context]` and `read [n]` → `[n, embedding]`. */
export function encodeText(g: Graph, config: TextConfig, ids: Handle, read: Handle): Handle {
  const { vocabulary, context, width, layers, heads, mlpWidth: inner, activation, epsilon, causal } = config;
  const { embedded } = embedding(g, 'tokens', ids, vocabulary, width);
  let x = add(g, embedded, g.param('positions', [1, context, width], { kind: 'normal', std: STD }));
  for (let i = 0; i < layers; i++) {
    x = g.scope('layers', () =>
      g.scope(String(i), () => {
        const seen = selfAttention(g, 'attention', layerNorm(g, 'attention_norm', x, { epsilon }), { heads, causal });
        const mixed = add(g, x, seen);
        return add(g, mixed, mlp(g, 'mlp', layerNorm(g, 'mlp_norm', mixed, { epsilon }), { inner, activation }));
      }),
    );
  }
  const rows = reshape(g, layerNorm(g, 'norm', x, { epsilon }), [mulDims(dimAt(ids.shape, 0), context), width]);
  return linear(g, 'projection', gather(g, rows, read), config.embedding, { bias: config.projectionBias });
}

/** Cost of embedding `count` texts. */
export function textCost(config: TextConfig, precision: GraphOptions['precision'], count: number): Cost {
  return nodeCost(['similarity', config, precision], textModules(config, precision, count));
}

/** What such a run's cost is walked from. */
export function textModules(config: TextConfig, precision: GraphOptions['precision'], count: number): ModuleGraph {
  return { build: () => textGraph(config, { precision, fused: true }), bindings: { n: count } };
}
