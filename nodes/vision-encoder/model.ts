import type { Cost } from '../definition.ts';
import { nodeCost } from '../neural.ts';
import { symbol } from '../onnx/dims.ts';
import {
  add,
  cast,
  concat,
  conv,
  expand,
  mul,
  reduceMean,
  reshape,
  slice,
  squeeze,
  transpose,
} from '../onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../onnx/graph.ts';
import { attend, crossAttention, keyValues, project, queries } from '../onnx/layers/attention.ts';
import { linear, STD } from '../onnx/layers/linear.ts';
import { activation, mlp } from '../onnx/layers/mlp.ts';
import { layerNorm, rmsNorm } from '../onnx/layers/norm.ts';
import { type Rotary, rotary2d, rotaryFrequencies } from '../onnx/layers/rotary.ts';
import type { ModuleGraph } from '../onnx/modules.ts';
import { dimAt, sizeAt } from '../onnx/ops/shapes.ts';
import { layersToRun, patchValues, type VisionConfig, type VisionRun } from './config.ts';

/** Features of a vision transformer, and its pooled embedding where it was asked for; see `encoderGraph`. */
export interface Encoded {
  readonly features: Handle;
  readonly pooled?: Handle;
}

/**
 * A vision transformer (ViT, equations 1–4) over patches `[n, patches, values]`, float32.
 * Outputs `features [n, tokens, width]`, the class token first, and with `pooling` also `pooled [n, pooledWidth]`.
 * With rotary positions, `rows` and `columns`, int64 `[n, patches]`, say where each patch stands.
 */
export function encoderGraph(config: VisionConfig, run: VisionRun, options: GraphOptions): Graph {
  const g = new Graph(options);
  const tokens = config.positions === 'rotary' ? symbol('patches') : Math.floor(config.size / config.patch) ** 2;
  const patches = g.input('patches', 'float32', [symbol('n'), tokens, patchValues(config)]);
  const { features, pooled } = encode(g, config, run, patches);
  g.output('features', cast(g, features, 'float32'));
  if (pooled) g.output('pooled', cast(g, pooled, 'float32'));
  return g;
}

/** The encoder as a module over `patches [n, patches, values]`. */
export function encode(g: Graph, config: VisionConfig, run: VisionRun, patches: Handle): Encoded {
  const turns = config.positions === 'rotary' ? patchRotary(g, config, patches) : undefined;
  let x = embedPatches(g, config, cast(g, patches, g.dtype));
  let features = x;
  const count = layersToRun(config, run);
  const featuresAt = Math.min(count, config.layers + 1 + run.featureLayer);
  for (let i = 0; i < count; i++) {
    x = g.scope('layers', () => g.scope(String(i), () => layer(g, config, x, turns)));
    if (i + 1 === featuresAt) features = x;
  }
  const last = config.normAfter && (run.pooling || run.featureLayer === -1) ? norm(g, 'norm_after', x, config) : x;
  return {
    features: run.featureLayer === -1 ? last : features,
    ...(run.pooling && { pooled: pool(g, config, last) }),
  };
}

/** Cost of a run over `count` pictures of `patches` patches each. */
export function encoderCost(
  config: VisionConfig,
  run: VisionRun & { readonly precision: GraphOptions['precision'] },
  size: { readonly count: number; readonly patches: number },
): Cost {
  const { layers, featureLayer, pooling, precision } = run;
  return nodeCost(
    ['vision-encoder', config, layers, featureLayer, pooling, precision],
    encoderModules(config, run, size),
  );
}

/** What such a run's cost is walked from. */
export function encoderModules(
  config: VisionConfig,
  run: VisionRun & { readonly precision: GraphOptions['precision'] },
  { count, patches }: { readonly count: number; readonly patches: number },
): ModuleGraph {
  return {
    build: () => encoderGraph(config, run, { precision: run.precision, fused: true }),
    bindings: { n: count, patches },
  };
}

/** Width of the pooled embedding. */
export function pooledWidth({ pooling, width }: VisionConfig): number {
  return pooling.kind === 'class-token' ? pooling.width : width;
}

/** Equation 1: patches projected, class token put first, positions added. */
function embedPatches(g: Graph, config: VisionConfig, patches: Handle): Handle {
  const { width, classToken, patchBias } = config;
  // A convolution whose stride is its kernel is a linear layer over flattened patches.
  let x = linear(g, 'patch', convolved(g, config, patches), width, { bias: patchBias });
  if (classToken) {
    const token = g.param('class_token', [1, 1, width], { kind: 'normal', std: STD });
    x = concat(g, [expand(g, token, [dimAt(x.shape, 0), 1, width], [x]), x], 1);
  }
  if (config.positions === 'learned') {
    const tokens = Math.floor(config.size / config.patch) ** 2 + (classToken ? 1 : 0);
    x = add(g, x, g.param('positions', [1, tokens, width], { kind: 'normal', std: STD }));
  }
  return config.normBefore ? norm(g, 'norm_before', x, config) : x;
}

/** The stem's map, a row a patch, `[n, patches, channels]`; the patches themselves where there is no stem. */
function convolved(g: Graph, { stem, size, patch, activation: kind }: VisionConfig, patches: Handle): Handle {
  if (!stem) return patches;
  const [n, side] = [dimAt(patches.shape, 0), size / patch];
  const pixels = reshape(g, patches, [n, side, side, 3, patch, patch]);
  let map = reshape(g, transpose(g, pixels, [0, 3, 1, 4, 2, 5]), [n, 3, size, size]);
  stem.forEach((channels, i) => {
    map = g.scope('stem', () => g.scope(String(i), () => activation(g, kind, halved(g, map, channels))));
  });
  const channels = sizeAt(map.shape, 1);
  return transpose(g, reshape(g, map, [n, channels, side * side]), [0, 2, 1]);
}

function halved(g: Graph, map: Handle, channels: number): Handle {
  const weight = g.param('weight', [channels, sizeAt(map.shape, 1), 3, 3], { kind: 'normal', std: STD });
  const bias = g.param('bias', [channels], { kind: 'constant', value: 0 });
  return conv(g, map, weight, bias, { stride: 2, padding: 1 });
}

function patchRotary(g: Graph, config: VisionConfig, patches: Handle): Rotary {
  const place = [dimAt(patches.shape, 0), dimAt(patches.shape, 1)];
  const rows = g.input('rows', 'int64', place);
  const columns = g.input('columns', 'int64', place);
  return rotary2d(g, rows, columns, rotaryFrequencies(config.width / config.heads / 2, 10000));
}

/** Equations 2 and 3: self-attention and MLP, each normalised before, each added. */
function layer(g: Graph, config: VisionConfig, x: Handle, turns: Rotary | undefined): Handle {
  const attended = attention(g, config, norm(g, 'attention_norm', x, config), turns);
  const mixed = add(g, x, scaled(g, 'attention_scale', attended, config));
  const inner = { inner: config.mlpWidth, activation: config.activation };
  const dense = mlp(g, 'mlp', norm(g, 'mlp_norm', mixed, config), inner);
  return add(g, mixed, scaled(g, 'mlp_scale', dense, config));
}

function attention(g: Graph, config: VisionConfig, x: Handle, turns: Rotary | undefined): Handle {
  const heads = { heads: config.heads, bias: config.queryKeyValueBias, outputBias: true };
  const { epsilon } = config;
  return g.scope('attention', () => {
    const query = queries(g, x, heads, turns);
    const { key, value } = keyValues(g, x, heads, turns);
    const attended = config.queryKeyNorm
      ? attend(
          g,
          rmsNorm(g, 'query_norm', query, { epsilon }),
          { key: rmsNorm(g, 'key_norm', key, { epsilon }), value },
          heads,
        )
      : attend(g, query, { key, value }, heads);
    return project(g, attended, x, heads);
  });
}

/** LayerScale (Touvron et al. 2021): a learned factor a channel. */
function scaled(g: Graph, name: string, x: Handle, { layerScale, width }: VisionConfig): Handle {
  return layerScale ? mul(g, x, g.param(name, [width], { kind: 'constant', value: 0.1 })) : x;
}

function norm(g: Graph, name: string, x: Handle, { norm, epsilon }: VisionConfig): Handle {
  return norm === 'rms' ? rmsNorm(g, name, x, { epsilon }) : layerNorm(g, name, x, { epsilon });
}

function pool(g: Graph, config: VisionConfig, x: Handle): Handle {
  const { pooling, width, heads, mlpWidth, activation } = config;
  const n = dimAt(x.shape, 0);
  if (pooling.kind === 'mean') return reduceMean(g, x, [1], { keep: false });
  return g.scope('pool', () => {
    if (pooling.kind === 'class-token') {
      const token = norm(g, 'norm', squeeze(g, slice(g, x, 1, 0, 1), [1]), config);
      return linear(g, 'projection', token, pooling.width, { bias: false });
    }
    const probe = expand(g, g.param('query', [1, 1, width], { kind: 'normal', std: STD }), [n, 1, width], [x]);
    const seen = crossAttention(g, 'attention', probe, x, { heads });
    const dense = mlp(g, 'mlp', norm(g, 'norm', seen, config), { inner: mlpWidth, activation });
    return reshape(g, add(g, seen, dense), [n, width]);
  });
}
