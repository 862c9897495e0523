import type { Cost } from '../definition.ts';
import { nodeCost } from '../neural.ts';
import { symbol } from '../onnx/dims.ts';
import { add, cast, concat, expand, identity, reshape } from '../onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../onnx/graph.ts';
import { attend, crossAttention, project, queries } from '../onnx/layers/attention.ts';
import { linear, STD } from '../onnx/layers/linear.ts';
import { activation, mlp } from '../onnx/layers/mlp.ts';
import { layerNorm } from '../onnx/layers/norm.ts';
import type { ModuleGraph } from '../onnx/modules.ts';
import { dimAt, sizeAt } from '../onnx/ops/shapes.ts';
import { endsRows, mergesNeighbours, type ProjectorConfig } from './config.ts';

/**
 * A projector over `features [n, tokens, input]`, float32, to `embeddings [n, tokens out, width]`. Where 2 × 2
 * neighbours merge, each row of the input holds four of them, row by row: `[n, tokens / 4, 4·input]`. A resampler also
 * takes the positions of its queries `[1, queries, width]` and of the patches `[1, tokens, width]`. A newline token, where the
 * projector has one, comes out as `row_end [width]`.
 */
export function projectorGraph(config: ProjectorConfig, input: number, options: GraphOptions): Graph {
  const g = new Graph(options);
  const width = mergesNeighbours(config) ? 4 * input : input;
  const features = g.input('features', 'float32', [symbol('n'), symbol('tokens'), width]);
  g.output('embeddings', cast(g, projected(g, config, cast(g, features, g.dtype), input), 'float32'));
  if (endsRows(config)) {
    const newline = g.param('newline', [config.width], { kind: 'normal', std: config.width ** -0.5 });
    g.output('row_end', cast(g, identity(g, newline), 'float32'));
  }
  return g;
}

/** Cost of a run over `count` pictures of `patches` patches each. */
export function projectorCost(
  config: ProjectorConfig,
  input: number,
  precision: GraphOptions['precision'],
  size: { readonly count: number; readonly patches: number },
): Cost {
  return nodeCost(['projector', config, input, precision], projectorModules(config, input, precision, size));
}

/** What such a run's cost is walked from. */
export function projectorModules(
  config: ProjectorConfig,
  input: number,
  precision: GraphOptions['precision'],
  { count, patches }: { readonly count: number; readonly patches: number },
): ModuleGraph {
  return {
    build: () => projectorGraph(config, input, { precision, fused: true }),
    bindings: { n: count, tokens: mergesNeighbours(config) ? patches / 4 : patches },
  };
}

/** The projector as a module over the rows that `projectorGraph` takes; `input` is the width of one patch. */
export function projected(g: Graph, config: ProjectorConfig, x: Handle, input: number): Handle {
  switch (config.design) {
    case 'linear':
      return linear(g, 'linear', x, config.width);
    case 'mlp':
      return mlpProjector(g, config, x);
    case 'pixel-shuffle': {
      const normed = layerNorm(g, 'norm', x);
      return mlp(g, 'mlp', normed, { inner: config.width, width: config.width, activation: 'gelu' });
    }
    case 'patch-merger':
      return patchMerger(g, config.width, x, input);
    case 'resampler':
      return resampler(g, config, x);
    case 'perceiver':
      return perceiver(g, config, x);
  }
}

function mlpProjector(g: Graph, config: Extract<ProjectorConfig, { design: 'mlp' }>, features: Handle): Handle {
  let x = linear(g, '0', features, config.width);
  for (let i = 1; i < config.depth; i++) x = linear(g, String(i), activation(g, config.activation, x), config.width);
  return x;
}

/** Layer norm of each patch, then two linear layers over four patches in a row (Qwen2-VL's `PatchMerger`). */
function patchMerger(g: Graph, width: number, x: Handle, input: number): Handle {
  const [n, tokens] = [dimAt(x.shape, 0), dimAt(x.shape, 1)];
  const normed = layerNorm(g, 'norm', reshape(g, x, [n, tokens, 4, input]), { epsilon: 1e-6 });
  const merged = reshape(g, normed, [n, tokens, 4 * input]);
  return mlp(g, 'mlp', merged, { inner: 4 * input, width, activation: 'gelu' });
}

/** Learned queries attend once to the projected patches, positions added to both (Qwen-VL's `Resampler`). */
function resampler(g: Graph, config: Extract<ProjectorConfig, { design: 'resampler' }>, features: Handle): Handle {
  const { width, queries, heads } = config;
  const [n, tokens] = [dimAt(features.shape, 0), dimAt(features.shape, 1)];
  const places = (name: string, count: typeof tokens) => cast(g, g.input(name, 'float32', [1, count, width]), g.dtype);
  const attended = g.scope('resampler', () => {
    const patches = layerNorm(g, 'feature_norm', linear(g, 'feature', features, width, { bias: false }));
    const learned = layerNorm(g, 'query_norm', g.param('queries', [1, queries, width], { kind: 'normal', std: STD }));
    const placed = expand(g, add(g, learned, places('query_positions', queries)), [n, queries, width], [features]);
    const keys = add(g, patches, places('feature_positions', tokens));
    return positionedAttention(g, placed, keys, patches, heads);
  });
  return linear(g, 'projection', layerNorm(g, 'norm', attended), width, { bias: false });
}

/** Cross-attention whose keys carry positions and whose values do not. */
function positionedAttention(g: Graph, query: Handle, keys: Handle, values: Handle, heads: number): Handle {
  const width = sizeAt(query.shape, -1);
  return g.scope('attention', () => {
    const keyValue = { key: linear(g, 'key', keys, width), value: linear(g, 'value', values, width) };
    return project(g, attend(g, queries(g, query, { heads }), keyValue, { heads }), query, { heads });
  });
}

/**
 * Layers of latents that attend to the features and themselves, then an MLP, each added (Flamingo, appendix A.1.1).
 * Features of another width are projected first. The time embeddings of videos are left out: one picture has one time.
 */
function perceiver(g: Graph, config: Extract<ProjectorConfig, { design: 'perceiver' }>, features: Handle): Handle {
  const { width, queries, heads, headWidth: headDim, depth } = config;
  const n = dimAt(features.shape, 0);
  const visual = sizeAt(features.shape, -1) === width ? features : linear(g, 'feature', features, width);
  const learned = g.param('latents', [1, queries, width], { kind: 'normal', std: STD });
  let latents = expand(g, learned, [n, queries, width], [features]);
  for (let i = 0; i < depth; i++) {
    latents = g.scope('layers', () =>
      g.scope(String(i), () => {
        const asked = layerNorm(g, 'latent_norm', latents);
        const context = concat(g, [layerNorm(g, 'feature_norm', visual), asked], 1);
        const mixed = add(g, latents, crossAttention(g, 'attention', asked, context, { heads, headDim, bias: false }));
        const inner = { inner: 4 * width, activation: 'squared-relu', bias: false } as const;
        return add(g, mixed, mlp(g, 'mlp', layerNorm(g, 'mlp_norm', mixed), inner));
      }),
    );
  }
  return layerNorm(g, 'norm', latents);
}
