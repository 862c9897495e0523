import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ComparisonNews } from '../../../electron/backend/comparison/news.ts';
import type { ComparisonRequest } from '../../../electron/backend/comparison/schema.ts';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import { createService } from '../../../electron/backend/service.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { saveFamily } from '../../helpers/family.ts';
import { follow } from '../../helpers/follow.ts';
import { patchbay } from '../../helpers/patchbay.ts';
import { smallLlava } from '../../helpers/small-graphs.ts';

const home = dataFolder();
const engine = new EngineProcess('dist/electron/engine.js');
/** A service as the app starts it: another one knows of a comparison what is in the data folder. */
const started = () => createRouterClient(createService(engine, { kind: 'browser' }));
let client = started();
beforeAll(() => saveFamily(home));
afterAll(() => engine.close());

const LINEAR = { name: 'linear', text: smallLlava('linear', 'linear') };
const MLP = { name: 'mlp', text: smallLlava('mlp', 'mlp') };

const request = (changes: Partial<ComparisonRequest> = {}): ComparisonRequest => ({
  graphs: [LINEAR, MLP],
  sweeps: [],
  combine: 'grid',
  data: { world: 'shapes', split: 'test', n: 4 },
  blind: true,
  repeat: 2,
  seed: 1,
  ...changes,
});

const newsOf = (id: string, heard?: (news: ComparisonNews) => unknown) =>
  follow(client.comparison.events({ id }), heard);

const cellsIn = (all: readonly ComparisonNews[]) =>
  all.flatMap(({ cells }) => cells.map(({ variant, item, round }) => `${item}/${round}/${variant}`));

test('a plan counts the runs, times say how long one takes, and a comparison gives its cells as they finish', async () => {
  const { variants, data } = await client.comparison.plan(request());
  expect(variants).toMatchObject(['linear', 'mlp'].map((graph) => ({ graph, asked: true, runs: 4 * 2 + 4 })));
  for (const { peakBytes } of variants) expect(peakBytes).toBeGreaterThan(1e6);
  expect(data).toEqual({ name: 'shapes', n: 4, blind: true });
  const times = [];
  for await (const time of await client.comparison.estimate(request())) times.push(time);
  expect(times.map(({ graph }) => graph)).toEqual(['linear', 'mlp']);
  for (const { ms } of times) expect(ms).toBeGreaterThan(0);

  const { id } = await client.comparison.start(request());
  await expect(client.comparison.start(request())).rejects.toThrow(/Another comparison is running/);
  await expect(client.comparison.remove({ id })).rejects.toThrow(/is running/);
  const all = await newsOf(id);
  expect(all.some(({ preparing }) => preparing?.graph === 'mlp')).toBe(true);
  expect(new Set(cellsIn(all)).size).toBe(24);
  const last = all.at(-1);
  expect(last).toMatchObject({ status: 'finished', done: 24, runs: 24, items: 4, graphs: ['linear', 'mlp'] });
  expect(last?.result?.how).toMatchObject({ data: 'shapes', n: 4, complete: true });
  expect(last?.result?.rows.map(({ rounds, items }) => [rounds, items])).toEqual([
    [8, 4],
    [8, 4],
  ]);
  expect(last?.result?.differences.map(({ metric }) => metric)).toContain('firstTokenMs');
  expect(await client.comparison.list()).toMatchObject([{ id, status: 'finished', title: 'linear, mlp on shapes' }]);
  client = started();
  expect((await newsOf(id)).at(-1)?.result).toEqual(last?.result);
  await client.comparison.remove({ id });
  expect(await client.comparison.list()).toEqual([]);
});

test('what was stopped goes on after the app restarts, and asks nothing twice', async () => {
  const asked = request({ data: { world: 'shapes', split: 'test', n: 12 } });
  const { id } = await client.comparison.start(asked);
  const first = await newsOf(id, ({ done }) => done >= 3 && client.comparison.stop({ id }));
  expect(first.at(-1)).toMatchObject({ status: 'stopped' });
  const { done = 0 } = first.at(-1) ?? {};
  expect(done).toBeLessThan(72);

  client = started();
  expect(await client.comparison.list()).toMatchObject([{ id, status: 'stopped', done, runs: 72 }]);
  const kept = (await newsOf(id)).at(-1);
  expect(kept).toMatchObject({ status: 'stopped', done, result: { how: { complete: false } } });
  expect(cellsIn(kept ? [kept] : [])).toEqual(cellsIn(first));
  await client.comparison.resume({ id });
  const second = await newsOf(id);
  expect(second.at(-1)).toMatchObject({ status: 'finished', done: 72 });
  const cells = cellsIn(second);
  expect(cells.slice(0, done)).toEqual(cellsIn(first));
  expect([cells.length, new Set(cells).size]).toEqual([72, 72]);
  await client.comparison.remove({ id });
}, 120_000);

test('questions of the user’s own, over swept values, in the app as from the command line', async () => {
  const folder = join(home, 'own');
  await patchbay(['data', 'shapes', '--n', '5', '--seed', '4', '--out', folder]);
  const own = request({
    graphs: [LINEAR],
    sweeps: [{ place: 'connector.design', values: ['linear', 'mlp'] }],
    data: { path: folder, n: 100 },
    blind: false,
    repeat: 1,
  });
  expect(await client.comparison.plan(own)).toMatchObject({ data: { name: 'questions.csv', n: 5, blind: true } });
  const { id } = await client.comparison.start(own);
  const { result } = (await newsOf(id)).at(-1) ?? {};
  expect(result?.rows.map(({ graph, settings, items }) => [graph, settings, items])).toEqual([
    ['linear connector.design=linear', { 'connector.design': 'linear' }, 5],
    ['linear connector.design=mlp', { 'connector.design': 'mlp' }, 5],
  ]);
  expect(result?.how).toMatchObject({ data: 'questions.csv', n: 5 });
  expect(result?.rows[0]).not.toHaveProperty('blindAccuracy');

  const file = join(home, 'linear.json');
  await writeFile(file, LINEAR.text);
  const { code, stdout } = await patchbay(
    [
      'compare',
      file,
      '--sweep',
      'connector.design=linear,mlp',
      '--data',
      join(folder, 'questions.csv'),
      '--no-blind',
      '--repeat',
      '1',
      '--seed',
      '1',
      '--json',
    ],
    { env: { PATCHBAY_HOME: home } },
  );
  expect(code).toBe(0);
  const told = JSON.parse(stdout);
  const answers = (rows: typeof told.rows) =>
    rows.map(({ graph, accuracy, kinds }: (typeof told.rows)[0]) => ({ graph, accuracy, kinds }));
  expect(answers(told.rows)).toEqual(answers(result?.rows));
}, 120_000);

test('what makes no comparison is said, with what to do', async () => {
  const sweeps = (place: string, ...values: string[]) => request({ graphs: [LINEAR], sweeps: [{ place, values }] });
  for (const [wrong, sentence] of [
    [request({ graphs: [LINEAR] }), /two graphs at least/],
    [sweeps('lm.maxTokens', '1', '2'), /no node "lm" \(did you mean "llm"\?\)/],
    [sweeps('connector.depth', '1', 'many'), /connector\.depth=many: /],
    [sweeps('llm.temperature', '0', '1'), /temperature=1: llm\.temperature cannot be swept/],
    [sweeps('question.text', 'a', 'b'), /question\.text cannot be swept/],
    [request({ data: { path: join(home, 'none.csv'), n: 5 } }), /none\.csv" was not opened/],
    [request({ graphs: [LINEAR, { name: 'bad', text: '{' }] }), /^bad: /],
  ] as const)
    await expect(client.comparison.plan(wrong)).rejects.toThrow(sentence);
  const missing = { name: 'missing', text: MLP.text.replace('trained:mouth', 'trained:nobody') };
  const broken = request({ graphs: [LINEAR, missing] });
  await expect(async () => {
    for await (const _ of await client.comparison.estimate(broken));
  }).rejects.toThrow(/missing: .*no model "trained:nobody"/);
  const { id } = await client.comparison.start(broken);
  expect((await newsOf(id)).at(-1)).toMatchObject({
    status: 'failed',
    error: { message: expect.stringMatching(/^missing: .*no model "trained:nobody"/) },
  });
  await client.comparison.remove({ id });
  await expect(client.comparison.resume({ id })).rejects.toThrow(/not there any more/);
});
