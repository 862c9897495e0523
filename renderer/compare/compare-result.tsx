import { lazy, Suspense, useRef } from 'react';
import type { Comparison } from '../../graphs/comparison.ts';
import { report } from '../store/ui.ts';
import { duration, whole } from '../ui/format.ts';
import { Menu } from '../ui/menu.tsx';
import { Trouble } from '../ui/trouble.tsx';
import { newComparison, resumeComparison, stopComparison } from './actions.ts';
import { Cells } from './cells.tsx';
import { saveCsv, saveJson, saveMarkdown, savePng, saveSvg } from './export.ts';
import { FiguresTable, KindsTable, Measures } from './figures-table.tsx';
import { type Shown, useCompare } from './store.ts';

const Plots = lazy(() => import('./plots.tsx'));

/** A comparison under way, or what came of one. */
export function CompareResult({ shown }: { shown: Shown }) {
  const { result, status, error } = shown;
  const plots = useRef<HTMLDivElement>(null);
  return (
    <div className="compare-result">
      <div className="compare-bar">
        <Progress shown={shown} />
        <Actions shown={shown} plots={plots} />
      </div>
      {error && <Trouble message={error.message} hint={error.hint} />}
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
    </div>
  );
}

function Progress({ shown: { status, runs, done, preparing, secondsLeft, stopping } }: { shown: Shown }) {
  if (preparing)
    return (
      <div className="compare-progress" role="status">
        <span>
          Before runs count: loading and warming up {preparing.graph},{' '}
          <span className="num">
            {preparing.done + 1} of {preparing.of}
          </span>
        </span>
        <progress value={preparing.done} max={preparing.of} aria-label="Loading and warming up" />
      </div>
    );
  return (
    <div className="compare-progress" role="status">
      <span>
        {WORDS[status]}{' '}
        <span className="num">
          {whole(done)}
          {status !== 'finished' && ` of ${whole(runs)}`}
        </span>{' '}
        runs
        {status === 'running' && secondsLeft !== undefined && !stopping && (
          <span className="dim">
            {' '}
            about <span className="num">{duration(1000 * secondsLeft)}</span> left
          </span>
        )}
      </span>
      {status !== 'finished' && <progress value={done} max={runs} aria-label="Runs done" />}
    </div>
  );
}

const WORDS: Readonly<Record<Shown['status'], string>> = {
  running: 'Comparing:',
  finished: 'Finished:',
  stopped: 'Stopped at',
  failed: 'Failed at',
};

function Actions({ shown, plots }: { shown: Shown; plots: React.RefObject<HTMLDivElement | null> }) {
  const { id, status, stopping, result, title } = shown;
  const running = status === 'running';
  const drawn = (save: (box: HTMLElement, title: string) => void | Promise<void>) => async () => {
    try {
      if (plots.current) await save(plots.current, title);
    } catch (error) {
      report(error);
    }
  };
  return (
    <div className="compare-actions">
      {running && (
        <button type="button" className="button outlined" disabled={stopping} onClick={() => void stopComparison()}>
          {stopping ? 'Stopping…' : 'Stop'}
        </button>
      )}
      {id !== undefined && (status === 'stopped' || status === 'failed') && (
        <button type="button" className="button primary" onClick={() => void resumeComparison(id)}>
          Go on
        </button>
      )}
      {result && (
        <Menu
          label="Export"
          items={[
            { title: 'Result document', note: 'JSON', run: () => saveJson(title, result) },
            { title: 'Rows', note: 'CSV', run: () => saveCsv(title, result) },
            { title: 'Tables', note: 'Markdown', run: () => saveMarkdown(title, result) },
            { title: 'Plots', note: 'SVG', run: drawn(saveSvg) },
            { title: 'Plots as a picture', note: 'PNG', run: drawn(savePng) },
          ]}
        />
      )}
      <button type="button" className="button outlined" onClick={newComparison}>
        New comparison
      </button>
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
      {!complete && ' It did not run to its end: rows hold what all graphs finished.'}
    </p>
  );
}
