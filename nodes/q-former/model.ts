import type { Cost } from '../definition.ts';
import { nodeCost } from '../neural.ts';
import { symbol } from '../onnx/dims.ts';
import { cast, expand } from '../onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../onnx/graph.ts';
import { crossAttention, selfAttention } from '../onnx/layers/attention.ts';
import { linear, STD } from '../onnx/layers/linear.ts';
import { mlp } from '../onnx/layers/mlp.ts';
import { layerNorm, skipLayerNorm } from '../onnx/layers/norm.ts';
import { dimAt } from '../onnx/ops/shapes.ts';
import type { QFormerConfig } from './presets.ts';

/**
 * Queries that attend to each other and, in every k-th layer, to `features [n, tokens, input]`, float32; normalised
 * after each residual as BERT does (BLIP-2, section 3.1). Output `embeddings [n, queries, outputWidth]`.
 */
export function qFormerGraph(config: QFormerConfig, input: number, outputWidth: number, options: GraphOptions): Graph {
  const g = new Graph(options);
  const features = g.input('features', 'float32', [symbol('n'), symbol('tokens'), input]);
  g.output('embeddings', cast(g, queried(g, config, outputWidth, cast(g, features, g.dtype)), 'float32'));
  return g;
}

/** The Q-Former as a module: `features [n, tokens, input]` → visual tokens `[n, queries, outputWidth]`. */
export function queried(g: Graph, config: QFormerConfig, outputWidth: number, features: Handle): Handle {
  const { queries, width, layers, epsilon } = config;
  const learned = g.param('queries', [1, queries, width], { kind: 'normal', std: STD });
  let x = expand(g, layerNorm(g, 'norm', learned, { epsilon }), [dimAt(features.shape, 0), queries, width], [features]);
  for (let i = 0; i < layers; i++)
    x = g.scope('layers', () => g.scope(String(i), () => layer(g, config, i, x, features)));
  return linear(g, 'projection', x, outputWidth);
}

/** Cost of a run over `count` pictures of `tokens` features each. */
export function qFormerCost(
  config: QFormerConfig,
  input: number,
  outputWidth: number,
  precision: GraphOptions['precision'],
  size: { readonly count: number; readonly tokens: number },
): Cost {
  return nodeCost(
    ['q-former', config, input, outputWidth, precision],
    () => qFormerGraph(config, input, outputWidth, { precision, fused: true }),
    { n: size.count, tokens: size.tokens },
  );
}

function layer(g: Graph, config: QFormerConfig, index: number, queries: Handle, context: Handle): Handle {
  const { heads, mlpWidth: inner, crossEvery, epsilon } = config;
  const norm = (name: string, x: Handle, skip: Handle) => skipLayerNorm(g, name, x, skip, { epsilon }).normalised;
  let x = norm('attention_norm', selfAttention(g, 'attention', queries, { heads }), queries);
  if (index % crossEvery === 0) x = norm('cross_norm', crossAttention(g, 'cross', x, context, { heads }), x);
  return norm('mlp_norm', mlp(g, 'mlp', x, { inner, activation: 'gelu' }), x);
}
