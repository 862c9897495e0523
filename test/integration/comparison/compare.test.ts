import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Comparison, comparisonSchema } from '../../../graphs/comparison.ts';
import { patchbay as inProcess } from '../../helpers/patchbay.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-compare-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Its temporary files go where they can be counted. */
const patchbay = (args: readonly string[], until?: RegExp) => inProcess(args, { until, env: { TMPDIR: folder } });

const example = (name: string) => `graphs/examples/${name}.json`;
const [LLAVA, BLIP] = [example('llava-tiny'), example('blip-2-tiny')];
const ITEMS = ['--data', 'shapes', '--n', '6', '--seed', '3'];
const ASKED = ['compare', LLAVA, BLIP, ...ITEMS, '--repeat', '2'];

function resultIn(text: string): Comparison {
  return comparisonSchema.strict().parse(JSON.parse(text));
}

/** What is the same however fast the machine is. */
const answersIn = ({ rows }: Comparison) =>
  rows.map(({ graph, items, accuracy, accuracyInterval, kinds, blindAccuracy }) => ({
    graph,
    items,
    accuracy,
    accuracyInterval,
    kinds,
    blindAccuracy,
  }));

describe('two graphs asked the same items', () => {
  let whole: Comparison;
  beforeAll(async () => {
    const { code, stdout, stderr } = await patchbay([...ASKED, '--json']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^2 graphs × 6 items × 2 rounds \+ 2 × 6 blind = 36 runs\nabout \d+:\d\d\nruns: 1 of 36 /);
    whole = resultIn(stdout);
  }, 300_000);

  test('have a row each with what the article says of them and what was measured', () => {
    expect(whole.rows).toMatchObject([
      { graph: 'llava-tiny', rounds: 12, items: 6, visualTokens: 64 },
      { graph: 'blip-2-tiny', rounds: 12, items: 6, visualTokens: 16 },
    ]);
    const [llava, blip] = whole.rows;
    // 192 · 128 weights and 128 biases of a linear layer; far more in a Q-Former, far less to read for the LLM.
    expect(blip?.extraParameters).toBeGreaterThan(5 * (llava?.extraParameters ?? Number.NaN));
    for (const figure of ['prefillFlops', 'kvCacheBytes'] as const)
      expect(blip?.[figure]).toBeLessThan((llava?.[figure] ?? Number.NaN) / 2);
    for (const row of whole.rows) {
      const { firstTokenMs = 0, tokensPerSecond = 0, totalMs = 0, peakBytes = 0 } = row;
      expect(firstTokenMs).toBeGreaterThan(0);
      expect(totalMs).toBeGreaterThan(firstTokenMs);
      expect(tokensPerSecond).toBeGreaterThan(1);
      expect(peakBytes).toBeGreaterThan(1e6);
      expect(Object.keys(row.nodes).sort()).toEqual(['connector', 'encoder', 'llm', 'photo', 'question']);
      expect(Object.values(row.kinds ?? {}).reduce((sum, { n }) => sum + n, 0)).toBe(6);
    }
    const pairs = whole.differences.map(({ metric, pairs }) => [metric, pairs]);
    expect(pairs).toContainEqual(['accuracy', 6]);
    expect(pairs).toContainEqual(['firstTokenMs', 12]);
  });

  test('answer as they do when they are evaluated alone', async () => {
    for (const [path, row] of [
      [LLAVA, whole.rows[0]],
      [BLIP, whole.rows[1]],
    ] as const) {
      const seeing = JSON.parse((await patchbay(['eval', path, ...ITEMS, '--json'])).stdout);
      expect(row).toMatchObject({ accuracy: seeing.accuracy, kinds: seeing.kinds });
      const blind = JSON.parse((await patchbay(['eval', path, ...ITEMS, '--json', '--blind'])).stdout);
      expect(row?.blindAccuracy).toBe(blind.accuracy);
    }
  }, 300_000);

  test('stopped by Ctrl-C twice and gone on with, are asked nothing twice and answer the same', async () => {
    const out = join(folder, 'result.json');
    const journal = async () => (await readFile(`${out}.journal`, 'utf8')).split('\n').slice(0, -1);
    const first = await patchbay([...ASKED, '--out', out], /runs: 1 of 36/);
    expect(first.code).toBe(130);
    const before = await journal();
    expect(before.length).toBeGreaterThan(1);
    // Begun anew it would lose what there is.
    const anew = await patchbay([...ASKED, '--out', out]);
    expect([anew.code, anew.stderr]).toEqual([2, expect.stringContaining('Go on with it by --resume')]);
    const other = await patchbay([...ASKED, '--out', out, '--resume', '--n', '7']);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('n is not the same')]);

    const second = await patchbay([...ASKED, '--out', out, '--resume'], /runs: 1 of \d+/);
    expect(second.code).toBe(130);
    expect(second.stderr).toContain(`= 36 runs, ${before.length - 1} of them done`);
    const after = await journal();
    expect(after.length).toBeGreaterThan(before.length);
    expect(after.slice(0, before.length)).toEqual(before);

    const last = await patchbay([...ASKED, '--out', out, '--resume']);
    expect(last.code).toBe(0);
    const left = 36 - (after.length - 1);
    expect(last.stderr).toContain(`runs: ${left} of ${left} `);
    const keys = after.slice(1).map((line) => {
      const { variant, item, round } = JSON.parse(line);
      return `${item}/${round}/${variant}`;
    });
    expect(new Set(keys).size).toBe(keys.length);
    const result = resultIn(await readFile(out, 'utf8'));
    expect(result.how).toMatchObject({ complete: true, n: 6, seed: 3 });
    expect(answersIn(result)).toEqual(answersIn(whole));
    // The journal has served, and no picture is left.
    const kept = (await readdir(folder)).filter((name) => /^(patchbay-|result)/.test(name));
    expect(kept).toEqual(['result.json']);
  }, 300_000);
});

test('without questions graphs are compared by speed, on their own inputs', async () => {
  const { code, stdout, stderr } = await patchbay([
    'compare',
    example('clip-tiny'),
    example('siglip-tiny'),
    '--repeat',
    '6',
    '--json',
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^2 graphs × 6 rounds = 12 runs\n/);
  const { rows, differences, how } = resultIn(stdout);
  expect(rows.map(({ graph, rounds }) => [graph, rounds])).toEqual([
    ['clip-tiny', 6],
    ['siglip-tiny', 6],
  ]);
  for (const row of rows) {
    expect(row.totalMs).toBeGreaterThan(0);
    expect(row).not.toHaveProperty('accuracy');
  }
  expect(differences.map(({ metric, pairs }) => [metric, pairs])).toEqual([['totalMs', 6]]);
  expect(how).not.toHaveProperty('data');
}, 120_000);

test('a graph is compared with itself over all combinations of swept values', async () => {
  const sweep = ['--sweep', 'llm.maxTokens=1,3', '--sweep', 'question.text=What is it?,Why?'];
  const { code, stdout } = await patchbay(['compare', LLAVA, ...sweep, '--repeat', '1', '--csv']);
  expect(code).toBe(0);
  const names = stdout.split('\r\n').map((line) => line.split(',')[0]);
  expect(names).toEqual([
    'graph',
    'llava-tiny llm.maxTokens=1 question.text=What is it?',
    'llava-tiny llm.maxTokens=1 question.text=Why?',
    'llava-tiny llm.maxTokens=3 question.text=What is it?',
    'llava-tiny llm.maxTokens=3 question.text=Why?',
    '',
  ]);
}, 120_000);

describe('what cannot be compared is said in one line', () => {
  test.each<[string, number, readonly string[], RegExp]>([
    ['one graph', 2, [LLAVA], /Name two graphs/],
    ['a file that is not there', 2, [LLAVA, 'none.json'], /"none\.json" was not opened/],
    ['two forms', 2, [LLAVA, BLIP, '--csv', '--md'], /choose one/],
    ['going on with nothing', 2, [LLAVA, BLIP, '--resume'], /say where by --out/],
    ['a result over a graph', 2, [LLAVA, BLIP, '--out', BLIP], /one of the graphs/],
    ['a node that is not there', 2, [LLAVA, '--sweep', 'lm.maxTokens=1,2'], /^lm\.maxTokens=1: .*did you mean "llm"/],
    ['no values', 2, [LLAVA, '--sweep', 'llm.maxTokens'], /expected node\.param=v1,v2/],
  ])('%s', async (_, expected, args, sentence) => {
    const { code, stdout, stderr } = await patchbay(['compare', ...args]);
    expect(stderr).toMatch(sentence);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a parameter that asking sets', async () => {
    const { code, stderr } = await patchbay(['compare', LLAVA, ...ITEMS, '--sweep', 'llm.temperature=0,1']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('temperature=1: llm.temperature cannot be swept')]);
  });

  test('a graph that fails while it runs ends it with code 1', async () => {
    const path = join(folder, 'picture.json');
    const photo = { kind: 'image', params: { source: 'broken.png' } };
    await writeFile(path, JSON.stringify({ schemaVersion: 1, title: 't', nodes: { photo } }));
    const wide = await patchbay(['compare', LLAVA, '--sweep', 'llm.model=tiny:llm,paper:vicuna-7b', '--repeat', '1']);
    expect(wide.code).toBe(1);
    expect(wide.stderr).toMatch(/^llava-tiny llm\.model=paper:vicuna-7b: nodes\.llm: /m);
    expect((await patchbay(['compare', LLAVA, path])).code).toBe(2);
  }, 120_000);
});
