import type { Comparison, ComparisonRow, Difference, Metric } from './comparison.ts';
import { csvLine } from './csv.ts';
import { milliseconds, si } from './figures.ts';

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Tables in Markdown. */
export function markdownOf(result: Comparison): string {
  return markdownTables(tablesOf(result));
}

/** Sentences, and what a line is of, stand left; figures right. */
export function markdownTables(tables: readonly Table[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const parts = tables.map(({ title, head, rows }) => {
    const aligned = head.map((_, i) => (i === 0 || rows.some((row) => isSentence(row[i] ?? '')) ? '---' : '---:'));
    return [title, '', line(head), line(aligned), ...rows.map(line), ''].join('\n');
  });
  return parts.join('\n');
}

const isSentence = (cell: string) => /[a-z]{3} .*[a-z]{3}/i.test(cell);

/** One line a graph with every figure as it was measured (RFC 4180). */
export function csvOf({ rows }: Comparison): string {
  const kinds = kindsIn(rows);
  const intervals = (name: string) => [name, `${name}Low`, `${name}High`];
  const head = [...FIGURES, ...intervals('accuracy'), ...intervals('blindAccuracy'), ...kinds.flatMap(intervals)];
  const lines = rows.map((row) => [
    ...FIGURES.map((name) => row[name]),
    ...[row.accuracy, ...(row.accuracyInterval ?? [undefined, undefined])],
    ...[row.blindAccuracy, ...(row.blindInterval ?? [undefined, undefined])],
    ...kinds.flatMap((kind) => [row.kinds?.[kind]?.accuracy, row.kinds?.[kind]?.low, row.kinds?.[kind]?.high]),
  ]);
  return [head, ...lines].map((cells) => `${csvLine(cells.map((cell) => String(cell ?? '')))}\r\n`).join('');
}

const FIGURES = [
  'graph',
  'rounds',
  'items',
  'extraParameters',
  'visualTokens',
  'prefillFlops',
  'kvCacheBytes',
  'firstTokenMs',
  'tokensPerSecond',
  'totalMs',
  'totalMsSpread',
  'peakBytes',
] as const satisfies readonly (keyof ComparisonRow)[];

/** What a comparison found, in tables of words. */
export function tablesOf(result: Comparison): Table[] {
  const tables = [graphsTable(result), kindsTable(result), differencesTable(result)];
  return tables.filter(({ rows }) => rows.length > 0);
}

function graphsTable({ rows, how }: Comparison): Table {
  const asked = how.data ? `${how.data}, ${how.split}: ${how.n} items, ` : '';
  const stopped = how.complete ? '' : ' (stopped: what all graphs finished)';
  return withoutEmpty({
    title: `${asked}${how.repeat} ${how.repeat === 1 ? 'round' : 'rounds'}, graphs in turns${stopped}`,
    head: [
      'graph',
      'extra params',
      'visual tokens',
      'prefill FLOPs',
      'KV cache',
      'first token ms',
      'tok/s',
      'total ms ± ½ IQR',
      'peak',
      'accuracy',
      'blind',
    ],
    rows: rows.map((row) => [
      row.graph,
      si(row.extraParameters),
      si(row.visualTokens),
      si(row.prefillFlops),
      si(row.kvCacheBytes, 'B'),
      milliseconds(row.firstTokenMs),
      row.tokensPerSecond?.toFixed(1) ?? '',
      row.totalMs === undefined ? '' : `${milliseconds(row.totalMs)} ± ${milliseconds((row.totalMsSpread ?? 0) / 2)}`,
      si(row.peakBytes, 'B'),
      shareText(row.accuracy, row.accuracyInterval),
      shareText(row.blindAccuracy, row.blindInterval),
    ]),
  });
}

function kindsTable({ rows }: Comparison): Table {
  const kinds = kindsIn(rows);
  return {
    title: 'Accuracy by kind of question, %',
    head: ['graph', ...kinds],
    rows:
      kinds.length === 0
        ? []
        : rows.map(({ graph, kinds: scores }) => [graph, ...kinds.map((kind) => scoreText(scores?.[kind]))]),
  };
}

const METRICS: Readonly<Record<Metric, { readonly title: string; readonly text: (value: number) => string }>> = {
  accuracy: { title: 'accuracy, points', text: (value) => (100 * value).toFixed(1) },
  blindAccuracy: { title: 'blind, points', text: (value) => (100 * value).toFixed(1) },
  firstTokenMs: { title: 'first token ms', text: (value) => value.toPrecision(3) },
  tokensPerSecond: { title: 'tok/s', text: (value) => value.toPrecision(3) },
  totalMs: { title: 'total ms', text: (value) => value.toPrecision(3) },
};

function differencesTable({ differences }: Comparison): Table {
  const pairs = new Map<string, Difference[]>();
  for (const one of differences) {
    const name = `${one.b} − ${one.a}`;
    pairs.set(name, [...(pairs.get(name) ?? []), one]);
  }
  const metrics = Object.keys(METRICS) as Metric[];
  return withoutEmpty({
    title: 'Differences with their 95 % interval',
    head: ['', ...metrics.map((metric) => METRICS[metric].title)],
    rows: [...pairs].map(([name, found]) => [
      name,
      ...metrics.map((metric) => differenceText(found.find((one) => one.metric === metric))),
    ]),
  });
}

function differenceText(found: Difference | undefined): string {
  if (!found) return '';
  if (!found.differs) return 'none';
  const { text } = METRICS[found.metric];
  const signed = (value: number) => `${value > 0 ? '+' : ''}${text(value)}`;
  return `${signed(found.difference)} (${signed(found.low)} to ${signed(found.high)})`;
}

function kindsIn(rows: readonly ComparisonRow[]): string[] {
  return [...new Set(rows.flatMap(({ kinds }) => Object.keys(kinds ?? {})))];
}

function scoreText(score: NonNullable<ComparisonRow['kinds']>[string] | undefined): string {
  return score ? shareText(score.accuracy, [score.low, score.high]).replace(' %', '') : '';
}

/** `62.0 % (55.1–68.4)` */
function shareText(share: number | undefined, interval: readonly [number, number] | undefined): string {
  if (share === undefined || !interval) return '';
  const [low, high] = interval.map((value) => (100 * value).toFixed(1));
  return `${(100 * share).toFixed(1)} % (${low}–${high})`;
}

/** Without the columns of which nothing is known. */
function withoutEmpty({ title, head, rows }: Table): Table {
  const columns = [...head.keys()].filter((column) => column === 0 || rows.some((row) => row[column] !== ''));
  const pick = (row: readonly string[]) => columns.map((column) => row[column] ?? '');
  return { title, head: pick(head), rows: rows.map(pick) };
}
