import { lazy, memo, type Ref, Suspense, useRef } from 'react';
import type { Reasoning } from '../../graphs/reasoning.ts';
import { reasoningCsv, reasoningMarkdown, reasoningTables } from '../../graphs/reasoning-text.ts';
import { ExportMenu, MeasuredResult, Progress } from '../measured/measured-result.tsx';
import { whole } from '../ui/format.ts';
import { measurements } from './actions.ts';
import { labelOf } from './names.ts';
import type { ShownReasoning } from './store.ts';

const Curves = lazy(() => import('./curves.tsx'));

/** A measurement under way, or what came of one. */
export function ComputeResult({ shown }: { shown: ShownReasoning }) {
  const { id, title, result } = shown;
  const plots = useRef<HTMLDivElement>(null);
  const unit = id === undefined ? 'problems' : 'searches';
  return (
    <MeasuredResult
      shown={shown}
      measurements={measurements}
      progress={<Progress measurements={measurements} shown={shown} unit={unit} />}
      exports={
        result && (
          <ExportMenu
            title={title}
            result={result}
            rows="Points"
            drawing="Plot"
            csvOf={reasoningCsv}
            markdownOf={reasoningMarkdown}
            plots={plots}
          />
        )
      }
      another={() => measurements.showForm()}
    >
      {result && result.points.length > 0 ? (
        <Findings result={result} plots={plots} />
      ) : (
        shown.status === 'running' && (
          <p className="dim">Points are drawn as soon as every strategy has solved a problem.</p>
        )
      )}
    </MeasuredResult>
  );
}

/** Drawn anew for a new result alone: news of progress come more often than it could be drawn. */
const Findings = memo(({ result, plots }: { result: Reasoning; plots: Ref<HTMLDivElement> }) => (
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
));

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
  return reasoningTables({ ...result, claims: [] }, labelOf).map(({ title, head, rows }) => (
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
      {!complete && ' Not finished: points hold the problems that every strategy finished.'}
    </p>
  );
}
