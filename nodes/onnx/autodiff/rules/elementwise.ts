import {
  add,
  cast,
  cos,
  div,
  exp,
  greater,
  less,
  log,
  mul,
  neg,
  pow,
  reduceSum,
  sin,
  sub,
  where,
} from '../../functions.ts';
import type { Graph, Handle } from '../../graph.ts';
import { intAttribute } from '../../ops/shapes.ts';
import { defineGradient, inputOf, outputGradient, resultOf } from '../rules.ts';
import { unbroadcast } from '../shapes.ts';

/** Gradients of operators over single elements, from dy, the inputs a and b and the output y. */

type Partial2 = (g: Graph, dy: Handle, a: Handle, b: Handle, y: Handle) => Handle;

function binary(op: string, byFirst: Partial2, bySecond: Partial2): void {
  defineGradient(op, (step) => {
    const { g, needs } = step;
    const [dy, a, b, y] = [outputGradient(step), inputOf(step, 0), inputOf(step, 1), resultOf(step)];
    return [
      needs(0) ? unbroadcast(g, byFirst(g, dy, a, b, y), a) : undefined,
      needs(1) ? unbroadcast(g, bySecond(g, dy, a, b, y), b) : undefined,
    ];
  });
}

const same: Partial2 = (_, dy) => dy;

binary('Add', same, same);
binary('Sub', same, (g, dy) => neg(g, dy));
binary(
  'Mul',
  (g, dy, _, b) => mul(g, dy, b),
  (g, dy, a) => mul(g, dy, a),
);
binary(
  'Div',
  (g, dy, _, b) => div(g, dy, b),
  (g, dy, _, b, y) => neg(g, div(g, mul(g, dy, y), b)),
);
binary(
  'Pow',
  (g, dy, a, b) => {
    const [exponent] = b.value ?? [];
    const slope =
      exponent === 2 ? add(g, a, a) : mul(g, pow(g, a, sub(g, cast(g, b, a.dtype), 1)), cast(g, b, a.dtype));
    return mul(g, dy, slope);
  },
  (g, dy, a, _, y) => mul(g, dy, mul(g, y, log(g, a))),
);
// Where both are equal, the first takes the gradient.
binary(
  'Min',
  (g, dy, a, b) => where(g, greater(g, a, b), 0, dy),
  (g, dy, a, b) => where(g, greater(g, a, b), dy, 0),
);
binary(
  'Max',
  (g, dy, a, b) => where(g, less(g, a, b), 0, dy),
  (g, dy, a, b) => where(g, less(g, a, b), dy, 0),
);

type Partial1 = (g: Graph, dy: Handle, x: Handle, y: Handle) => Handle;

function unary(op: string, rule: Partial1): void {
  defineGradient(op, (step) => [rule(step.g, outputGradient(step), inputOf(step, 0), resultOf(step))]);
}

unary('Sqrt', (g, dy, _, y) => div(g, mul(g, dy, 0.5), y));
unary('Neg', (g, dy) => neg(g, dy));
unary('Erf', (g, dy, x) => mul(g, dy, mul(g, exp(g, neg(g, mul(g, x, x))), 2 / Math.sqrt(Math.PI))));
unary('Exp', (g, dy, _, y) => mul(g, dy, y));
unary('Log', (g, dy, x) => div(g, dy, x));
unary('Tanh', (g, dy, _, y) => mul(g, dy, sub(g, 1, mul(g, y, y))));
unary('Sigmoid', (g, dy, _, y) => mul(g, dy, mul(g, y, sub(g, 1, y))));
unary('Relu', (g, dy, x) => where(g, greater(g, x, 0), dy, 0));
unary('Cos', (g, dy, x) => neg(g, mul(g, dy, sin(g, x))));
unary('Sin', (g, dy, x) => mul(g, dy, cos(g, x)));
unary('Identity', (_, dy) => dy);
unary('Cast', (g, dy, x) => cast(g, dy, x.dtype));

defineGradient('Softmax', (step) => {
  const { g, node } = step;
  const [dy, y] = [outputGradient(step), resultOf(step)];
  const weighted = mul(g, dy, y);
  return [sub(g, weighted, mul(g, y, reduceSum(g, weighted, [intAttribute(node.attributes, 'axis', -1)])))];
});

defineGradient('LogSoftmax', (step) => {
  const { g, node } = step;
  const [dy, y] = [outputGradient(step), resultOf(step)];
  return [sub(g, dy, mul(g, exp(g, y), reduceSum(g, dy, [intAttribute(node.attributes, 'axis', -1)])))];
});

defineGradient('Where', (step) => {
  const { g, needs } = step;
  const [dy, condition] = [outputGradient(step), inputOf(step, 0)];
  return [
    undefined,
    needs(1) ? unbroadcast(g, where(g, condition, dy, 0), inputOf(step, 1)) : undefined,
    needs(2) ? unbroadcast(g, where(g, condition, 0, dy), inputOf(step, 2)) : undefined,
  ];
});
