import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '../../../nodes/onnx/half.ts';
import { randomWeights } from '../../../nodes/onnx/random.ts';
import { bytesOf, type ParamSpec } from '../../../nodes/onnx/weights.ts';

const spec = (init: ParamSpec['init'], extra: Partial<ParamSpec> = {}): ParamSpec => ({
  name: 'layers.0.weight',
  shape: [1000, 101],
  dtype: 'float32',
  init,
  parameters: 0,
  ...extra,
});

function filled(wanted: ParamSpec, seed = 1): Uint8Array {
  const bytes = new Uint8Array(bytesOf(wanted));
  randomWeights(seed).fill(wanted, bytes);
  return bytes;
}

function moments(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

const normal = { kind: 'normal', std: 0.02 } as const;

describe('random weights', () => {
  it('are the same for the same seed and name, and only then', () => {
    const bytes = Buffer.from(filled(spec(normal)));
    expect(bytes.equals(filled(spec(normal)))).toBe(true);
    expect(bytes.equals(filled(spec(normal), 2))).toBe(false);
    expect(bytes.equals(filled(spec(normal, { name: 'layers.1.weight' })))).toBe(false);
    expect(randomWeights(1).digest).not.toBe(randomWeights(2).digest);
  });

  it('have the wanted mean and deviation, in single and in half precision', () => {
    const single = moments(Array.from(new Float32Array(filled(spec(normal)).buffer)));
    const half = moments(Array.from(new Uint16Array(filled(spec(normal, { dtype: 'float16' })).buffer), fromHalf));
    for (const { mean, std } of [single, half]) {
      expect(Math.abs(mean)).toBeLessThan(4e-4);
      expect(std).toBeCloseTo(0.02, 3);
    }
  });

  it('in half precision are close to those in single, so that the two can be compared', () => {
    const single = new Float32Array(filled(spec(normal)).buffer);
    const half = new Uint16Array(filled(spec(normal, { dtype: 'float16' })).buffer);
    const gaps = Array.from(half, (bits, index) => Math.abs(fromHalf(bits) - (single[index] ?? 0)));
    expect(Math.max(...gaps.slice(0, 10_000))).toBeLessThan(0.02 / 500);
  });

  it('stay within a uniform bound', () => {
    const values = Array.from(new Float32Array(filled(spec({ kind: 'uniform', bound: 0.5 })).buffer));
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.5);
    expect(moments(values).std).toBeCloseTo(0.5 / Math.sqrt(3), 2);
  });

  it('nibbles lie evenly around 8 and leave none empty', () => {
    const bytes = filled(spec({ kind: 'nibbles' }, { dtype: 'uint8' }));
    const nibbles = Array.from(bytes).flatMap((byte) => [byte & 15, byte >> 4]);
    expect(Math.min(...bytes)).toBeGreaterThan(0);
    expect(new Set(nibbles)).toEqual(new Set(Array.from({ length: 15 }, (_, index) => index + 1)));
    expect(moments(nibbles).mean).toBeCloseTo(8, 1);
  });

  it('refuses a type it has no numbers for', () => {
    expect(() => filled(spec(normal, { dtype: 'int64' }))).toThrow('layers.0.weight');
  });
});

describe('half precision', () => {
  it('every finite number comes back from its bits', () => {
    const finite = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => (bits & 0x7c00) !== 0x7c00);
    expect(finite.filter((bits) => toHalf(fromHalf(bits)) !== bits)).toEqual([]);
  });

  it('rounds to the nearest, ties to even, and overflows to infinity', () => {
    expect(fromHalf(toHalf(1 + 2 ** -11))).toBe(1);
    expect(fromHalf(toHalf(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(fromHalf(toHalf(2 ** -25))).toBe(0);
    expect(fromHalf(toHalf(1e6))).toBe(Number.POSITIVE_INFINITY);
    expect(fromHalf(toHalf(-65504))).toBe(-65504);
    expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
  });
});
