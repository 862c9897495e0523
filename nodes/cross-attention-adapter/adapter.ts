import { mulDims } from '../onnx/dims.ts';
import { add, mul, reshape, tanh, transpose } from '../onnx/functions.ts';
import type { Graph, Handle } from '../onnx/graph.ts';
import { attend, type KeyValue, project, queries } from '../onnx/layers/attention.ts';
import { linear } from '../onnx/layers/linear.ts';
import { mlp, swiglu } from '../onnx/layers/mlp.ts';
import { layerNorm, rmsNorm } from '../onnx/layers/norm.ts';
import { dimAt } from '../onnx/ops/shapes.ts';
import type { WeightSource } from '../onnx/weights.ts';
import type { FloatTensor, HandleValue } from '../values.ts';

/** Gated cross-attention layers of an LLM. Widths in features. */
export interface AdapterConfig {
  /** The LLM's width. */
  readonly width: number;
  /** Layer i stands before this decoder layer of the LLM, counted from 0. */
  readonly depths: readonly number[];
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly mlp: { readonly width: number; readonly activation: 'swiglu' | 'squared-relu' };
  readonly norm: 'rms' | 'layer';
  /** RMS norm on each head of queries and keys (Llama 3.2). */
  readonly queryKeyNorm: boolean;
  readonly epsilon: number;
  readonly zeroGates: boolean;
}

/** Gated layers with what they attend to, made once for a picture; the LLM that takes it builds the layers in. */
export interface AdapterValue extends HandleValue {
  readonly type: 'adapter';
  readonly summary: string;
  readonly config: AdapterConfig;
  /** One for each gated layer, `[1, visualTokens, keyValueHeads·headWidth]`. */
  readonly keys: readonly FloatTensor[];
  readonly values: readonly FloatTensor[];
  /** Weights of the gated layers; their names start with `adapter.`. */
  readonly weights: WeightSource;
  /** What is to be said of them, e.g. "random weights". */
  readonly caveat?: string;
  /** The LLM that it was trained in, where it was trained. */
  readonly llm?: string;
}

/**
 * `hidden + tanh(gate) · attention(norm(hidden), key, value)`, then the same with an MLP (Flamingo, figure 4).
 * `hidden: [batch, tokens, width]`; `key`, `value: [batch, visualTokens, keyValueHeads·headWidth]` from
 * `gatedKeyValue`. `index` counts the gated layers. Call it with the graph at its outermost scope: the weights are
 * named `adapter.<index>.…`.
 */
export function gatedCrossAttention(
  g: Graph,
  config: AdapterConfig,
  index: number,
  hidden: Handle,
  key: Handle,
  value: Handle,
): Handle {
  return layerScope(g, index, () => {
    const attended = g.scope('attention', () => {
      const x = norm(g, 'norm', hidden, config);
      const { heads, headWidth: headDim } = config;
      const query = queries(g, x, { heads, headDim, bias: false });
      const normed = config.queryKeyNorm ? normHeads(g, 'query_norm', query, heads, config) : query;
      return project(g, groupedAttention(g, config, normed, { key, value }), hidden, { heads, bias: false });
    });
    const seen = add(g, hidden, gated(g, 'attention_gate', attended, config));
    const x = norm(g, 'mlp_norm', seen, config);
    const inner = config.mlp.width;
    const dense =
      config.mlp.activation === 'swiglu'
        ? swiglu(g, 'mlp', x, { inner })
        : mlp(g, 'mlp', x, { inner, activation: config.mlp.activation, bias: false });
    return add(g, seen, gated(g, 'mlp_gate', dense, config));
  });
}

/** Keys and values of gated layer `index` for `visual: [n, tokens, visualWidth]`. */
export function gatedKeyValue(g: Graph, config: AdapterConfig, index: number, visual: Handle): KeyValue {
  return layerScope(g, index, () =>
    g.scope('attention', () => {
      const width = config.keyValueHeads * config.headWidth;
      const key = linear(g, 'key', visual, width, { bias: false });
      return {
        key: config.queryKeyNorm ? normHeads(g, 'key_norm', key, config.keyValueHeads, config) : key,
        value: linear(g, 'value', visual, width, { bias: false }),
      };
    }),
  );
}

function layerScope<T>(g: Graph, index: number, make: () => T): T {
  return g.scope('adapter', () => g.scope(String(index), make));
}

/** No mask: a token sees all of the picture. So the heads that share keys can be read as that many tokens more. */
function groupedAttention(g: Graph, config: AdapterConfig, query: Handle, keyValue: KeyValue): Handle {
  const { heads, keyValueHeads, headWidth } = config;
  const groups = heads / keyValueHeads;
  if (groups === 1) return attend(g, query, keyValue, { heads });
  const [batch, tokens] = [dimAt(query.shape, 0), dimAt(query.shape, 1)];
  const turn = (x: Handle, inner: number, outer: number) =>
    transpose(g, reshape(g, x, [batch, tokens, inner, outer, headWidth]), [0, 1, 3, 2, 4]);
  const flat = reshape(g, turn(query, keyValueHeads, groups), [
    batch,
    mulDims(groups, tokens),
    keyValueHeads * headWidth,
  ]);
  const attended = attend(g, flat, keyValue, { heads: keyValueHeads });
  return reshape(g, turn(attended, groups, keyValueHeads), [batch, tokens, heads * headWidth]);
}

function gated(g: Graph, name: string, x: Handle, { zeroGates }: AdapterConfig): Handle {
  const gate = g.param(name, [1], zeroGates ? { kind: 'constant', value: 0 } : { kind: 'normal', std: 0.5 });
  return mul(g, x, tanh(g, gate));
}

function norm(g: Graph, name: string, x: Handle, { norm, epsilon }: AdapterConfig): Handle {
  return norm === 'rms' ? rmsNorm(g, name, x, { epsilon }) : layerNorm(g, name, x, { epsilon });
}

/** RMS norm of each head of `x: [batch, tokens, heads·headWidth]`, one scale for all heads. */
function normHeads(g: Graph, name: string, x: Handle, heads: number, { headWidth, epsilon }: AdapterConfig): Handle {
  const [batch, tokens] = [dimAt(x.shape, 0), dimAt(x.shape, 1)];
  const split = reshape(g, x, [batch, tokens, heads, headWidth]);
  return reshape(g, rmsNorm(g, name, split, { epsilon }), [batch, tokens, heads * headWidth]);
}
