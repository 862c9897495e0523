import { describe, expect, test } from 'vitest';
import { learningRate, type Schedule, scheduleSchema } from '../../../nodes/training/schedule.ts';

const schedule: Schedule = scheduleSchema.parse({ steps: 110, batch: 1, rate: 0.4, warmup: 10, floor: 0.1 });
const rates = Array.from({ length: 111 }, (_, step) => learningRate(schedule, step));

describe('the learning rate', () => {
  test('rises evenly from the first step, which is not lost, to the peak', () => {
    for (let step = 0; step < 10; step++) expect(rates[step]).toBeCloseTo((0.4 * (step + 1)) / 10, 12);
  });

  test('falls from the peak along half a cosine', () => {
    expect(rates[10]).toBeCloseTo(0.4, 12);
    expect(rates[60]).toBeCloseTo((0.4 + 0.04) / 2, 12);
    // A quarter of the way, cos(π/4) of the amplitude above the middle.
    expect(rates[35]).toBeCloseTo(0.22 + 0.18 * Math.SQRT1_2, 12);
    for (let step = 11; step <= 110; step++) expect(rates[step]).toBeLessThan(rates[step - 1] as number);
  });

  test('ends at the floor, and stays there', () => {
    expect(rates[110]).toBeCloseTo(0.04, 12);
    expect(learningRate(schedule, 1000)).toBeCloseTo(0.04, 12);
  });

  test('starts at the peak without a warm-up, and never falls where warm-up is all there is', () => {
    expect(learningRate({ ...schedule, warmup: 0 }, 0)).toBe(0.4);
    expect(learningRate({ ...schedule, warmup: 110 }, 109)).toBe(0.4);
  });
});

test('a schedule with a field that nothing reads is refused', () => {
  expect(scheduleSchema.safeParse({ ...schedule, warmUp: 3 }).success).toBe(false);
});
