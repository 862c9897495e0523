import { lazy, Suspense, useRef } from 'react';
import type { Reasoning } from '../../graphs/reasoning.ts';
import { reasoningCsv, reasoningMarkdown, reasoningTables } from '../../graphs/reasoning-text.ts';
import { download, savePng, saveSvg } from '../compare/export.ts';
import { report } from '../store/ui.ts';
import { duration, whole } from '../ui/format.ts';
import { Menu } from '../ui/menu.tsx';
import { Trouble } from '../ui/trouble.tsx';
import { newMeasurement, resumeMeasurement, stopMeasurement } from './actions.ts';
import type { Shown } from './store.ts';

const Curves = lazy(() => import('./curves.tsx'));

/** A measurement under way, or what came of one. */
export function ComputeResult({ shown }: { shown: Shown }) {
  const { result, error } = shown;
  const plots = useRef<HTMLDivElement>(null);
  return (
    <div className="compare-result">
      <div className="compare-bar">
        <Progress shown={shown} />
        <Actions shown={shown} plots={plots} />
      </div>
      {error && <Trouble message={error.message} hint={error.hint} />}
      {result && result.points.length > 0 ? (
        <>
          <Suspense fallback={<div className="compare-plots" />}>
            <div ref={plots}>
              <Curves result={result} />
            </div>
          </Suspense>
          <Claims result={result} />
          <Tables result={result} />
          <How result={result} />
        </>
      ) : (
        shown.status === 'running' && (
          <p className="dim">Points are drawn as soon as every strategy has solved a problem.</p>
        )
      )}
    </div>
  );
}

const WORDS: Readonly<Record<Shown['status'], string>> = {
  running: 'Measuring:',
  finished: 'Finished:',
  stopped: 'Stopped at',
  failed: 'Failed at',
};

function Progress({ shown: { id, status, searches, done, secondsLeft, stopping } }: { shown: Shown }) {
  return (
    <div className="compare-progress" role="status">
      <span>
        {WORDS[status]}{' '}
        <span className="num">
          {whole(done)}
          {status !== 'finished' && ` of ${whole(searches)}`}
        </span>{' '}
        {id === undefined ? 'problems' : 'searches'}
        {status === 'running' && secondsLeft !== undefined && !stopping && (
          <span className="dim">
            {' '}
            about <span className="num">{duration(1000 * secondsLeft)}</span> left
          </span>
        )}
      </span>
      {status !== 'finished' && <progress value={done} max={searches} aria-label="Searches done" />}
    </div>
  );
}

function Actions({ shown, plots }: { shown: Shown; plots: React.RefObject<HTMLDivElement | null> }) {
  const { id, status, stopping, result, title } = shown;
  const drawn = (save: (box: HTMLElement, title: string) => void | Promise<void>) => async () => {
    try {
      if (plots.current) await save(plots.current, title);
    } catch (error) {
      report(error);
    }
  };
  return (
    <div className="compare-actions">
      {status === 'running' && (
        <button type="button" className="button outlined" disabled={stopping} onClick={() => void stopMeasurement()}>
          {stopping ? 'Stopping…' : 'Stop'}
        </button>
      )}
      {id !== undefined && (status === 'stopped' || status === 'failed') && (
        <button type="button" className="button primary" onClick={() => void resumeMeasurement(id)}>
          Go on
        </button>
      )}
      {result && (
        <Menu
          label="Export"
          items={[
            {
              title: 'Result document',
              note: 'JSON',
              run: () => download(title, 'json', 'application/json', `${JSON.stringify(result, null, 2)}\n`),
            },
            { title: 'Points', note: 'CSV', run: () => download(title, 'csv', 'text/csv', reasoningCsv(result)) },
            {
              title: 'Tables',
              note: 'Markdown',
              run: () => download(title, 'md', 'text/markdown', reasoningMarkdown(result)),
            },
            { title: 'Plot', note: 'SVG', run: drawn(saveSvg) },
            { title: 'Plot as a picture', note: 'PNG', run: drawn(savePng) },
          ]}
        />
      )}
      <button type="button" className="button outlined" onClick={newMeasurement}>
        New measurement
      </button>
    </div>
  );
}

function Claims({ result: { claims } }: { result: Reasoning }) {
  if (claims.length === 0) return null;
  return (
    <section className="compute-claims" aria-labelledby="compute-claims">
      <h3 id="compute-claims">What is claimed, and what was found</h3>
      <ul>
        {claims.map(({ claim, found, holds, low, high, differs }) => (
          <li key={claim} data-holds={holds}>
            <b>{holds ? 'Holds' : 'Does not hold'}</b>
            <span>
              {claim}
              <small>
                {found} (95 % interval <span className="num">{`${signed(low)} to ${signed(high)}`}</span>
                {!differs && ', which holds 0: no difference to speak of'})
              </small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const signed = (share: number) => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)}`;

/** The claims stand above them. */
function Tables({ result }: { result: Reasoning }) {
  return reasoningTables({ ...result, claims: [] }).map(({ title, head, rows }) => (
    <section key={title} className="compare-table" aria-label={title}>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            {head.map((cell) => (
              <th key={cell} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name = '', ...cells]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, place) => (
                <td key={head[place + 1]} className="num">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  ));
}

function How({ result: { how, points } }: { result: Reasoning }) {
  const { data, split, n, seed, models, pool, resamples, complete, platform, cpu } = how;
  const named = Object.entries(models).map(([node, model]) => `${node} ${model}`);
  return (
    <p className="compare-how dim">
      {complete ? whole(n) : `${whole(points[0]?.n ?? 0)} of ${whole(n)}`} problems of {data}
      {split && ` (${split})`}, seed {seed}; {named.join(', ')}. Strategies that only sample choose among the same{' '}
      <span className="num">{pool}</span> candidates of a problem; of these every k, one after another, are a try with a
      budget of k. Intervals are Wilson’s where each problem was tried once, else from {whole(resamples)} bootstrap
      resamples of the problems; differences are taken within problems. {cpu}, {platform}.
      {!complete && ' It did not run to its end: points hold the problems that every strategy finished.'}
    </p>
  );
}
