import { cpus } from 'node:os';
import {
  COMPARISON_VERSION,
  type Comparison,
  type ComparisonRow,
  type Difference,
  type Metric,
} from '../../../graphs/comparison.ts';
import { score, scoresOf } from '../../../nodes/training/evaluation/score.ts';
import { quantile } from '../executor/timing.ts';
import { differs, LEVEL, mean, median, pairedBootstrap, RESAMPLES, type Statistic } from './bootstrap.ts';
import { type Cell, keyOf, type Measured, type Turn } from './cells.ts';
import { type Setup, WARM_UP_RUNS } from './setup.ts';

/** What the cells of a comparison say. Rounds that not all graphs finished are left out, so that all have the same items. */
export function resultOf(setup: Setup, turns: readonly Turn[], cells: readonly Cell[]): Comparison {
  const { variants } = setup;
  const own = byVariant(setup, wholeRounds(turns, cells));
  return {
    ...said(setup, own, cells.length === turns.length),
    differences: variants.flatMap(({ graph: a }, i) =>
      variants
        .slice(i + 1)
        .flatMap(({ graph: b }, j) => differencesOf(a, b, own[i] ?? [], own[i + 1 + j] ?? [], setup)),
    ),
  };
}

/** What all cells say so far, quickly: without differences, and rounds that not all graphs finished count too. */
export function rowsOf(setup: Setup, cells: readonly Cell[]): Comparison {
  return said(setup, byVariant(setup, cells), false);
}

function byVariant({ variants }: Setup, cells: readonly Cell[]): Cell[][] {
  return variants.map((_, variant) => cells.filter((cell) => cell.variant === variant));
}

function said({ data, repeat, variants }: Setup, own: readonly (readonly Cell[])[], complete: boolean): Comparison {
  return {
    schemaVersion: COMPARISON_VERSION,
    rows: variants.map(({ graph, settings }, variant) =>
      rowOf({ graph, ...(settings && { settings }) }, own[variant] ?? []),
    ),
    differences: [],
    how: {
      ...(data && { data: data.name, ...(data.split && { split: data.split }), seed: data.seed, n: data.n }),
      repeat,
      warmUpRuns: WARM_UP_RUNS,
      resamples: RESAMPLES,
      level: LEVEL,
      complete,
      platform: `${process.platform} ${process.arch}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
    },
  };
}

function wholeRounds(turns: readonly Turn[], cells: readonly Cell[]): Cell[] {
  const done = new Map(cells.map((cell) => [keyOf(cell), cell]));
  const roundOf = ({ item, round }: Turn) => `${item}/${round}`;
  const broken = new Set(turns.filter((turn) => !done.has(keyOf(turn))).map(roundOf));
  return turns.flatMap((turn) => (broken.has(roundOf(turn)) ? [] : (done.get(keyOf(turn)) ?? [])));
}

function rowOf(head: Pick<ComparisonRow, 'graph' | 'settings'>, cells: readonly Cell[]): ComparisonRow {
  const runs = cells.flatMap(({ measured }) => measured ?? []);
  const totals = runs.map(({ totalMs }) => totalMs);
  const figure = <K extends keyof Measured & keyof ComparisonRow>(name: K) => {
    const values = runs.flatMap((run) => (run[name] as number | undefined) ?? []);
    return values.length > 0 ? { [name]: quantile(values, 0.5) } : {};
  };
  return {
    ...head,
    rounds: runs.length,
    ...figure('extraParameters'),
    ...figure('visualTokens'),
    ...figure('prefillFlops'),
    ...figure('kvCacheBytes'),
    ...figure('firstTokenMs'),
    ...figure('tokensPerSecond'),
    ...figure('totalMs'),
    ...(runs.length > 0 && {
      totalMsSpread: quantile(totals, 0.75) - quantile(totals, 0.25),
      peakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
    }),
    ...accuracyOf(cells),
    ...blindOf(cells),
    nodes: nodesOf(runs),
  };
}

/** Each item counts once, however often it was timed. */
const firstAsked = (cells: readonly Cell[]) => cells.filter(({ round }) => round === 0);
const askedBlind = (cells: readonly Cell[]) => cells.filter(({ round }) => round === 'blind');
const judgedIn = (cells: readonly Cell[]) => cells.flatMap(({ judged }) => judged ?? []);

function accuracyOf(cells: readonly Cell[]): Partial<ComparisonRow> {
  const judged = judgedIn(firstAsked(cells));
  if (judged.length === 0) return {};
  const { n, accuracy, low, high, kinds } = scoresOf(judged);
  return { accuracy, accuracyInterval: [low, high], items: n, kinds };
}

function blindOf(cells: readonly Cell[]): Partial<ComparisonRow> {
  const judged = judgedIn(askedBlind(cells));
  if (judged.length === 0) return {};
  const { accuracy, low, high } = score(judged);
  return { blindAccuracy: accuracy, blindInterval: [low, high] };
}

function nodesOf(runs: readonly Measured[]): ComparisonRow['nodes'] {
  const entries = Object.entries(runs[0]?.nodes ?? {}).map(([id, { kind }]) => {
    const times = runs.map(({ nodes }) => nodes[id]?.ms ?? 0);
    return [id, { kind, ms: quantile(times, 0.5) }];
  });
  return Object.fromEntries(entries);
}

/** How a figure is read from a cell, and what is taken of its differences. */
const METRICS: Readonly<
  Record<
    Metric,
    {
      readonly of: (cells: readonly Cell[]) => readonly Cell[];
      readonly read: (cell: Cell) => number | undefined;
      readonly statistic: Statistic;
    }
  >
> = {
  accuracy: { of: firstAsked, read: rightness, statistic: mean },
  blindAccuracy: { of: askedBlind, read: rightness, statistic: mean },
  firstTokenMs: { of: timed, read: ({ measured }) => measured?.firstTokenMs, statistic: median },
  tokensPerSecond: { of: timed, read: ({ measured }) => measured?.tokensPerSecond, statistic: median },
  totalMs: { of: timed, read: ({ measured }) => measured?.totalMs, statistic: median },
};

function rightness({ judged }: Cell): number | undefined {
  return judged && Number(judged.right);
}

function timed(cells: readonly Cell[]): readonly Cell[] {
  return cells.filter(({ measured }) => measured);
}

function differencesOf(
  a: string,
  b: string,
  cellsA: readonly Cell[],
  cellsB: readonly Cell[],
  { seed }: Setup,
): Difference[] {
  return (Object.keys(METRICS) as Metric[]).flatMap((metric) => {
    const { of, read, statistic } = METRICS[metric];
    const inA = new Map(of(cellsA).map((cell) => [`${cell.item}/${cell.round}`, read(cell)]));
    const paired = of(cellsB).flatMap((cell) => {
      const [before, after] = [inA.get(`${cell.item}/${cell.round}`), read(cell)];
      return before === undefined || after === undefined ? [] : after - before;
    });
    if (paired.length === 0) return [];
    const estimate = pairedBootstrap(paired, statistic, seed);
    return { metric, a, b, ...estimate, pairs: paired.length, differs: differs(estimate, paired.length) };
  });
}
