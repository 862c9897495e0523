import { add, div, mul, reduceMean, sqrt } from '../functions.ts';
import type { Graph, Handle } from '../graph.ts';
import { sizeAt } from '../ops/shapes.ts';

export interface NormOptions {
  readonly epsilon?: number;
}

/** Layer normalisation over the last dimension (Ba et al. 2016), with scale and bias. */
export function layerNorm(g: Graph, name: string, x: Handle, { epsilon = 1e-5 }: NormOptions = {}): Handle {
  return g.scope(name, () =>
    g.op('LayerNormalization', [x, scaleOf(g, x), biasOf(g, x)], { axis: -1, epsilon: { float: epsilon } }),
  );
}

/** Root-mean-square normalisation over the last dimension (Zhang and Sennrich 2019), with scale. */
export function rmsNorm(g: Graph, name: string, x: Handle, { epsilon = 1e-6 }: NormOptions = {}): Handle {
  return g.scope(name, () => {
    const scale = scaleOf(g, x);
    return g.fuses('SimplifiedLayerNormalization')
      ? g.op('SimplifiedLayerNormalization', [x, scale], { axis: -1, epsilon: { float: epsilon } })
      : plainRmsNorm(g, x, scale, epsilon);
  });
}

/** `sum = x + skip` and its normalisation: a residual connection and the norm after it, in one operator where fused. */
export interface SkipNorm {
  readonly normalised: Handle;
  readonly sum: Handle;
}

export function skipLayerNorm(g: Graph, name: string, x: Handle, skip: Handle, options: NormOptions = {}): SkipNorm {
  if (!g.fuses('SkipLayerNormalization')) {
    const sum = add(g, x, skip);
    return { sum, normalised: layerNorm(g, name, sum, options) };
  }
  const { epsilon = 1e-5 } = options;
  return g.scope(name, () => skipNorm(g, 'SkipLayerNormalization', [x, skip, scaleOf(g, x), biasOf(g, x)], epsilon));
}

export function skipRmsNorm(g: Graph, name: string, x: Handle, skip: Handle, options: NormOptions = {}): SkipNorm {
  if (!g.fuses('SkipSimplifiedLayerNormalization')) {
    const sum = add(g, x, skip);
    return { sum, normalised: rmsNorm(g, name, sum, options) };
  }
  const { epsilon = 1e-6 } = options;
  return g.scope(name, () => skipNorm(g, 'SkipSimplifiedLayerNormalization', [x, skip, scaleOf(g, x)], epsilon));
}

function skipNorm(g: Graph, op: string, inputs: readonly Handle[], epsilon: number): SkipNorm {
  const [normalised, , , sum] = g.ops(op, inputs, { epsilon: { float: epsilon } });
  if (!normalised || !sum) throw new Error(`${op} gives four outputs`);
  return { normalised, sum };
}

function plainRmsNorm(g: Graph, x: Handle, scale: Handle, epsilon: number): Handle {
  const meanSquare = reduceMean(g, mul(g, x, x), [-1]);
  return mul(g, div(g, x, sqrt(g, add(g, meanSquare, epsilon))), scale);
}

function scaleOf(g: Graph, x: Handle): Handle {
  return g.param('scale', [sizeAt(x.shape, -1)], { kind: 'constant', value: 1 });
}

function biasOf(g: Graph, x: Handle): Handle {
  return g.param('bias', [sizeAt(x.shape, -1)], { kind: 'constant', value: 0 });
}
