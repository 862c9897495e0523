import { dimsEqual } from '../dims.ts';
import { defineOp } from '../ops.ts';
import { axisOf, dimAt, type Inputs, intAttribute, intsAttribute, needed, numbersOf, type Shape } from './shapes.ts';

/** Operators that reduce, order or accumulate along an axis. */

for (const name of ['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceL2']) {
  defineOp(name, {
    infer(inputs, attributes) {
      const { dtype, shape } = needed(inputs, 0);
      const axes = inputs[1]
        ? numbersOf(inputs, 1)
        : (intsAttribute(attributes, 'axes') ?? shape.map((_, axis) => axis));
      return [{ dtype, shape: reduced(shape, axes, intAttribute(attributes, 'keepdims', 1) === 1) }];
    },
  });
}

defineOp('ArgMax', {
  infer(inputs, attributes) {
    const { shape } = needed(inputs, 0);
    const keep = intAttribute(attributes, 'keepdims', 1) === 1;
    return [{ dtype: 'int64', shape: reduced(shape, [intAttribute(attributes, 'axis', 0)], keep) }];
  },
});

defineOp('TopK', {
  infer(inputs, attributes) {
    const { dtype, shape } = needed(inputs, 0);
    const axis = axisOf(intAttribute(attributes, 'axis', -1), shape.length);
    const result = shape.with(axis, countOf(inputs));
    return [
      { dtype, shape: result },
      { dtype: 'int64', shape: result },
    ];
  },
});

defineOp('CumSum', {
  infer(inputs) {
    const { dtype, shape } = needed(inputs, 0);
    return [{ dtype, shape }];
  },
});

function reduced(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  const gone = new Set(axes.map((axis) => axisOf(axis, shape.length)));
  return keep ? shape.map((dim, axis) => (gone.has(axis) ? 1 : dim)) : shape.filter((_, axis) => !gone.has(axis));
}

function countOf(inputs: Inputs) {
  const count = needed(inputs, 1);
  if (!count.value || !dimsEqual(dimAt(count.shape, 0), 1)) throw new Error('the count must be a known number [1]');
  return dimAt(count.value, 0);
}
