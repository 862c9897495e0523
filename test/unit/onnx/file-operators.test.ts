import { expect, test } from 'vitest';
import type { Handle } from '../../../nodes/onnx/graph.ts';
import { flopsOf, inferred } from '../../../nodes/onnx/imported/operators.ts';

/** Operators as other exporters write them. */

const value = (name: string, shape: readonly number[]): Handle => ({ name, dtype: 'float32', shape });
const noOpenSize = () => {
  throw new Error('all sizes are known');
};

test('a fused product is read with its turns: what it makes, and what that costs', () => {
  const product = (a: readonly number[], b: readonly number[], attributes: Readonly<Record<string, number>>) => {
    const operator = { op: 'FusedMatMul', inputs: [value('a', a), value('b', b)], attributes, outputs: 1 };
    const made = inferred(operator, noOpenSize);
    return made && { shape: made[0]?.shape, flops: flopsOf(operator, made) };
  };
  const expected = { shape: [2, 3, 5], flops: 2 * 2 * 3 * 4 * 5 };
  expect(product([2, 3, 4], [2, 4, 5], {})).toEqual(expected);
  expect(product([2, 3, 4], [2, 5, 4], { transB: 1 })).toEqual(expected);
  expect(product([2, 4, 3], [2, 4, 5], { transA: 1 })).toEqual(expected);
  // Whose batch comes second is not told, rather than told wrongly.
  expect(product([3, 2, 4], [2, 4, 5], { transBatchA: 1 })).toBeUndefined();
});
