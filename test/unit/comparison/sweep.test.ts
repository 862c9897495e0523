import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combinations } from '../../../electron/backend/comparison/sweep.ts';

const values = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,4}$/), { minLength: 1, maxLength: 4 });

test('a grid holds every combination once, each with one value of every parameter', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 3 }), (lists) => {
      const sweeps = lists.map((list, i) => ({ place: `node.p${i}`, values: list }));
      const found = combinations(sweeps, 'grid');
      expect(found).toHaveLength(lists.reduce((product, { length }) => product * length, 1));
      expect(new Set(found.map((chosen) => JSON.stringify(chosen))).size).toBe(found.length);
      for (const chosen of found) {
        expect(chosen.map(({ place }) => place)).toEqual(sweeps.map(({ place }) => place));
        for (const [i, { text }] of chosen.entries()) expect(lists[i]).toContain(text);
      }
    }),
  );
});

test('a list takes the first values together, then the second', () => {
  const sweeps = [
    { place: 'a.x', values: ['1', '1', '2'] },
    { place: 'b.y', values: ['5', '6', '6'] },
  ];
  expect(combinations(sweeps, 'list').map((chosen) => chosen.map(({ text }) => text))).toEqual([
    ['1', '5'],
    ['1', '6'],
    ['2', '6'],
  ]);
});

test.each([
  [
    'a parameter twice',
    'grid',
    [
      ['a.x', '1'],
      ['a.x', '2'],
    ],
    /a\.x is swept twice/,
  ],
  ['a value twice', 'grid', [['a.x', '1', '2', '1']], /a\.x=1 is there twice/],
  [
    'lists of two lengths',
    'list',
    [
      ['a.x', '1', '2'],
      ['b.y', '1'],
    ],
    /a\.x has 2 values and b\.y has 1/,
  ],
] as const)('%s is refused', (_, combine, sweeps, sentence) => {
  const given = sweeps.map(([place, ...rest]) => ({ place, values: rest }));
  expect(() => combinations(given, combine)).toThrow(sentence);
});
