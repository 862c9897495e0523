import { lazy, Suspense, useRef } from 'react';
import type { Comparison } from '../../graphs/comparison.ts';
import { csvOf, markdownOf } from '../../graphs/comparison-text.ts';
import { ExportMenu, MeasuredResult, Progress } from '../measured/measured-result.tsx';
import { whole } from '../ui/format.ts';
import { comparisons, newComparison } from './actions.ts';
import { Cells } from './cells.tsx';
import { FiguresTable, KindsTable, Measures } from './figures-table.tsx';
import { type ShownComparison, useCompare } from './store.ts';

const Plots = lazy(() => import('./plots.tsx'));

/** A comparison under way, or what came of one. */
export function CompareResult({ shown }: { shown: ShownComparison }) {
  const { title, preparing, result, status } = shown;
  const plots = useRef<HTMLDivElement>(null);
  return (
    <MeasuredResult
      shown={shown}
      measurements={comparisons}
      progress={preparing ? <Preparing preparing={preparing} /> : <Progress measurements={comparisons} shown={shown} />}
      exports={
        result && (
          <ExportMenu
            title={title}
            result={result}
            rows="Rows"
            drawing="Plots"
            csvOf={csvOf}
            markdownOf={markdownOf}
            plots={plots}
          />
        )
      }
      another={newComparison}
    >
      {shown.cells.length > 0 && <Cells shown={shown} />}
      {result?.rows.some(({ rounds }) => rounds > 0) && (
        <>
          <Baseline result={result} />
          <Measures result={result} />
          <FiguresTable result={result} final={status !== 'running'} />
          <KindsTable result={result} />
          <Suspense fallback={<div className="compare-plots" />}>
            <div ref={plots}>
              <Plots result={result} />
            </div>
          </Suspense>
          <How result={result} />
        </>
      )}
    </MeasuredResult>
  );
}

function Preparing({ preparing: { graph, done, of } }: { preparing: NonNullable<ShownComparison['preparing']> }) {
  return (
    <div className="compare-progress" role="status">
      <span>
        Before runs count: loading and warming up {graph},{' '}
        <span className="num">
          {done + 1} of {of}
        </span>
      </span>
      <progress value={done} max={of} aria-label="Loading and warming up" />
    </div>
  );
}

function Baseline({ result: { rows } }: { result: Comparison }) {
  const baseline = useCompare((state) => state.baseline) ?? rows[0]?.graph;
  return (
    <label className="compare-baseline">
      Baseline
      <select
        className="field"
        value={baseline}
        onChange={({ target }) => useCompare.setState({ baseline: target.value })}
      >
        {rows.map(({ graph }) => (
          <option key={graph} value={graph}>
            {graph}
          </option>
        ))}
      </select>
      <span className="dim">
        Under a figure stands its difference from the baseline, with a 95 % interval; one that its interval does not
        tell from 0 is none.
      </span>
    </label>
  );
}

function How({ result: { how } }: { result: Comparison }) {
  const { data, split, n, seed, repeat, warmUpRuns, resamples, complete, platform, cpu } = how;
  return (
    <p className="compare-how dim">
      {data ? `${n} questions of ${data}${split ? ` (${split})` : ''}, seed ${seed}; ` : ''}
      {repeat} {repeat === 1 ? 'round' : 'rounds'} in turns after {warmUpRuns} runs that do not count; figures are
      medians of whole runs without loading, ± half their interquartile range; accuracies with Wilson’s 95 % interval;
      differences within pairs with {whole(resamples)} bootstrap resamples. {cpu}, {platform}.
      {!complete && ' Not finished: rows hold what all graphs finished.'}
    </p>
  );
}
