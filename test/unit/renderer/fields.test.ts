import { expect, test } from 'vitest';
import { mattering } from '../../../renderer/inspector/fields.ts';

const names = (params: Record<string, unknown>) => mattering('verifier', params).map(({ name }) => name);

test('a parameter is shown where it matters, and what hangs on it with it', () => {
  expect(names({ source: 'rule', rule: 'pattern' })).toEqual(['source', 'rule', 'pattern']);
  expect(names({ source: 'rule', rule: 'answer' })).toEqual(['source', 'rule', 'expected']);
  // The pattern hangs on a rule that does not matter.
  expect(names({ source: 'model', rule: 'pattern' })).toEqual(['source', 'model', 'aggregate']);
  // A server's model is asked by the prompt, as a judge is.
  expect(names({ source: 'model', model: 'endpoint:cluster' })).toEqual(['source', 'model', 'aggregate', 'prompt']);
  expect(names({ source: 'judge', model: 'endpoint:cluster' })).toEqual(['source', 'prompt']);
  expect(names({ source: 'majority', rule: 'pattern' })).toEqual(['source']);
});
