import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Cell, keyOf, type Turn, turnsOf } from '../../../electron/backend/comparison/cells.ts';
import { drawnData } from '../../../electron/backend/comparison/data.ts';
import { resultOf } from '../../../electron/backend/comparison/result.ts';
import { type Setup, turnsIn } from '../../../electron/backend/comparison/setup.ts';
import { tablesText } from '../../../electron/cli/table.ts';
import { comparisonSchema } from '../../../graphs/comparison.ts';
import { csvOf, markdownOf, tablesOf } from '../../../graphs/comparison-text.ts';
import { comparisonSchemaText } from '../../../graphs/schema.ts';
import { loadWorld } from '../../../nodes/training/data/worlds.ts';
import { scoreOf } from '../../../nodes/training/evaluation/score.ts';

const world = await loadWorld('shapes', async (path) => readFileSync(path, 'utf8'));

function setup(items: number, repeat: number, graphs = ['a', 'b']): Setup {
  const document = { schemaVersion: 1, title: 't', nodes: { llm: { kind: 'llm' } } } as const;
  return {
    variants: graphs.map((graph) => ({ graph, document, folder: '.' })),
    data: drawnData({ world, split: 'test', n: items, seed: 2 }),
    blind: true,
    repeat,
    seed: 2,
  };
}

/** What every turn gave, where `b` is `slower` by that many milliseconds on a machine that gets slower all the time. */
function cellOf(turn: Turn, at: number, slower = 1): Cell {
  const { variant, item, round } = turn;
  const kind = item % 2 === 0 ? 'counting' : 'exist, "or" not';
  // The first graph is right on all items, the second on every fourth; both guess one in two.
  const right = round === 'blind' ? item % 2 === 0 : variant === 0 || item % 4 === 0;
  const totalMs = 100 + 50 * Math.floor(at / 2) + slower * variant;
  const nodes = { llm: { kind: 'llm', ms: totalMs - 10 } };
  const measured = { totalMs, nodes, extraParameters: 1000 * (variant + 1), peakBytes: 1e6 + at, visualTokens: 64 };
  return { ...turn, judged: { kind, right }, ...(round !== 'blind' && { measured }) };
}

function filled(of: Setup, slower?: number): readonly [Turn[], Cell[]] {
  const turns = turnsIn(of);
  let runs = 0;
  return [turns, turns.map((turn) => cellOf(turn, turn.round === 'blind' ? 0 : runs++, slower))];
}

test('graphs take turns on each item, in every round, and then blind those that are asked', () => {
  const order = [...turnsOf([true, false, true], 2, 2)].map(keyOf);
  const item = (i: number) =>
    ['0/0', '0/1', '0/2', '1/0', '1/1', '1/2', 'blind/0', 'blind/2'].map((key) => `${i}/${key}`);
  expect(order).toEqual([...item(0), ...item(1)]);
});

test('rows tell accuracy by item, whatever was timed, with intervals and by kind', () => {
  const of = setup(8, 3);
  const [turns, cells] = filled(of);
  const { rows, how } = resultOf(of, turns, cells);
  const [a, b] = rows;
  const quarter = scoreOf(2, 8);
  expect(a).toMatchObject({ graph: 'a', rounds: 24, items: 8, accuracy: 1, blindAccuracy: 0.5, extraParameters: 1000 });
  expect(b).toMatchObject({ accuracy: 0.25, accuracyInterval: [quarter.low, quarter.high], visualTokens: 64 });
  expect(b?.kinds).toEqual({ counting: scoreOf(2, 4), 'exist, "or" not': scoreOf(0, 4) });
  // 24 times from 100 in steps of 50: medians and quartiles by hand.
  expect(a).toMatchObject({ totalMs: 675, totalMsSpread: 575, nodes: { llm: { kind: 'llm', ms: 665 } } });
  expect(a?.peakBytes).toBe(1e6 + 46);
  expect(how).toMatchObject({ data: 'shapes', n: 8, seed: 2, repeat: 3, resamples: 2000, complete: true });
});

test('what drifts for all alike is no difference, and what is the same in every round is one to the millisecond', () => {
  const of = setup(8, 3);
  const difference = (slower: number) =>
    resultOf(of, ...filled(of, slower)).differences.find(({ metric }) => metric === 'totalMs');
  expect(difference(1)).toEqual({
    metric: 'totalMs',
    a: 'a',
    b: 'b',
    difference: 1,
    low: 1,
    high: 1,
    pairs: 24,
    differs: true,
  });
  expect(difference(0)).toMatchObject({ difference: 0, differs: false });
});

test('accuracies are paired by item', () => {
  const of = setup(40, 2);
  const { differences } = resultOf(of, ...filled(of));
  expect(differences.map(({ metric }) => metric)).toEqual(['accuracy', 'blindAccuracy', 'totalMs']);
  const [accuracy, blind] = differences;
  expect(accuracy).toMatchObject({ difference: -0.75, pairs: 40, differs: true });
  // A share of 0.75 in 40: 1.96 · √(0.75 · 0.25 / 40) = 0.134.
  expect(accuracy?.low).toBeCloseTo(-0.75 - 0.134, 1);
  expect(accuracy?.high).toBeCloseTo(-0.75 + 0.134, 1);
  // Right and wrong on the same items: no interval at all, though each alone has one.
  expect(blind).toMatchObject({ difference: 0, low: 0, high: 0, differs: false });
});

test('every pair of graphs has its differences', () => {
  const of = setup(6, 1, ['a', 'b', 'c']);
  const { differences } = resultOf(of, ...filled(of));
  const pairs = differences.filter(({ metric }) => metric === 'totalMs').map(({ a, b }) => `${b} − ${a}`);
  expect(pairs).toEqual(['b − a', 'c − a', 'c − b']);
});

test('a comparison that was stopped holds what all graphs finished', () => {
  const of = setup(8, 1);
  const [turns, cells] = filled(of);
  // Three items with their blind runs, and the fourth of the first graph alone.
  const stopped = resultOf(of, turns, cells.slice(0, 13));
  expect(stopped.rows.map(({ items, rounds }) => [items, rounds])).toEqual([
    [3, 3],
    [3, 3],
  ]);
  expect(stopped.how.complete).toBe(false);
  expect(resultOf(of, turns, []).rows.map(({ rounds }) => rounds)).toEqual([0, 0]);
});

test('the published JSON Schema is that of the code, and results are of it', () => {
  expect(readFileSync(new URL('../../../graphs/comparison.schema.json', import.meta.url), 'utf8')).toBe(
    comparisonSchemaText(),
  );
  const of = setup(6, 2);
  const result = resultOf(of, ...filled(of));
  expect(comparisonSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
});

/** RFC 4180, read as it says. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

test('CSV holds every figure, whatever stands in the names', () => {
  const of = setup(6, 1, ['plain', 'with, "quotes"']);
  const result = resultOf(of, ...filled(of));
  const [head = [], ...rows] = readCsv(csvOf(result));
  expect(rows.map((row) => row.length)).toEqual([head.length, head.length]);
  const [, second] = rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
  const expected = result.rows[1];
  expect(second).toMatchObject({
    graph: 'with, "quotes"',
    totalMs: String(expected?.totalMs),
    accuracyLow: String(expected?.accuracyInterval?.[0]),
    firstTokenMs: '',
    'exist, "or" not': String(expected?.kinds?.['exist, "or" not']?.accuracy),
  });
});

test('Markdown has a table of graphs, of kinds and of differences, and shows none where there is none', () => {
  const of = setup(8, 3, ['a|1', 'b']);
  const text = markdownOf(resultOf(of, ...filled(of)));
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^\| a\\\|1 \| 1 k \| 64 \| 675\.0 ± 287\.5 \| 1 MB \| 100\.0 % \(67\.6–100\.0\) \| 50\.0 % /,
    ),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(/^\| b − a\\\|1 \| -75\.0 \(.* to .*\) \| none \| \+1\.00 \(\+1\.00 to \+1\.00\) \|$/),
  );
  expect(text).toContain('| graph | counting | exist, "or" not |');
  const stopped = resultOf(of, ...([turnsIn(of), filled(of)[1].slice(0, 8)] as const));
  expect(tablesText(tablesOf(stopped))).toContain('stopped');
});
