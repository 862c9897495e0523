import type { Cost } from '../definition.ts';
import { nodeCost } from '../neural.ts';
import { symbol } from '../onnx/dims.ts';
import { cast, concat, expand, slice } from '../onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../onnx/graph.ts';
import { crossAttention, selfAttention } from '../onnx/layers/attention.ts';
import { linear, STD } from '../onnx/layers/linear.ts';
import { mlp } from '../onnx/layers/mlp.ts';
import { layerNorm, skipLayerNorm } from '../onnx/layers/norm.ts';
import type { ModuleGraph } from '../onnx/modules.ts';
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
  const { queries } = transformed(g, config, { queries: learnedQueries(g, config, features) }, features);
  if (!queries) throw new Error('the queries are gone');
  return linear(g, 'projection', queries, outputWidth);
}

/** Queries, text, or both, `[n, …, width]` each. */
export interface QueriesAndText {
  readonly queries?: Handle;
  readonly text?: Handle;
}

/** The learned queries, once for each of `features [n, …]`, normalised as BERT's embeddings are. */
export function learnedQueries(g: Graph, { queries, width, epsilon }: QFormerConfig, features: Handle): Handle {
  const learned = g.param('queries', [1, queries, width], { kind: 'normal', std: STD });
  return expand(g, layerNorm(g, 'norm', learned, { epsilon }), [dimAt(features.shape, 0), queries, width], [features]);
}

/**
 * All layers. Queries and text share self-attention, under `mask` (added to the scores of both, queries first); queries
 * alone attend to the features, and text has a feed-forward of its own (BLIP-2, section 3.1).
 */
export function transformed(
  g: Graph,
  config: QFormerConfig,
  start: QueriesAndText,
  features?: Handle,
  mask?: Handle,
): QueriesAndText {
  let x = start;
  for (let i = 0; i < config.layers; i++)
    x = g.scope('layers', () => g.scope(String(i), () => layer(g, config, i, x, features, mask)));
  return x;
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
    qFormerModules(config, input, outputWidth, precision, size),
  );
}

/** What such a run's cost is walked from. */
export function qFormerModules(
  config: QFormerConfig,
  input: number,
  outputWidth: number,
  precision: GraphOptions['precision'],
  { count, tokens }: { readonly count: number; readonly tokens: number },
): ModuleGraph {
  return {
    build: () => qFormerGraph(config, input, outputWidth, { precision, fused: true }),
    bindings: { n: count, tokens },
  };
}

function layer(
  g: Graph,
  config: QFormerConfig,
  index: number,
  x: QueriesAndText,
  features: Handle | undefined,
  mask: Handle | undefined,
): QueriesAndText {
  const { heads, mlpWidth: inner, crossEvery, epsilon } = config;
  const norm = (name: string, part: Handle, skip: Handle) => skipLayerNorm(g, name, part, skip, { epsilon }).normalised;
  const dense = (suffix: string, part: Handle) =>
    norm(`mlp_norm${suffix}`, mlp(g, `mlp${suffix}`, part, { inner, activation: 'gelu' }), part);
  const both = concat(
    g,
    [x.queries, x.text].filter((part) => part !== undefined),
    1,
  );
  const mixed = norm('attention_norm', selfAttention(g, 'attention', both, { heads, ...(mask && { mask }) }), both);
  const count = x.queries ? config.queries : 0;
  const text = x.text && dense('_text', count > 0 ? slice(g, mixed, 1, count) : mixed);
  if (!x.queries) return { ...(text && { text }) };
  let queries = x.text ? slice(g, mixed, 1, 0, count) : mixed;
  if (features && index % crossEvery === 0)
    queries = norm('cross_norm', crossAttention(g, 'cross', queries, features, { heads }), queries);
  return { queries: dense('', queries), ...(text && { text }) };
}
