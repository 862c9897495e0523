import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { OutputPreview } from '../../../renderer/runs/output-preview.tsx';

/** What is read, cell by cell. */
function words(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const markup = renderToStaticMarkup(<OutputPreview output={{ type: 'table', columns, rows }} />);
  return markup.split(/<[^>]*>/).filter((text) => text !== '');
}

const COLUMNS = ['label', 'cosine', 'score'];

test('bars show the score, also where every cosine lies between 0 and 1', () => {
  expect(
    words(COLUMNS, [
      ['a waterfall', 0.02, 0.66],
      ['a cat', 0.01, 0.34],
    ]),
  ).toEqual(['a waterfall', '0.66', 'a cat', '0.34']);
});

test('of several pictures each bar says which', () => {
  expect(words(['picture', ...COLUMNS], [[2, 'a cat', -0.1, 0.5]])).toEqual(['2 · a cat', '0.50']);
});

test('numbers that are no shares stand in a table', () => {
  expect(words(['n', 'seconds'], [['8', 12.5]])).toEqual(['n', 'seconds', '8', '12.5']);
});
