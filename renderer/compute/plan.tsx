import { useState } from 'react';
import type { ReasoningPlan } from '../../electron/backend/reasoning/news.ts';
import type { ReasoningRequest } from '../../electron/backend/reasoning/schema.ts';
import { type Backend, backend } from '../backend/client.ts';
import { MeasureTimes } from '../measured/measure-times.tsx';
import { useTimes } from '../measured/times.ts';
import { duration, whole } from '../ui/format.ts';

/** How many searches, and how long they take. */
export function Searches({ request, plan }: { request: ReasoningRequest; plan: ReasoningPlan }) {
  return (
    <>
      <p>
        <b className="num">{whole(plan.searches)}</b> searches for <b className="num">{whole(plan.problems)}</b>{' '}
        problems
      </p>
      <p className="dim">
        Strategies that only sample choose among the same candidates, so that what tells them apart is the choice alone.
      </p>
      <Times
        key={JSON.stringify([request, plan.strategies])}
        request={{ ...request, strategies: plan.strategies }}
        problems={plan.problems}
      />
    </>
  );
}

const timesOf: Backend['reasoning']['estimate'] = (request, options) => backend().reasoning.estimate(request, options);

/** Measured when it is asked for: it takes as long as all searches of one problem. */
function Times({ request, problems }: { request: ReasoningRequest; problems: number }) {
  const [wanted, setWanted] = useState(false);
  const { times, error } = useTimes(request, timesOf, wanted, 0);
  const time = times.at(-1);
  if (error !== undefined) return <p className="compare-problem">{error}</p>;
  if (!wanted)
    return <MeasureTimes onWanted={() => setWanted(true)}>Searches for one more problem in every way</MeasureTimes>;
  if (!time || time.done < time.of)
    return (
      <p className="dim">
        Measuring one problem: <span className="num">{time?.done ?? 0}</span> of{' '}
        <span className="num">{time?.of ?? '…'}</span> searches
      </p>
    );
  return (
    <p>
      About <b className="num">{duration(time.ms * problems)}</b>
      <small className="dim">
        One problem took <span className="num">{duration(time.ms)}</span> on this machine
      </small>
    </p>
  );
}
