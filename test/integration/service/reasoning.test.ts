import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import type { ReasoningNews } from '../../../electron/backend/reasoning/news.ts';
import type { ReasoningRequest } from '../../../electron/backend/reasoning/schema.ts';
import { createService } from '../../../electron/backend/service.ts';
import { SCHEMA_VERSION } from '../../../graphs/document.ts';
import { format } from '../../../graphs/format.ts';
import type { Reasoning } from '../../../graphs/reasoning.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { follow } from '../../helpers/follow.ts';
import { patchbay } from '../../helpers/patchbay.ts';
import { saveModel } from '../../helpers/stored.ts';
import { livelyWeights } from '../llm/tiny.ts';
import { LLM } from '../training/tiny.ts';

/** Over a small solver of random weights: what it says means nothing, that it is asked the same does. */

const home = dataFolder();
const engine = new EngineProcess('dist/electron/engine.js');
/** A service as the app starts it: another one knows of a measurement what is in the data folder. */
const started = () => createRouterClient(createService(engine, { kind: 'browser' }));
let client = started();
beforeAll(async () => {
  const body = { kind: 'llm', architecture: { ...LLM, vocabulary: 320 }, tokenizer: 'arithmetic' } as const;
  await saveModel(join(home, 'trained', 'solver'), 'solver', body, livelyWeights());
});
afterAll(() => engine.close());

const text = format({
  schemaVersion: SCHEMA_VERSION,
  title: 'search',
  nodes: {
    question: {
      kind: 'prompt',
      params: { text: 'tom has 12 apples and finds 7 more. how many apples does tom have?' },
    },
    llm: { kind: 'llm', params: { model: 'trained:solver' }, inputs: { prompt: 'question.text' } },
    rule: { kind: 'verifier', params: { source: 'rule' } },
    search: {
      kind: 'search-loop',
      params: { maxTokens: 16 },
      inputs: { prompt: 'question.text', generator: 'llm.generator', verifier: 'rule.verifier' },
    },
  },
});

/** A pool and two widths of a beam for each problem. */
const request = (n: number): ReasoningRequest => ({
  name: 'search',
  text,
  data: 'arithmetic',
  split: 'test',
  n,
  budgets: [2, 4],
  strategies: ['best-of-n', 'beam-search'],
  verifiers: [],
  seed: 1,
});
const SEARCHES = 3;

const newsOf = (id: string, heard?: (news: ReasoningNews) => unknown) => follow(client.reasoning.events({ id }), heard);

/** What hangs neither on the clock nor on what an engine ran before. */
const found = (result: Reasoning | undefined) =>
  result?.points.map(({ seconds: _, kvCacheBytes: __, ...point }) => point);

test('a measurement is planned, timed and made, kept until it is removed, and one runs at a time', async () => {
  expect(await client.reasoning.plan(request(4))).toMatchObject({
    searches: 4 * SEARCHES,
    problems: 4,
    strategies: ['best-of-n', 'beam-search'],
    able: expect.arrayContaining(['greedy', 'mcts']),
    verifiers: ['rule'],
  });
  const times = [];
  for await (const time of await client.reasoning.estimate(request(4))) times.push(time);
  expect(times.map(({ done, of }) => [done, of])).toEqual([1, 2, 3].map((done) => [done, SEARCHES]));

  const { id } = await client.reasoning.start(request(4));
  await expect(client.reasoning.start(request(4))).rejects.toThrow(/Another measurement is running/);
  await expect(client.reasoning.remove({ id })).rejects.toThrow(/This measurement is running/);
  const all = await newsOf(id);
  expect(all.some(({ status, secondsLeft = 0 }) => status === 'running' && secondsLeft > 0)).toBe(true);
  const last = all.at(-1);
  expect(last).toMatchObject({ title: 'search on arithmetic', status: 'finished', searches: 12, done: 12 });
  expect(last?.result?.how).toMatchObject({ n: 4, complete: true });
  expect(last).not.toHaveProperty('secondsLeft');

  client = started();
  expect(await client.reasoning.list()).toMatchObject([{ id, status: 'finished', searches: 12, done: 12 }]);
  expect((await newsOf(id)).map(({ result }) => result)).toEqual([last?.result]);
  // A folder that is damaged hides no other.
  const damaged = join(home, 'reasoning', '00000000-0000-4000-8000-000000000000');
  await mkdir(damaged);
  await writeFile(join(damaged, 'request.json'), '{"began": ');
  expect(await client.reasoning.list()).toMatchObject([{ id }]);
  await client.reasoning.remove({ id });
  expect(await client.reasoning.list()).toEqual([]);
  await expect(client.reasoning.resume({ id })).rejects.toThrow(/This measurement is not there any more/);
}, 120_000);

test('what was stopped goes on after a restart, in the app and by Ctrl-C, and finds what one sitting finds', async () => {
  const whole = (await newsOf((await client.reasoning.start(request(40))).id)).at(-1);
  expect(whole).toMatchObject({ status: 'finished', done: 40 * SEARCHES });

  const { id } = await client.reasoning.start(request(40));
  const first = await newsOf(id, ({ done }) => done >= 4 && client.reasoning.stop({ id }));
  const { done = 0 } = first.at(-1) ?? {};
  expect(first.at(-1)).toMatchObject({ status: 'stopped', result: { how: { complete: false } } });
  expect(done).toBeLessThan(40 * SEARCHES);
  client = started();
  expect((await client.reasoning.list()).find((entry) => entry.id === id)).toMatchObject({ status: 'stopped', done });
  expect(await newsOf(id)).toMatchObject([{ status: 'stopped', done, result: first.at(-1)?.result }]);
  await client.reasoning.resume({ id });
  const second = await newsOf(id);
  expect(second.every((news) => news.done === 0 || news.done >= done)).toBe(true);
  expect(found(second.at(-1)?.result)).toEqual(found(whole?.result));

  const graph = join(home, 'search.json');
  await writeFile(graph, text);
  const out = join(home, 'found.json');
  const flags = ['--n', '40', '--budgets', '2,4', '--strategies', 'best-of-n,beam-search', '--seed', '1', '--out', out];
  const asked = ['reason', graph, ...flags];
  const env = { PATCHBAY_HOME: home };
  const stopped = await patchbay(asked, { env, until: /searches: 1 of 120/ });
  expect(stopped.code).toBe(130);
  const again = await patchbay(asked, { env });
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('a measurement was stopped')]);
  const rest = await patchbay([...asked, '--resume', '--csv'], { env });
  expect([rest.code, rest.stderr]).toEqual([0, expect.stringMatching(/120 searches.*; \d+ of them done/)]);
  expect(rest.stdout).toMatch(new RegExp(`^search on arithmetic, 40 problems[^]*wrote ${out}\\n$`));
  await expect(stat(`${out}.journal`)).rejects.toThrow(/ENOENT/);
  expect((await readFile(out, 'utf8')).trimEnd().split('\n')).toHaveLength(1 + (whole?.result?.points.length ?? 0));
  const printed = await patchbay(['reason', graph, ...flags.slice(0, -2), '--json'], { env });
  expect(found(JSON.parse(printed.stdout))).toEqual(found(whole?.result));
}, 180_000);

test('flags that do not go together are said before anything runs', async () => {
  const graph = join(home, 'search.json');
  await writeFile(graph, text);
  for (const [flags, sentence] of [
    [['--json', '--csv'], /three forms of one result: choose one/],
    [['--resume'], /say where by --out/],
    [['--out', graph], /that is the graph\.$/m],
  ] as const) {
    const { code, stderr } = await patchbay(['reason', graph, ...flags]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(sentence)]);
  }
});
