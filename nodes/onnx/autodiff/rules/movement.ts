import { product } from '../../dims.ts';
import { concat, expand, full, gatherElements, gatherND, reshape, split, transpose } from '../../functions.ts';
import type { Graph, Handle } from '../../graph.ts';
import { axisOf, dimAt, intAttribute, intsAttribute, numbersOf, sizeAt } from '../../ops/shapes.ts';
import { type BackwardStep, defineGradient, inputOf, outputGradient, resultOf } from '../rules.ts';
import { unbroadcast } from '../shapes.ts';

/** Gradients of operators that move elements: each takes the gradient back to where the element came from. */

function back(step: BackwardStep): readonly Handle[] {
  const x = inputOf(step, 0);
  return [reshape(step.g, outputGradient(step), x.shape, [x])];
}

for (const op of ['Reshape', 'Unsqueeze', 'Squeeze']) defineGradient(op, back);

defineGradient('Transpose', (step) => {
  const { g, node } = step;
  const { shape } = inputOf(step, 0);
  const order = intsAttribute(node.attributes, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return [transpose(g, outputGradient(step), inverse)];
});

defineGradient('Expand', (step) => [unbroadcast(step.g, outputGradient(step), inputOf(step, 0))]);

defineGradient('Concat', (step) => {
  const { g, node, needs } = step;
  const axis = intAttribute(node.attributes, 'axis');
  const lengths = node.inputs.map((_, index) => sizeAt(inputOf(step, index).shape, axis));
  const parts = split(g, outputGradient(step), lengths, axis);
  return parts.map((part, index) => (needs(index) ? part : undefined));
});

defineGradient('Split', (step) => {
  const { g, node, outputs } = step;
  const x = inputOf(step, 0);
  const parts = node.outputs.map((part, index) => outputs[index] ?? zeros(g, part));
  return [concat(g, parts, axisOf(intAttribute(node.attributes, 'axis'), x.shape.length))];
});

defineGradient('Slice', (step) => {
  const { g, node } = step;
  const x = inputOf(step, 0);
  const [starts, axes] = [numbersOf(node.inputs, 1), numbersOf(node.inputs, 3)];
  const steps = node.inputs[4] ? numbersOf(node.inputs, 4) : [1];
  const [axis = 0, start = 0] = [axes[0], starts[0]];
  if (axes.length !== 1 || steps[0] !== 1) throw new Error('only slices of one axis without steps have a gradient');
  const dy = outputGradient(step);
  const [size, length] = [sizeAt(x.shape, axis), sizeAt(resultOf(step).shape, axis)];
  const from = start < 0 ? size + start : start;
  const around = [from, size - from - length].map((rows) => zeros(g, { ...x, shape: x.shape.with(axis, rows) }));
  const [before, after] = around;
  const parts = [from > 0 ? before : undefined, dy, from + length < size ? after : undefined];
  return [
    concat(
      g,
      parts.filter((part) => part !== undefined),
      axis,
    ),
  ];
});

/**
 * Rows of a table: gradients are added up by row, with no one-hot matrix. `ScatterElements`, because ONNX Runtime's
 * `ScatterND` adds on several threads at once and loses additions to the same row. Indices along another axis than the
 * first are gathered with that axis in front.
 */
defineGradient('Gather', (step) => {
  const { g, node } = step;
  const [x, indices, dy] = [inputOf(step, 0), inputOf(step, 1), outputGradient(step)];
  const axis = axisOf(intAttribute(node.attributes, 'axis', 0), x.shape.length);
  const moved = dy.shape.map((_, i) => i);
  const front = moved.splice(axis, indices.shape.length);
  const updates = axis === 0 ? dy : transpose(g, dy, [...front, ...moved]);
  const others = x.shape.filter((_, i) => i !== axis);
  const [count, width] = [product(indices.shape), product(others)];
  const rows = expand(g, reshape(g, indices, [count, 1], [indices]), [count, width], [x, indices, dy]);
  const table = full(g, [dimAt(x.shape, axis), width], 0, x.dtype, [x]);
  const flat = reshape(g, updates, [count, width], [dy]);
  const sums = g.op('ScatterElements', [table, rows, flat], { axis: 0, reduction: 'add' });
  const shaped = reshape(g, sums, [dimAt(x.shape, axis), ...others], [x]);
  if (axis === 0) return [shaped];
  const order = x.shape.map((_, i) => (i < axis ? i + 1 : i === axis ? 0 : i));
  return [transpose(g, shaped, order)];
});

defineGradient('GatherElements', (step) => {
  const { g, node } = step;
  const axis = intAttribute(node.attributes, 'axis');
  const spread = { axis, reduction: 'add' };
  return [g.op('ScatterElements', [zeros(g, inputOf(step, 0)), inputOf(step, 1), outputGradient(step)], spread)];
});

/** What was overwritten has no gradient; what was written takes that of its place. Places are written once. */
defineGradient('ScatterND', (step) => {
  const { g, needs } = step;
  const [indices, updates, dy] = [inputOf(step, 1), inputOf(step, 2), outputGradient(step)];
  return [
    needs(0) ? g.op('ScatterND', [dy, indices, zeros(g, updates)]) : undefined,
    undefined,
    needs(2) ? gatherND(g, dy, indices) : undefined,
  ];
});

defineGradient('ScatterElements', (step) => {
  const { g, node, needs } = step;
  const axis = intAttribute(node.attributes, 'axis');
  const [indices, updates, dy] = [inputOf(step, 1), inputOf(step, 2), outputGradient(step)];
  return [
    needs(0) ? g.op('ScatterElements', [dy, indices, zeros(g, updates)], { axis }) : undefined,
    undefined,
    needs(2) ? gatherElements(g, dy, indices, axis) : undefined,
  ];
});

function zeros(g: Graph, like: Handle): Handle {
  return full(g, like.shape, 0, like.dtype, [like]);
}
