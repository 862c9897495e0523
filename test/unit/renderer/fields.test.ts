import { expect, test } from 'vitest';
import { mattering } from '../../../renderer/inspector/fields.ts';

const of = (kind: string, params: Record<string, unknown>) => mattering(kind, params).map(({ name }) => name);
const names = (params: Record<string, unknown>) => of('verifier', params);

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

test('what a held model decides is not asked, and a variant of files alone', () => {
  expect(of('projector', { model: 'tiny:mlp', design: 'mlp' })).toEqual(['model', 'classToken', 'newline']);
  const own = of('projector', { model: '', design: 'mlp' });
  expect(own).toEqual(expect.arrayContaining(['design', 'width', 'depth', 'activation', 'precision', 'seed']));
  expect(own).not.toContain('queries');
  expect(of('projector', { model: '', design: 'resampler' })).toContain('queries');
  expect(of('vision-encoder', { model: 'tiny:clip-vit' })).toEqual(['model', 'featureLayer', 'pooling', 'layers']);
  expect(of('vision-encoder', { model: 'hf:maker/eye' })).toContain('variant');
  expect(of('vision-encoder', { model: 'paper:clip-vit-l-14' })).toEqual(expect.arrayContaining(['precision', 'seed']));
});
