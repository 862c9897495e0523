import { add, div, erf, mul, pow, relu, sigmoid, tanh } from '../functions.ts';
import type { Graph, Handle } from '../graph.ts';
import { sizeAt } from '../ops/shapes.ts';
import { linear } from './linear.ts';

export type Activation = 'gelu' | 'gelu-tanh' | 'quick-gelu' | 'relu' | 'silu' | 'squared-relu';

export function activation(g: Graph, kind: Activation, x: Handle): Handle {
  return activations[kind](g, x);
}

const activations: Readonly<Record<Activation, (g: Graph, x: Handle) => Handle>> = {
  gelu,
  'gelu-tanh': geluTanh,
  'quick-gelu': quickGelu,
  relu,
  silu: (g, x) => swish(g, x, 1),
  // So et al. 2021 (Primer); Flamingo's feed-forward.
  'squared-relu': (g, x) => pow(g, relu(g, x), 2),
};

/** `x · Φ(x)`, exact (Hendrycks and Gimpel 2016). */
export function gelu(g: Graph, x: Handle): Handle {
  if (g.fuses('Gelu')) return g.op('Gelu', [x]);
  return mul(g, mul(g, x, 0.5), add(g, erf(g, div(g, x, Math.SQRT2)), 1));
}

/** `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))` (Hendrycks and Gimpel 2016): SigLIP's. */
export function geluTanh(g: Graph, x: Handle): Handle {
  if (g.fuses('Gelu')) return g.op('Gelu', [x], { approximate: 'tanh' });
  const inner = mul(g, add(g, x, mul(g, pow(g, x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(g, mul(g, x, 0.5), add(g, tanh(g, inner), 1));
}

/** `x · σ(1.702 x)`: CLIP's. */
export function quickGelu(g: Graph, x: Handle): Handle {
  return swish(g, x, 1.702);
}

/** `x · σ(slope x)` (Ramachandran et al. 2017). */
function swish(g: Graph, x: Handle, slope: number): Handle {
  if (g.fuses('QuickGelu')) return g.op('QuickGelu', [x], { alpha: { float: slope } });
  return mul(g, x, sigmoid(g, slope === 1 ? x : mul(g, x, slope)));
}

export interface MlpOptions {
  /** Inner width. */
  readonly inner: number;
  readonly activation: Activation;
  readonly bias?: boolean;
  /** Outer width, if not that of `x`. */
  readonly width?: number;
}

/** Two linear layers with an activation between: `up`, `down`. */
export function mlp(g: Graph, name: string, x: Handle, options: MlpOptions): Handle {
  const { bias = true, width = sizeAt(x.shape, -1) } = options;
  return g.scope(name, () => {
    const inner = activation(g, options.activation, linear(g, 'up', x, options.inner, { bias }));
    return linear(g, 'down', inner, width, { bias });
  });
}

/** `down(silu(gate(x)) · up(x))` (Shazeer 2020, eq. 6). */
export function swiglu(
  g: Graph,
  name: string,
  x: Handle,
  options: { readonly inner: number; readonly bias?: boolean },
): Handle {
  const { inner, bias = false } = options;
  return g.scope(name, () => {
    const gate = activation(g, 'silu', linear(g, 'gate', x, inner, { bias }));
    return linear(g, 'down', mul(g, gate, linear(g, 'up', x, inner, { bias })), sizeAt(x.shape, -1), { bias });
  });
}
