import { type Interval, interval, toldApart } from './intervals.ts';
import type { Trained } from './study.ts';

const WORLDS = ['shapes', 'digits'] as const;
type WorldName = (typeof WORLDS)[number];

interface Row {
  readonly connector: string;
  /** In the order of the seeds. */
  readonly runs: readonly Trained[];
}

/** A table a world: the mean of each connector over its seeds with its interval, and which of them are told apart. */
export function studyText(trained: readonly Trained[]): string {
  const seeds = [...new Set(trained.map(({ seed }) => seed))].sort((a, b) => a - b);
  const names = [...new Set(trained.map(({ connector }) => connector))];
  const rows = names.map((connector) => ({
    connector,
    runs: seeds.flatMap((seed) => trained.find((one) => one.connector === connector && one.seed === seed) ?? []),
  }));
  const whole = rows.filter(({ runs }) => runs.length >= 3);
  const n = trained[0]?.shapes.n;
  return [
    '# Fusion mechanisms over several seeds',
    '`node test/bench/seeds.mjs`: each connector trained by its recipe with each seed, over the same frozen encoder and LLM; ' +
      `exact answers to the same ${n} test questions a world (seed 0), in per cent. ± is Student's 95 % interval of the mean ` +
      'over seeds. Two connectors are told apart where the interval of their differences, seed by seed, leaves zero out: of pairs that do not differ, one in ' +
      'twenty is told apart by chance.',
    ...WORLDS.flatMap((world) => worldText(world, whole)),
    '',
  ].join('\n\n');
}

function worldText(world: WorldName, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const kinds = Object.keys(rows[0]?.runs[0]?.[world].kinds ?? {});
  const head = ['connector', 'by seed', 'all', ...kinds];
  const lines = rows.map(({ connector, runs }) => [
    connector,
    runs.map((run) => percent(run[world].accuracy)).join(', '),
    within(interval(runs.map((run) => run[world].accuracy))),
    ...kinds.map((kind) => within(interval(runs.map((run) => run[world].kinds[kind]?.accuracy ?? 0)))),
  ]);
  return [`## ${world}`, markdown([head, ...lines]), differences(world, rows)];
}

function differences(world: WorldName, rows: readonly Row[]): string {
  const all = ({ runs }: Row) => runs.map((run) => run[world].accuracy);
  const better = (a: Row, b: Row) => toldApart(all(a), all(b)) && interval(all(a)).mean > interval(all(b)).mean;
  const lines = rows.map((row) => {
    const beaten = rows.filter((other) => better(row, other)).map(({ connector }) => connector);
    return `- ${row.connector}: ${beaten.length > 0 ? `better than ${beaten.join(', ')}` : 'better than none'}`;
  });
  return ['Told apart:', '', ...lines].join('\n');
}

const percent = (share: number) => (100 * share).toFixed(1);
const within = ({ mean, high }: Interval) => `${percent(mean)} ± ${percent(high - mean)}`;

/** Cells padded to their column, as a formatter would. */
function markdown([head = [], ...lines]: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => (line[i] ?? '').length)));
  const row = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [row(head), row(widths.map((width) => '-'.repeat(width))), ...lines.map(row)].join('\n');
}
