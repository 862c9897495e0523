import { cast, div, full, matmul, mul, sub, unsqueeze } from '../../functions.ts';
import type { Graph, Handle } from '../../graph.ts';
import { WITH_STATISTICS } from '../../ops/normalisation.ts';
import { dimAt } from '../../ops/shapes.ts';
import { defineGradient, inputOf, outputGradient } from '../rules.ts';
import { unbroadcast } from '../shapes.ts';

/**
 * With n = (x - mean) / σ and dn = dy · scale: dx = (dn - mean(dn) - n · mean(dn · n)) / σ (Ba et al. 2016). The operator itself makes n
 * again, and the means are products with the scale: of ten passes over the rows six remain.
 */
defineGradient('LayerNormalization', (step) => {
  const { g, node, needs } = step;
  const [dy, x, scale, bias] = [outputGradient(step), inputOf(step, 0), inputOf(step, 1), node.inputs[2]];
  const [one, none] = [full(g, scale.shape, 1, x.dtype), full(g, scale.shape, 0, x.dtype)];
  const attributes = { ...node.attributes, ...WITH_STATISTICS };
  const [n, , inverse] = g.ops('LayerNormalization', [x, one, none], attributes) as [Handle, Handle, Handle];
  const along = mul(g, dy, n);
  const byInput = () => {
    const centred = sub(g, mul(g, dy, scale), scaledMean(g, dy, scale));
    return mul(g, sub(g, centred, mul(g, n, scaledMean(g, along, scale))), cast(g, inverse, x.dtype));
  };
  return [
    needs(0) ? byInput() : undefined,
    needs(1) ? unbroadcast(g, along, scale) : undefined,
    bias && needs(2) ? unbroadcast(g, dy, bias) : undefined,
  ];
});

/** With n = x / rms and dn = dy · scale: dx = (dn - n · mean(dn · n)) / rms (Zhang and Sennrich 2019). */
defineGradient('SimplifiedLayerNormalization', (step) => {
  const { g, node, needs } = step;
  const [dy, x, scale] = [outputGradient(step), inputOf(step, 0), inputOf(step, 1)];
  const attributes = { ...node.attributes, ...WITH_STATISTICS };
  const one = full(g, scale.shape, 1, x.dtype);
  const [n, inverse] = g.ops('SimplifiedLayerNormalization', [x, one], attributes) as [Handle, Handle];
  const along = mul(g, dy, n);
  const byInput = () =>
    mul(g, sub(g, mul(g, dy, scale), mul(g, n, scaledMean(g, along, scale))), cast(g, inverse, x.dtype));
  return [needs(0) ? byInput() : undefined, needs(1) ? unbroadcast(g, along, scale) : undefined];
});

/** `[…, width]` → `[…, 1]`: the mean of `x · scale`. */
function scaledMean(g: Graph, x: Handle, scale: Handle): Handle {
  return matmul(g, x, unsqueeze(g, div(g, scale, Number(dimAt(scale.shape, 0))), [1]));
}
