import { add, div, mul, reduceMean, sqrt, sub } from '../../functions.ts';
import type { Attributes } from '../../ops.ts';
import { defineGradient, inputOf, outputGradient } from '../rules.ts';
import { unbroadcast } from '../shapes.ts';

function epsilonOf({ epsilon }: Attributes): number {
  if (typeof epsilon !== 'object' || !('float' in epsilon)) throw new Error('a norm needs its epsilon');
  return epsilon.float;
}

/** With n = (x - mean) / σ and dn = dy · scale: dx = (dn - mean(dn) - n · mean(dn · n)) / σ (Ba et al. 2016). */
defineGradient('LayerNormalization', (step) => {
  const { g, node, needs } = step;
  const [dy, x, scale, bias] = [outputGradient(step), inputOf(step, 0), inputOf(step, 1), node.inputs[2]];
  const centred = sub(g, x, reduceMean(g, x, [-1]));
  const variance = reduceMean(g, mul(g, centred, centred), [-1]);
  const inverse = div(g, 1, sqrt(g, add(g, variance, epsilonOf(node.attributes))));
  const normalised = mul(g, centred, inverse);
  const byInput = () => {
    const dn = mul(g, dy, scale);
    const along = mul(g, normalised, reduceMean(g, mul(g, dn, normalised), [-1]));
    return mul(g, sub(g, sub(g, dn, reduceMean(g, dn, [-1])), along), inverse);
  };
  return [
    needs(0) ? byInput() : undefined,
    needs(1) ? unbroadcast(g, mul(g, dy, normalised), scale) : undefined,
    bias && needs(2) ? unbroadcast(g, dy, bias) : undefined,
  ];
});

/** With n = x / rms and dn = dy · scale: dx = (dn - n · mean(dn · n)) / rms (Zhang and Sennrich 2019). */
defineGradient('SimplifiedLayerNormalization', (step) => {
  const { g, node, needs } = step;
  const [dy, x, scale] = [outputGradient(step), inputOf(step, 0), inputOf(step, 1)];
  const meanSquare = reduceMean(g, mul(g, x, x), [-1]);
  const inverse = div(g, 1, sqrt(g, add(g, meanSquare, epsilonOf(node.attributes))));
  const normalised = mul(g, x, inverse);
  const byInput = () => {
    const dn = mul(g, dy, scale);
    return mul(g, sub(g, dn, mul(g, normalised, reduceMean(g, mul(g, dn, normalised), [-1]))), inverse);
  };
  return [needs(0) ? byInput() : undefined, needs(1) ? unbroadcast(g, mul(g, dy, normalised), scale) : undefined];
});
