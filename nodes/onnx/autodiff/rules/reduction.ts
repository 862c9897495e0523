import { product } from '../../dims.ts';
import { cast, div, equal, expand, greater, mul, reduceSum, reshape, sub, where } from '../../functions.ts';
import type { Graph, Handle } from '../../graph.ts';
import { axisOf, intAttribute, intsAttribute, numbersOf, sizeAt } from '../../ops/shapes.ts';
import { type BackwardStep, defineGradient, inputOf, outputGradient, resultOf } from '../rules.ts';

/** Gradients of operators that reduce, order or accumulate along an axis. */

function reducedAxes({ node }: BackwardStep, x: Handle): readonly number[] {
  const axes = node.inputs[1] ? numbersOf(node.inputs, 1) : intsAttribute(node.attributes, 'axes');
  return (axes ?? x.shape.map((_, axis) => axis)).map((axis) => axisOf(axis, x.shape.length));
}

/** A reduced value with its reduced dimensions kept, so that it broadcasts over `x`. */
function kept(step: BackwardStep, value: Handle, x: Handle): Handle {
  const axes = reducedAxes(step, x);
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return value.shape.length === shape.length ? value : reshape(step.g, value, shape, [x]);
}

function spread(step: BackwardStep, value: Handle, x: Handle): Handle {
  return expand(step.g, kept(step, value, x), x.shape, [x]);
}

defineGradient('ReduceSum', (step) => {
  const x = inputOf(step, 0);
  return [spread(step, outputGradient(step), x)];
});

defineGradient('ReduceMean', (step) => {
  const x = inputOf(step, 0);
  const count = product(reducedAxes(step, x).map((axis) => sizeAt(x.shape, axis)));
  return [spread(step, div(step.g, outputGradient(step), Number(count)), x)];
});

/** Shared evenly among equal extremes, as PyTorch's `amax` and `amin` do. */
for (const op of ['ReduceMax', 'ReduceMin']) {
  defineGradient(op, (step) => {
    const { g } = step;
    const x = inputOf(step, 0);
    const chosen = cast(g, equal(g, x, kept(step, resultOf(step), x)), x.dtype);
    const each = div(g, kept(step, outputGradient(step), x), reduceSum(g, chosen, reducedAxes(step, x)));
    return [mul(g, chosen, each)];
  });
}

/** 0 for a vector of zeros, as in PyTorch. */
defineGradient('ReduceL2', (step) => {
  const { g } = step;
  const x = inputOf(step, 0);
  const length = resultOf(step);
  const slope = where(g, greater(g, length, 0), div(g, outputGradient(step), length), 0);
  return [mul(g, x, kept(step, slope, x))];
});

/** The sum of all later gradients (earlier ones for a reversed sum). */
defineGradient('CumSum', (step) => {
  const { g, node } = step;
  const { exclusive = 0, reverse = 0 } = node.attributes;
  return [g.op('CumSum', [outputGradient(step), inputOf(step, 1)], { exclusive, reverse: reverse === 1 ? 0 : 1 })];
});

/** Of the values; the indices have none. */
defineGradient('TopK', (step) => {
  const { g, node } = step;
  const x = inputOf(step, 0);
  const axis = axisOf(intAttribute(node.attributes, 'axis', -1), x.shape.length);
  return [spreadAt(g, x, resultOf(step, 1), outputGradient(step), axis)];
});

function spreadAt(g: Graph, x: Handle, indices: Handle, gradient: Handle, axis: number): Handle {
  const zeros = sub(g, x, x);
  return g.op('ScatterElements', [zeros, indices, gradient], { axis });
}
