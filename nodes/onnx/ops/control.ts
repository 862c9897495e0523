import type { Graph } from '../graph.ts';
import type { Attribute } from '../ops.ts';
import { defineOp } from '../ops.ts';
import { shapesAttribute } from './shapes.ts';

export function graphOf(attribute: Attribute | undefined): Graph {
  if (typeof attribute === 'object' && 'graph' in attribute) return attribute.graph;
  throw new Error('a body is missing');
}

/** Outputs: the carried values' last, then one row an iteration of each scanned value. Shapes are given. */
defineOp('Loop', {
  infer(_, attributes) {
    const [, ...results] = graphOf(attributes.body).outputs;
    const shapes = shapesAttribute(attributes, 'results') ?? [];
    return results.map(({ handle }, index) => ({ dtype: handle.dtype, shape: shapes[index] ?? handle.shape }));
  },
});

defineOp('If', {
  infer(_, attributes) {
    const [yes, no] = [graphOf(attributes.then_branch).outputs, graphOf(attributes.else_branch).outputs];
    if (yes.length !== no.length) throw new Error('both branches must give as many values');
    const shapes = shapesAttribute(attributes, 'results') ?? [];
    return yes.map(({ handle }, index) => {
      if (handle.dtype !== no[index]?.handle.dtype) throw new Error(`value ${index + 1} differs in type`);
      return { dtype: handle.dtype, shape: shapes[index] ?? handle.shape };
    });
  },
});
