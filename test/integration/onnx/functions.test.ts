import { describe, expect, it } from 'vitest';
import { symbol } from '../../../nodes/onnx/dims.ts';
import * as f from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { runGraph } from '../../helpers/onnx.ts';

const VALUES = [-2, -0.75, -0.5, 0, 0.25, 0.5, 1, 3];
const tensor = (values: readonly number[]): Tensor => ({
  dtype: 'float32',
  dims: [values.length],
  data: Float32Array.from(values),
});

async function over(values: readonly number[], make: (g: Graph, x: Handle) => Handle): Promise<number[]> {
  const g = new Graph();
  g.output('y', make(g, g.input('x', 'float32', [symbol('n')])));
  const { y } = await runGraph(g, { x: tensor(values) });
  return Array.from(y?.data ?? [], Number);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 5);
  });
}

const unary: Readonly<Record<string, [(g: Graph, x: Handle) => Handle, (x: number) => number]>> = {
  exp: [f.exp, Math.exp],
  neg: [f.neg, (x) => -x],
  tanh: [f.tanh, Math.tanh],
  sigmoid: [f.sigmoid, (x) => 1 / (1 + Math.exp(-x))],
  relu: [f.relu, (x) => Math.max(x, 0)],
  cos: [f.cos, Math.cos],
  sin: [f.sin, Math.sin],
  floor: [f.floor, Math.floor],
  identity: [f.identity, (x) => x],
  'log of a square': [(g, x) => f.log(g, f.add(g, f.pow(g, x, 2), 1)), (x) => Math.log(x * x + 1)],
  'root of a square': [(g, x) => f.sqrt(g, f.mul(g, x, x)), Math.abs],
  minimum: [(g, x) => f.minimum(g, x, 0.3), (x) => Math.min(x, 0.3)],
  maximum: [(g, x) => f.maximum(g, 0.3, x), (x) => Math.max(x, 0.3)],
  'number minus tensor': [(g, x) => f.sub(g, 1, x), (x) => 1 - x],
  quotient: [(g, x) => f.div(g, x, 4), (x) => x / 4],
};

const conditions: Readonly<Record<string, [(g: Graph, x: Handle) => Handle, (x: number) => boolean]>> = {
  equal: [(g, x) => f.equal(g, x, 0.5), (x) => x === 0.5],
  greater: [(g, x) => f.greater(g, x, 0.5), (x) => x > 0.5],
  'greater or equal': [(g, x) => f.greaterOrEqual(g, x, 0.5), (x) => x >= 0.5],
  less: [(g, x) => f.less(g, x, 0), (x) => x < 0],
  'less or equal': [(g, x) => f.lessOrEqual(g, x, 0), (x) => x <= 0],
  and: [(g, x) => f.and(g, f.greater(g, x, 0), f.less(g, x, 1)), (x) => x > 0 && x < 1],
  or: [(g, x) => f.or(g, f.less(g, x, 0), f.greater(g, x, 1)), (x) => x < 0 || x > 1],
  not: [(g, x) => f.not(g, f.equal(g, x, 0)), (x) => x !== 0],
};

describe('functions of a graph are those of mathematics', () => {
  it.each(Object.entries(unary))('%s', async (_, [make, expected]) => {
    expectClose(await over(VALUES, make), VALUES.map(expected));
  });

  it.each(Object.entries(conditions))('%s', async (_, [make, expected]) => {
    expect(await over(VALUES, make)).toEqual(VALUES.map((x) => (expected(x) ? 1 : 0)));
  });

  it('softmax and its logarithm', async () => {
    const total = VALUES.reduce((sum, x) => sum + Math.exp(x), 0);
    expectClose(
      await over(VALUES, (g, x) => f.softmax(g, x, 0)),
      VALUES.map((x) => Math.exp(x) / total),
    );
    expectClose(
      await over(VALUES, (g, x) => f.logSoftmax(g, x, 0)),
      VALUES.map((x) => x - Math.log(total)),
    );
  });

  it('largest, smallest and length', async () => {
    expect(await over(VALUES, (g, x) => f.reduceMax(g, x, [0]))).toEqual([3]);
    expect(await over(VALUES, (g, x) => f.reduceMin(g, x, [0]))).toEqual([-2]);
    expectClose(await over(VALUES, (g, x) => f.reduceL2(g, x, [0])), [Math.hypot(...VALUES)]);
  });

  it('the largest in order, where they stand, and the sum up to each', async () => {
    expect(await over(VALUES, (g, x) => f.topK(g, x, 3, 0).values)).toEqual([3, 1, 0.5]);
    expect(await over(VALUES, (g, x) => f.topK(g, x, 3, 0).indices)).toEqual([7, 6, 5]);
    expectClose(await over([1, 2, 4], (g, x) => f.cumSum(g, x, 0)), [1, 3, 7]);
    expectClose(await over([1, 2, 4], (g, x) => f.cumSum(g, x, 0, { exclusive: true })), [0, 1, 3]);
  });

  it('scattered rows and elements', async () => {
    const at = (g: Graph) => f.values(g, [2, 0], [2, 1], 'int64');
    const news = (g: Graph) => f.values(g, [7, 9], [2], 'float32');
    expect(await over([1, 2, 3], (g, x) => f.scatterND(g, x, at(g), news(g)))).toEqual([9, 2, 7]);
    expect(
      await over([1, 2, 3], (g, x) => f.scatterElements(g, x, f.ints(g, [1]), f.values(g, [5], [1], 'float32'), 0)),
    ).toEqual([1, 5, 3]);
  });

  it('a number takes the type of the other side', () => {
    const g = new Graph();
    expect(f.add(g, g.input('n', 'int64', []), 1).dtype).toBe('int64');
    expect(() => f.add(g, g.input('a', 'int64', []), g.input('b', 'float32', []))).toThrow(
      'int64 does not go with float32',
    );
  });
});
