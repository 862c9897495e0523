import { add, concat, div, expand, minimum, mul, reduceSum, scalar, sqrt, sub } from '../onnx/functions.ts';
import type { Graph, Handle } from '../onnx/graph.ts';

export interface AdamWOptions {
  /** Decay rates of the two moments. */
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Weight decay, decoupled from the gradient. */
  readonly decay: number;
  /** Largest norm of the gradient; beyond it, it is scaled down to it. */
  readonly clip: number;
}

/** The state of training as vectors `[size]`: weights and the moments of their gradients. */
export interface AdamWState {
  readonly weights: Handle;
  readonly first: Handle;
  readonly second: Handle;
}

/** Scalars that change from step to step. */
export interface StepRates {
  readonly rate: Handle;
  /** `1 - β₁ᵗ` and `1 - β₂ᵗ` */
  readonly corrections: readonly [Handle, Handle];
}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2, as PyTorch computes it) over flat vectors, after clipping by the global
 * norm (Pascanu et al. 2013). `scales [size]`, where given, multiplies the rate of each weight; the first `decayed` weights decay.
 * `norm` is the gradient's before clipping.
 */
export function adamW(
  g: Graph,
  gradient: Handle,
  state: AdamWState,
  { rate, corrections }: StepRates,
  options: AdamWOptions & { readonly decayed: number; readonly scales?: Handle },
): AdamWState & { readonly norm: Handle } {
  const { betas, epsilon, decay, clip, decayed } = options;
  const size = Number(gradient.shape[0]);
  const squares = mul(g, gradient, gradient);
  const norm = sqrt(g, reduceSum(g, squares, [0], { keep: false }));
  // Factors that all weights share are multiplied with one another, not with vectors: a pass over a vector costs what it reads.
  const clipped = minimum(g, div(g, clip, add(g, norm, 1e-6)), 1);
  const first = add(g, mul(g, state.first, betas[0]), mul(g, gradient, mul(g, clipped, 1 - betas[0])));
  const byClipped = mul(g, mul(g, clipped, clipped), 1 - betas[1]);
  const second = add(g, mul(g, state.second, betas[1]), mul(g, squares, byClipped));
  const correction = sqrt(g, corrections[1]);
  const spread = add(g, sqrt(g, second), mul(g, correction, epsilon));
  const update = mul(g, div(g, first, spread), div(g, correction, corrections[0]));
  const parts = [scalar(g, decay, 'float32'), scalar(g, 0, 'float32')];
  const decays = concat(
    g,
    [decayed, size - decayed].flatMap((count, i) => (count > 0 ? [expand(g, parts[i] as Handle, [count])] : [])),
    0,
  );
  const moved = add(g, update, mul(g, state.weights, decays));
  const scaled = options.scales ? mul(g, moved, options.scales) : moved;
  return { weights: sub(g, state.weights, mul(g, scaled, rate)), first, second, norm };
}
