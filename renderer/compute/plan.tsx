import { useEffect, useState } from 'react';
import type { ReasoningPlan, ReasoningTime } from '../../electron/backend/reasoning/news.ts';
import type { ReasoningRequest } from '../../electron/backend/reasoning/schema.ts';
import { backend } from '../backend/client.ts';
import { type Asked, sentence } from '../ui/asked.ts';
import { duration, whole } from '../ui/format.ts';

interface PlanProps {
  readonly request: ReasoningRequest | string;
  readonly plan: Asked<ReasoningPlan>;
}

/** How many searches, and how long they take. */
export function PlanCard({ request, plan: { answer: plan, error } }: PlanProps) {
  return (
    <section aria-labelledby="compute-plan" aria-live="polite" className="compare-plan">
      <h3 id="compute-plan">Searches and time</h3>
      {error !== undefined && <p className="compare-problem">{error}</p>}
      {error === undefined && !plan && <p className="dim">Counting…</p>}
      {plan && typeof request !== 'string' && (
        <>
          <p>
            <b className="num">{whole(plan.searches)}</b> searches for <b className="num">{whole(plan.problems)}</b>{' '}
            problems
          </p>
          <p className="dim">
            Strategies that only sample choose among the same candidates, so that what tells them apart is the choice
            alone.
          </p>
          <Times key={JSON.stringify([request, plan.strategies])} request={request} plan={plan} />
        </>
      )}
    </section>
  );
}

/** Measured when it is asked for: it takes as long as all searches of one problem. */
function Times({ request, plan }: { request: ReasoningRequest; plan: ReasoningPlan }) {
  const [wanted, setWanted] = useState(false);
  const [time, setTime] = useState<ReasoningTime>();
  const [error, setError] = useState<string>();
  const key = JSON.stringify({ ...request, strategies: plan.strategies });
  useEffect(() => {
    if (!wanted) return;
    const over = new AbortController();
    const measure = async () => {
      try {
        for await (const news of await backend().reasoning.estimate(JSON.parse(key), { signal: over.signal }))
          setTime(news);
      } catch (reason) {
        if (!over.signal.aborted) setError(sentence(reason));
      }
    };
    void measure();
    return () => over.abort();
  }, [key, wanted]);
  if (error !== undefined) return <p className="compare-problem">{error}</p>;
  if (!wanted)
    return (
      <p>
        <button type="button" className="button outlined" onClick={() => setWanted(true)}>
          Measure how long it takes
        </button>
        <small className="dim">Searches for one more problem in every way</small>
      </p>
    );
  if (!time || time.done < time.of)
    return (
      <p className="dim">
        Measuring one problem: <span className="num">{time?.done ?? 0}</span> of{' '}
        <span className="num">{time?.of ?? '…'}</span> searches
      </p>
    );
  return (
    <p>
      About <b className="num">{duration(time.ms * plan.problems)}</b>
      <small className="dim">
        One problem took <span className="num">{duration(time.ms)}</span> on this machine
      </small>
    </p>
  );
}
