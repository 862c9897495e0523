import { type ReactNode, useId, useState } from 'react';
import type { Asked } from '../ui/asked.ts';
import { Earlier } from './earlier.tsx';
import type { Measurements } from './measurements.ts';

interface FormProps {
  readonly measurements: Measurements;
  readonly start: () => Promise<void>;
  readonly plan: Asked<unknown>;
  readonly planTitle: string;
  /** What is to be chosen before there is a plan. */
  readonly first?: string;
  /** What the plan says, once there is one. */
  readonly planned: ReactNode;
  /** What is chosen. */
  readonly children: ReactNode;
}

/** What to measure; beside it how long that takes, and what was measured earlier. */
export function MeasuredForm({ measurements, start, plan, planTitle, first, planned, children }: FormProps) {
  const [starting, setStarting] = useState(false);
  const heading = useId();
  const submit = async () => {
    setStarting(true);
    await start();
    setStarting(false);
  };
  return (
    <form
      className="compare-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {children}
      <div className="compare-side">
        <section aria-labelledby={heading} aria-live="polite" className="compare-plan">
          <h3 id={heading}>{planTitle}</h3>
          {first === undefined ? <Said plan={plan} /> : <p className="dim">{first}</p>}
          {planned}
        </section>
        <button
          type="submit"
          className="button primary compare-start"
          disabled={starting || first !== undefined || !plan.answer}
        >
          {starting ? 'Starting…' : 'Start'}
        </button>
        <Earlier measurements={measurements} />
      </div>
    </form>
  );
}

function Said({ plan: { error, answer } }: { plan: Asked<unknown> }) {
  if (error !== undefined) return <p className="compare-problem">{error}</p>;
  return answer ? null : <p className="dim">Counting…</p>;
}
