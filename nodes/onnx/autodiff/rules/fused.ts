import { add, erf, exp, mul, neg, sigmoid, sub } from '../../functions.ts';
import type { Attributes } from '../../ops.ts';
import { defineGradient, inputOf, outputGradient } from '../rules.ts';

/** Gradients of ONNX Runtime's fused operators that training uses. */
export const FUSED_IN_TRAINING: ReadonlySet<string> = new Set([
  'Gelu',
  'QuickGelu',
  'RotaryEmbedding',
  'SimplifiedLayerNormalization',
]);

/** Of `x · Φ(x)`: `Φ(x) + x · φ(x)`. The approximation by tanh is built of plain operators in training. */
defineGradient('Gelu', (step) => {
  const { g, node } = step;
  if ('approximate' in node.attributes) throw new Error('Gelu by tanh has no gradient');
  const x = inputOf(step, 0);
  const cumulative = mul(g, add(g, erf(g, mul(g, x, Math.SQRT1_2)), 1), 0.5);
  const density = mul(g, exp(g, mul(g, mul(g, x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return [mul(g, outputGradient(step), add(g, cumulative, mul(g, x, density)))];
});

/** Of `x · σ(αx)`: `σ · (1 + αx · (1 - σ))`. */
defineGradient('QuickGelu', (step) => {
  const { g, node } = step;
  const slope = alphaOf(node.attributes);
  const x = inputOf(step, 0);
  const scaled = slope === 1 ? x : mul(g, x, slope);
  const gate = sigmoid(g, scaled);
  const rise = add(g, mul(g, scaled, sub(g, 1, gate)), 1);
  return [mul(g, outputGradient(step), mul(g, gate, rise))];
});

/** A rotation's transpose turns the other way. */
defineGradient('RotaryEmbedding', (step) => {
  const { g, node } = step;
  const [positions, cos, sin] = [inputOf(step, 1), inputOf(step, 2), inputOf(step, 3)];
  return [g.op('RotaryEmbedding', [outputGradient(step), positions, cos, neg(g, sin)], node.attributes)];
});

function alphaOf({ alpha }: Attributes): number {
  if (typeof alpha !== 'object' || !('float' in alpha)) throw new Error('QuickGelu needs its alpha');
  return alpha.float;
}
