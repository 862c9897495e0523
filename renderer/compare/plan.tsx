import { useState } from 'react';
import type { ComparisonPlan } from '../../electron/backend/comparison/news.ts';
import type { ComparisonRequest } from '../../electron/backend/comparison/schema.ts';
import { type Backend, backend } from '../backend/client.ts';
import { MeasureTimes } from '../measured/measure-times.tsx';
import { useTimes } from '../measured/times.ts';
import { type Asked, QUIET_MS, useAsked } from '../ui/asked.ts';
import { bytes, duration, whole } from '../ui/format.ts';

const planOf = (request: ComparisonRequest) => backend().comparison.plan(request);

/** What a request makes. */
export const usePlan = (request: ComparisonRequest | string): Asked<ComparisonPlan> => useAsked(request, planOf);

/** Above this a graph is not loaded before somebody wants it. */
const MUCH_BYTES = 1.5 * 1024 ** 3;

/** How many runs, and how long they take. */
export function Runs({ request, plan }: { request: ComparisonRequest; plan: ComparisonPlan }) {
  const { variants, data } = plan;
  const runs = variants.reduce((sum, variant) => sum + variant.runs, 0);
  const timed = variants.length * (data?.n ?? 1) * request.repeat;
  const unasked = variants.filter(({ asked }) => !asked);
  return (
    <>
      <p>
        <b className="num">{whole(runs)}</b> runs of <b className="num">{variants.length}</b> graphs
      </p>
      <p className="dim">
        <span className="num">
          {variants.length}
          {data && ` × ${whole(data.n)} questions`} × {request.repeat} {request.repeat === 1 ? 'round' : 'rounds'} ={' '}
          {whole(timed)}
        </span>
        {runs > timed && (
          <>
            , and <span className="num">{whole(runs - timed)}</span> blind
          </>
        )}
        . Graphs take turns, so that what the machine does meanwhile hits all alike.
      </p>
      {data && request.data && 'path' in request.data && (
        <p className="dim">
          <span className="num">{whole(data.n)}</span> questions of {data.name}
          {!data.blind && request.blind && '; blind needs a second picture, so none is asked blind'}.
        </p>
      )}
      {data && unasked.length > 0 && (
        <p className="dim">
          {unasked.map(({ graph }) => graph).join(', ')} {unasked.length > 1 ? 'have' : 'has'} no LLM: speed and size
          alone.
        </p>
      )}
      <Times key={JSON.stringify(request)} request={request} plan={plan} />
    </>
  );
}

const timesOf: Backend['comparison']['estimate'] = (request, options) =>
  backend().comparison.estimate(request, options);

/** Measured by itself where that is quick, else when it is asked for. */
function Times({ request, plan: { variants } }: { request: ComparisonRequest; plan: ComparisonPlan }) {
  const most = Math.max(...variants.map(({ peakBytes }) => peakBytes));
  const [wanted, setWanted] = useState(most < MUCH_BYTES);
  const { times, error } = useTimes(request, timesOf, wanted, QUIET_MS);
  if (!wanted)
    return (
      <MeasureTimes onWanted={() => setWanted(true)}>
        Loads each graph; the largest takes <span className="num">{bytes(most)}</span>
      </MeasureTimes>
    );
  if (error !== undefined) return <p className="compare-problem">{error}</p>;
  if (times.length < variants.length)
    return (
      <p className="dim">
        Measuring a run of {variants[times.length]?.graph}: <span className="num">{times.length}</span> of{' '}
        <span className="num">{variants.length}</span> graphs timed
      </p>
    );
  const ms = variants.reduce((sum, { runs }, i) => sum + runs * (times[i]?.ms ?? 0), 0);
  return (
    <>
      <p>
        About <b className="num">{duration(ms)}</b>
      </p>
      <p className="dim">Measured on this machine: one warm run of each graph, times the runs it has.</p>
    </>
  );
}
