import { expect, test } from 'vitest';
import { modelUses } from '../../../electron/backend/models/uses.ts';

test('a model that a node holds untold is used, where the node heeds it', async () => {
  const graph = (params: object) => JSON.stringify({ title: 'Mine', nodes: { judge: { kind: 'verifier', params } } });
  const open = async (params: object) =>
    [...(await modelUses(graph(params)))].flatMap(([model, uses]) =>
      uses.some(({ where }) => where === 'open') ? [model] : [],
    );
  expect(await open({ source: 'model' })).toEqual(['tiny:prm']);
  expect(await open({ source: 'model', model: 'tiny:orm' })).toEqual(['tiny:orm']);
  expect(await open({ source: 'rule' })).toEqual([]);
  expect(await open({})).toEqual([]);

  const templates = (await modelUses(undefined)).get('tiny:prm')?.map((use) => use.where === 'template' && use.name);
  expect(templates).toContain('mcts');
});
