import { expect, test } from 'vitest';
import { table } from '../../../electron/cli/table.ts';
import { milliseconds, si } from '../../../graphs/figures.ts';

test('numbers are aligned to the right, text to the left', () => {
  expect(
    table(
      ['node', 'ms'],
      [
        ['encoder', '7'],
        ['llm', '120'],
      ],
    ),
  ).toBe('node      ms\n───────  ───\nencoder    7\nllm      120');
});

test.each([
  [undefined, ''],
  [0, '0'],
  [999, '999'],
  [1000, '1 k'],
  [7_063_000_000, '7.06 G'],
  [13_100_000, '13.1 M'],
])('%s reads %s', (value, text) => {
  expect(si(value)).toBe(text);
});

test('units follow their prefix', () => {
  expect([si(512, 'B'), si(2.5e9, 'B')]).toEqual(['512 B', '2.5 GB']);
  expect([milliseconds(0.1234), milliseconds(12.34), milliseconds(12345)]).toEqual(['0.12', '12.3', '12,345']);
});
