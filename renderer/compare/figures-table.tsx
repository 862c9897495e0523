import type { ReactNode } from 'react';
import {
  type Comparison,
  type ComparisonRow,
  type Difference,
  differenceFrom,
  type Metric,
} from '../../graphs/comparison.ts';
import { bytes, count, duration, flops, significant, whole } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { toggleMeasure, useCompare } from './store.ts';

interface Column {
  readonly title: string;
  readonly note: string;
  show(row: ComparisonRow): ReactNode;
  /** What differences are taken of, and how they are shown. */
  readonly metric?: Metric;
  readonly difference?: Scale;
}

/** One unit for a difference and both ends of its interval, so that it is said once: that of the largest of them. */
type Scale = (largest: number) => { readonly unit: string; show(value: number): string };

const known = (value: number | undefined, show: (value: number) => string): ReactNode =>
  value === undefined ? null : show(value);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const points: Scale = () => ({ unit: ' pt', show: (share) => (100 * share).toFixed(1) });
const time: Scale = (largest) =>
  largest < 1000 ? { unit: ' ms', show: significant } : { unit: ' s', show: (ms) => significant(ms / 1000) };
const rate: Scale = () => ({ unit: '', show: significant });

const COLUMNS: readonly Column[] = [
  {
    title: 'Extra params',
    note: 'Parameters between encoder and LLM',
    show: ({ extraParameters }) => known(extraParameters, count),
  },
  {
    title: 'Visual tokens',
    note: 'That the LLM reads or attends to',
    show: ({ visualTokens }) => known(visualTokens, whole),
  },
  {
    title: 'Prefill',
    note: 'FLOPs of reading a prompt; multiply and add counted as two',
    show: ({ prefillFlops }) => known(prefillFlops, flops),
  },
  { title: 'KV cache', note: 'At the end of an answer', show: ({ kvCacheBytes }) => known(kvCacheBytes, bytes) },
  {
    title: 'First token',
    note: 'Of the LLM that answers: prefill and one step',
    show: ({ firstTokenMs }) => known(firstTokenMs, duration),
    metric: 'firstTokenMs',
    difference: time,
  },
  {
    title: 'Tokens/s',
    note: 'After the first token',
    show: ({ tokensPerSecond }) => known(tokensPerSecond, significant),
    metric: 'tokensPerSecond',
    difference: rate,
  },
  {
    title: 'Whole run',
    note: 'Of the graph without loading, ± half the interquartile range',
    show: ({ totalMs, totalMsSpread, rounds }) =>
      known(totalMs, (value) => `${duration(value)}${rounds > 1 ? ` ± ${duration((totalMsSpread ?? 0) / 2)}` : ''}`),
    metric: 'totalMs',
    difference: time,
  },
  { title: 'Peak memory', note: 'Of all nodes, summed', show: ({ peakBytes }) => known(peakBytes, bytes) },
  {
    title: 'Accuracy',
    note: 'With Wilson’s 95 % interval',
    show: ({ accuracy, accuracyInterval }) => shareOf(accuracy, accuracyInterval),
    metric: 'accuracy',
    difference: points,
  },
  {
    title: 'Blind',
    note: 'Right with another picture: guessed, not seen',
    show: ({ blindAccuracy, blindInterval }) => shareOf(blindAccuracy, blindInterval),
    metric: 'blindAccuracy',
    difference: points,
  },
];

interface FiguresTableProps {
  readonly result: Comparison;
  /** Differences are there. */
  readonly final: boolean;
}

/** A line for each graph; under a measured figure its difference from the baseline. */
export function FiguresTable({ result, final }: FiguresTableProps) {
  const baseline = useCompare((state) => state.baseline) ?? result.rows[0]?.graph ?? '';
  const hidden = useCompare((state) => state.hidden);
  const columns = measuresIn(result).filter(({ title }) => !hidden.has(title));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: where it is wider than the window, keys scroll it
    <section className="compare-table" aria-label="Figures" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Graph</th>
            {columns.map(({ title, note }) => (
              <th key={title} scope="col" title={note}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {result.rows.map((row) => (
            <tr key={row.graph} data-graph={row.graph} className={row.graph === baseline ? 'baseline' : ''}>
              <th scope="row">
                {row.graph}
                <small>{row.graph === baseline ? 'baseline' : ' '}</small>
              </th>
              {columns.map(({ title, show, metric, difference }) => (
                <td key={title} data-column={title}>
                  <span className="num">{show(row) ?? '–'}</span>
                  {metric && difference && final && row.graph !== baseline && (
                    <DifferenceNote found={differenceFrom(result, metric, baseline, row.graph)} scale={difference} />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Those of which something is known. */
function measuresIn({ rows }: Comparison): readonly Column[] {
  return COLUMNS.filter((column) => rows.some((row) => column.show(row) !== null));
}

/** Ticks for the columns of the table. */
export function Measures({ result }: { result: Comparison }) {
  const hidden = useCompare((state) => state.hidden);
  return (
    <details className="compare-measures">
      <summary>
        <Icon name="chevron" size={12} /> Measures
      </summary>
      <div className="compare-values">
        {measuresIn(result).map(({ title }) => (
          <label key={title}>
            <input type="checkbox" checked={!hidden.has(title)} onChange={() => toggleMeasure(title)} />
            {title}
          </label>
        ))}
      </div>
    </details>
  );
}

function DifferenceNote({ found, scale }: { found: Difference | undefined; scale: Scale }) {
  if (!found) return null;
  const { difference, low, high, differs, pairs } = found;
  const { unit, show } = scale(Math.max(...[difference, low, high].map(Math.abs)));
  const interval = `${signed(low, show)} to ${signed(high, show)}`;
  const said = `${interval}${unit}, ${whole(pairs)} pairs`;
  if (!differs)
    return (
      <small className="dim" title={`No difference to speak of: ${said}`}>
        none
      </small>
    );
  return (
    <small className={better(found) ? 'better' : 'worse'} title={said}>
      <span className="num">
        {signed(difference, show)}
        {unit}
      </span>
      <span className="num interval">{interval}</span>
    </small>
  );
}

/** More is better of rates and accuracies, less of times; a blind score is neither. */
function better({ metric, difference }: Difference): boolean {
  return metric === 'accuracy' || metric === 'tokensPerSecond' ? difference > 0 : difference < 0;
}

/** Accuracy by kind of question. */
export function KindsTable({ result: { rows } }: { result: Comparison }) {
  const kinds = [...new Set(rows.flatMap((row) => Object.keys(row.kinds ?? {})))];
  if (kinds.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: where it is wider than the window, keys scroll it
    <section className="compare-table" aria-label="Accuracy by kind" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Accuracy by kind</th>
            {kinds.map((kind) => (
              <th key={kind} scope="col">
                {kind}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.graph}>
              <th scope="row">{row.graph}</th>
              {kinds.map((kind) => {
                const score = row.kinds?.[kind];
                return (
                  <td key={kind} title={score && `${score.n} questions`}>
                    <span className="num">{score ? shareOf(score.accuracy, [score.low, score.high]) : '–'}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function shareOf(share: number | undefined, interval: readonly [number, number] | undefined): ReactNode {
  if (share === undefined || !interval) return null;
  const [low, high] = interval.map((value) => (100 * value).toFixed(0));
  return (
    <>
      {percent(share)}{' '}
      <span className="interval">
        {low}–{high}
      </span>
    </>
  );
}

/** With its sign, a real minus. */
function signed(value: number, show: (value: number) => string): string {
  return `${value < 0 ? '−' : '+'}${show(Math.abs(value))}`;
}
