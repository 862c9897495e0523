import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { interval, toldApart } from '../../bench/seeds/intervals.ts';

test('the interval of Student’s sleep data is the published one', () => {
  // Student 1908, "The Probable Error of a Mean": extra hours of sleep; mean 2.33 ± 1.4326 at 95 %.
  const { mean, low, high } = interval([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
  expect(mean).toBeCloseTo(2.33, 6);
  expect(high - mean).toBeCloseTo(1.4326, 3);
  expect(mean - low).toBeCloseTo(1.4326, 3);
});

test('of three runs it holds the true mean 95 times of 100', () => {
  const random = uniformGenerator(1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const rounds = 20_000;
  let held = 0;
  for (let i = 0; i < rounds; i++) {
    const { low, high } = interval([5 + normal(), 5 + normal(), 5 + normal()]);
    if (low <= 5 && 5 <= high) held++;
  }
  // Four standard errors of a share of 0.95.
  expect(Math.abs(held / rounds - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / rounds));
});

test('two are told apart by what they differ in, however much seeds move both', () => {
  expect(toldApart([70, 80, 90], [65, 75.2, 84.9])).toBe(true);
  expect(toldApart([70, 80, 90], [72, 78, 91])).toBe(false);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 10 }), (values) => {
      expect(toldApart(values, values)).toBe(false);
    }),
  );
});
