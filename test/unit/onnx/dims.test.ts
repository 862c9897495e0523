import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDims,
  type Dim,
  dimName,
  dimsEqual,
  divDims,
  evaluate,
  mulDims,
  product,
  symbol,
} from '../../../nodes/onnx/dims.ts';

const names = ['batch', 'tokens', 'past'] as const;
const bindings = fc.record({ batch: fc.nat(9), tokens: fc.nat(99), past: fc.nat(99) });
const leaf = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(...names).map(symbol));
const dim: fc.Arbitrary<Dim> = fc
  .array(fc.tuple(leaf, leaf), { minLength: 1, maxLength: 3 })
  .map((pairs) => pairs.map(([a, b]) => mulDims(a, b)).reduce(addDims));

describe('dimensions', () => {
  it('add and multiply as the numbers they stand for', () => {
    fc.assert(
      fc.property(dim, dim, bindings, (a, b, sizes) => {
        expect(evaluate(addDims(a, b), sizes)).toBe(evaluate(a, sizes) + evaluate(b, sizes));
        expect(evaluate(mulDims(a, b), sizes)).toBe(evaluate(a, sizes) * evaluate(b, sizes) + 0);
      }),
    );
  });

  it('are equal however they were made, and then print the same', () => {
    fc.assert(
      fc.property(dim, dim, dim, (a, b, c) => {
        const left = mulDims(a, addDims(b, c));
        const right = addDims(mulDims(c, a), mulDims(b, a));
        expect(dimsEqual(left, right)).toBe(true);
        expect(dimName(left)).toBe(dimName(right));
      }),
    );
  });

  it('division undoes a multiplication by a number or a symbol', () => {
    const divisor = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(...names).map(symbol));
    fc.assert(
      fc.property(dim, divisor, (a, b) => {
        expect(dimName(divDims(mulDims(a, b), b))).toBe(dimName(a));
      }),
    );
  });

  it('refuses a division that leaves a remainder', () => {
    expect(() => divDims(addDims(symbol('tokens'), 1), 2)).toThrow('cannot divide');
    expect(() => divDims(symbol('tokens'), symbol('batch'))).toThrow('cannot divide tokens by batch');
  });

  it('names the symbol that has no size', () => {
    expect(() => evaluate(product([symbol('batch'), symbol('tokens')]), { batch: 1 })).toThrow('"tokens"');
  });
});
