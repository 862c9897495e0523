import { add, erf, exp, mul, neg, scaledMatmul, sigmoid, sub } from '../../functions.ts';
import type { Graph, Handle } from '../../graph.ts';
import { floatAttribute } from '../../ops/shapes.ts';
import { defineGradient, inputOf, outputGradient, resultOf } from '../rules.ts';
import { unbroadcast } from '../shapes.ts';

/** Gradients of ONNX Runtime's fused operators that training uses. */
export const FUSED_IN_TRAINING: ReadonlySet<string> = new Set([
  'FusedMatMul',
  'Gelu',
  'QuickGelu',
  'RotaryEmbedding',
  'SimplifiedLayerNormalization',
]);

/** Of `x · Φ(x)`: `Φ(x) + x · φ(x)`; or of its approximation by tanh. */
defineGradient('Gelu', (step) => {
  const { g, node } = step;
  const x = inputOf(step, 0);
  if ('approximate' in node.attributes) return [mul(g, outputGradient(step), tanhSlope(g, x, resultOf(step)))];
  const cumulative = mul(g, add(g, erf(g, mul(g, x, Math.SQRT1_2)), 1), 0.5);
  const density = mul(g, exp(g, mul(g, mul(g, x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return [mul(g, outputGradient(step), add(g, cumulative, mul(g, x, density)))];
});

/**
 * Of `y = x/2 · (1 + tanh(c · (x + 0.044715 x³)))`, which is `x · σ(2c · (x + 0.044715 x³))`, with c = √(2/π):
 * `σ + y · (1 - σ) · 2c · (1 + 3 · 0.044715 x²)`.
 */
function tanhSlope(g: Graph, x: Handle, y: Handle): Handle {
  const c = Math.sqrt(2 / Math.PI);
  const square = mul(g, x, x);
  const gate = sigmoid(g, mul(g, x, add(g, mul(g, square, 2 * c * 0.044715), 2 * c)));
  const inner = add(g, mul(g, square, 6 * c * 0.044715), 2 * c);
  return add(g, gate, mul(g, mul(g, y, sub(g, 1, gate)), inner));
}

/** Of `x · σ(αx)`: `σ · (1 + αx · (1 - σ))`. */
defineGradient('QuickGelu', (step) => {
  const { g, node } = step;
  const slope = floatAttribute(node.attributes, 'alpha');
  const x = inputOf(step, 0);
  const scaled = slope === 1 ? x : mul(g, x, slope);
  const gate = sigmoid(g, scaled);
  const rise = add(g, mul(g, scaled, sub(g, 1, gate)), 1);
  return [mul(g, outputGradient(step), mul(g, gate, rise))];
});

/** With Y = s · A · Bᵀ: dA = s · dY · B and dB = s · dYᵀ · A. */
defineGradient('FusedMatMul', (step) => {
  const { g, node, needs } = step;
  const [dy, a, b] = [outputGradient(step), inputOf(step, 0), inputOf(step, 1)];
  const { transA, transB } = node.attributes;
  if (transA === 1 || transB !== 1) throw new Error('only a product whose right side alone is turned has a gradient');
  const scale = floatAttribute(node.attributes, 'alpha');
  return [
    needs(0) ? unbroadcast(g, scaledMatmul(g, dy, b, { scale }), a) : undefined,
    needs(1) ? unbroadcast(g, scaledMatmul(g, dy, a, { transA: true, scale }), b) : undefined,
  ];
});

/** A rotation's transpose turns the other way. */
defineGradient('RotaryEmbedding', (step) => {
  const { g, node } = step;
  const [positions, cos, sin] = [inputOf(step, 1), inputOf(step, 2), inputOf(step, 3)];
  return [g.op('RotaryEmbedding', [outputGradient(step), positions, cos, neg(g, sin)], node.attributes)];
});
