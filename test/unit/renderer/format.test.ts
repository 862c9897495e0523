import { expect, test } from 'vitest';
import { duration } from '../../../renderer/ui/format.ts';

test('a duration is told in the two largest units that it fills', () => {
  expect([0.25, 12.3, 4500, 75_000, 3_599_000].map(duration)).toEqual([
    '0.25 ms',
    '12.3 ms',
    '4.50 s',
    '1 min 15 s',
    '59 min 59 s',
  ]);
  expect(duration(3_600_000)).toBe('1 h 0 min');
  expect(duration(183_644_000)).toBe('51 h 0 min');
});
