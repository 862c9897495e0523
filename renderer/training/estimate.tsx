import { useEffect, useState } from 'react';
import type { TrainingEstimate } from '../../electron/backend/training/events.ts';
import type { ConnectorRecipe } from '../../nodes/training/recipe.ts';
import { evaluationEvery } from '../../nodes/training/schedule.ts';
import { backend, messageOf } from '../backend/client.ts';
import { hintOf } from '../store/ui.ts';
import { count, duration, whole } from '../ui/format.ts';

export interface Measured {
  readonly estimate?: TrainingEstimate;
  /** Why it could not be measured. */
  readonly error?: string;
}

/** A pause in which more choices may be made before it is measured. */
const QUIET_MS = 300;

/** What the recipe's training would take; measured anew whenever the recipe is another, nothing until then. */
export function useEstimate(recipe: ConnectorRecipe): Measured {
  const [measured, setMeasured] = useState<Measured & { readonly key: string }>();
  const key = JSON.stringify(recipe);
  useEffect(() => {
    const over = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const estimate = await backend().training.estimate({ recipe: JSON.parse(key) }, { signal: over.signal });
        setMeasured({ key, estimate });
      } catch (error) {
        if (!over.signal.aborted)
          setMeasured({ key, error: [messageOf(error), hintOf(error)].filter(Boolean).join(' ') });
      }
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [key]);
  return measured?.key === key ? measured : {};
}

/** `steps`: undefined while what is typed is no number of them. */
export function Estimate({ measured: { estimate, error }, steps }: { measured: Measured; steps: number | undefined }) {
  return (
    <div className="train-estimate" aria-live="polite">
      {error ?? (estimate ? <Timed estimate={estimate} steps={steps} /> : 'Measuring how long it takes…')}
    </div>
  );
}

function Timed({ estimate, steps }: { estimate: TrainingEstimate; steps: number | undefined }) {
  if (steps === undefined) return 'How long it takes stands here once the steps are a whole number.';
  return <Duration estimate={estimate} steps={steps} />;
}

function Duration({ estimate, steps }: { estimate: TrainingEstimate; steps: number }) {
  const { trained, beforeSeconds, stepSeconds, evaluationSeconds } = estimate;
  // The last evaluation is done once more, with the pictures of other scenes.
  const askingSeconds = (Math.ceil(steps / evaluationEvery(steps)) + 1) * evaluationSeconds;
  const seconds = beforeSeconds + steps * stepSeconds + askingSeconds;
  return (
    <>
      About <b className="num">{duration(1000 * seconds)}</b>; <b className="num">{count(trained)}</b> parameters train.
      <p className="dim">
        <span className="num">{duration(1000 * beforeSeconds)}</span> to look at the pictures once,{' '}
        <span className="num">{whole(steps)}</span> steps of <span className="num">{duration(1000 * stepSeconds)}</span>
        , <span className="num">{duration(1000 * askingSeconds)}</span> to ask held-out questions: some pictures and
        three steps were timed just now on this machine.
      </p>
    </>
  );
}
