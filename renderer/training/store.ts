import { create } from 'zustand';
import type { TrainingEvent } from '../../electron/backend/training/events.ts';
import type { ConnectorRecipe } from '../../nodes/training/recipe.ts';
import { whole } from '../ui/format.ts';

type EventOf<Type extends TrainingEvent['type']> = Extract<TrainingEvent, { type: Type }>;

/** The training under way, or the last one until it is put away: what it has said. */
export interface Training {
  readonly id: string;
  readonly recipe: ConnectorRecipe;
  /** The node that it was started from, in the document that was open then. */
  readonly node?: string;
  readonly preparing?: EventOf<'training-preparing'>;
  readonly started?: EventOf<'training-started'>;
  readonly steps: readonly EventOf<'training-step'>[];
  readonly evaluations: readonly EventOf<'training-evaluated'>[];
  readonly saved: boolean;
  /** The node that was given what came out. */
  readonly heldBy?: string;
  readonly stopping: boolean;
  readonly done?: EventOf<'training-done'>;
}

export const useTraining = create<{ readonly training?: Training }>(() => ({}));

export function begun(id: string, recipe: ConnectorRecipe, node?: string): Training {
  return { id, recipe, ...(node !== undefined && { node }), steps: [], evaluations: [], saved: false, stopping: false };
}

/** The training after it said something. */
export function heard(training: Training, event: TrainingEvent): Training {
  switch (event.type) {
    case 'training-preparing':
      return { ...training, preparing: event };
    case 'training-started':
      return { ...training, started: event };
    case 'training-step':
      return { ...training, steps: [...training.steps, event] };
    case 'training-evaluated':
      return { ...training, evaluations: [...training.evaluations, event] };
    case 'training-saved':
      return { ...training, saved: true };
    case 'training-done':
      return { ...training, done: event };
  }
}

/** In a few words, for where there is little room. */
export function progressWords({ recipe, preparing, started, steps, stopping, done }: Training): string {
  const last = steps.at(-1);
  if (done) return { finished: 'trained', stopped: 'stopped', failed: 'failed' }[done.status];
  if (stopping) return 'stopping…';
  if (last) return `step ${whole(last.step)} of ${whole(recipe.schedule.steps)}`;
  if (started || !preparing) return 'starting…';
  return `${preparing.label.toLowerCase()}, ${Math.round((100 * preparing.done) / preparing.of)} %`;
}
