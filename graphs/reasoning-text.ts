import { markdownTables, type Table } from './comparison-text.ts';
import { csvLine } from './csv.ts';
import { si } from './figures.ts';
import { lineOf, type Reasoning, type ReasoningPoint } from './reasoning.ts';

/** Tables in Markdown. */
export function reasoningMarkdown(result: Reasoning): string {
  return markdownTables(reasoningTables(result));
}

const FIGURES = [
  'strategy',
  'verifier',
  'budget',
  'tokens',
  'accuracy',
  'low',
  'high',
  'n',
  'verifierTokens',
  'seconds',
  'kvCacheBytes',
] as const satisfies (keyof ReasoningPoint)[];

/** One line a point with every figure as it was measured (RFC 4180). */
export function reasoningCsv({ points }: Reasoning): string {
  const lines = points.map((point) => csvLine(FIGURES.map((name) => String(point[name] ?? ''))));
  return [csvLine(FIGURES), ...lines, ''].join('\r\n');
}

/** As people read them. */
export function reasoningTables(result: Reasoning, nameOf: typeof lineOf = lineOf): Table[] {
  const { points, claims, how } = result;
  const [{ n } = { n: 0 }] = points;
  const stopped = how.complete ? '' : ` of ${how.n} (those that every strategy finished)`;
  const head = `${how.graph} on ${how.data}, ${n} problems${stopped}`;
  const tables: Table[] = [
    pivot(`${head}: accuracy by candidates, %`, result, nameOf, ({ accuracy, low, high }) => {
      const [middle, from, to] = [accuracy, low, high].map((share) => (100 * share).toFixed(1));
      return `${middle} (${from}–${to})`;
    }),
    pivot('Tokens generated for a problem', result, nameOf, ({ tokens }) => tokens.toFixed(0)),
    pivot('Seconds a problem', result, nameOf, ({ seconds }) => seconds?.toPrecision(2) ?? ''),
    pivot('KV cache', result, nameOf, ({ kvCacheBytes }) => si(kvCacheBytes, 'B')),
    {
      title: 'Claims',
      head: ['holds', 'claim', 'found', 'difference in accuracy, points', '95 % interval'],
      rows: claims.map(({ claim, found, holds, difference, low, high }) => [
        holds ? 'yes' : 'no',
        claim,
        found,
        (100 * difference).toFixed(1),
        `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`,
      ]),
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** A row a strategy, a column a budget; strategies of which nothing is known are left out. */
function pivot(
  title: string,
  { points, how }: Reasoning,
  nameOf: typeof lineOf,
  text: (point: ReasoningPoint) => string,
): Table {
  const lines = [...new Set(points.map(nameOf))];
  const rows = lines.map((line) => [
    line,
    ...how.budgets.map((budget) => {
      const found = points.find((point) => nameOf(point) === line && point.budget === budget);
      return found ? text(found) : '';
    }),
  ]);
  return {
    title,
    head: ['strategy', ...how.budgets.map(String)],
    rows: rows.filter(([, ...cells]) => cells.some((cell) => cell !== '')),
  };
}
