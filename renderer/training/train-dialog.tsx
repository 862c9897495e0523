import { lazy, Suspense, useEffect } from 'react';
import type { Accuracy, TrainingEvent } from '../../electron/backend/training/events.ts';
import { startRun } from '../runs/actions.ts';
import { duration, significant, whole } from '../ui/format.ts';
import { closeModal, closeThen, Modal } from '../ui/modal.tsx';
import { Trouble } from '../ui/trouble.tsx';
import { putAway, stopTraining } from './actions.ts';
import { progressWords, type Training, useTraining } from './store.ts';
import { TrainForm } from './train-form.tsx';

const Charts = lazy(() => import('./charts.tsx'));

/** The training under way, whatever the node; without one, the choices for training `node`. */
export function TrainDialog({ node }: { node?: string }) {
  const training = useTraining((state) => state.training);
  useEffect(() => putAway, []);
  if (training) return <Progress training={training} />;
  return node === undefined ? null : <TrainForm node={node} />;
}

function Progress({ training }: { training: Training }) {
  const { recipe, steps, evaluations, done } = training;
  return (
    <Modal title={`${done && done.status !== 'failed' ? 'Trained' : 'Training'} ${recipe.name}`} wide>
      <Phase training={training} />
      {steps.length + evaluations.length === 0 ? (
        <p className="curves-none dim">Loss and held-out answers are drawn here from the first step on.</p>
      ) : (
        <Suspense fallback={<div className="curves" />}>
          <Charts training={training} />
        </Suspense>
      )}
      <Kinds evaluation={evaluations.at(-1)} />
      <Actions training={training} />
    </Modal>
  );
}

function Phase({ training }: { training: Training }) {
  const { recipe, preparing, started, steps, saved, stopping, done } = training;
  const last = steps.at(-1);
  if (done?.status === 'failed') return <Trouble message={done.message ?? 'The training failed.'} hint={done.hint} />;
  const [value, max] = started ? [last?.step ?? 0, recipe.schedule.steps] : [preparing?.done ?? 0, preparing?.of ?? 1];
  return (
    <>
      <p className="train-phase" role="status">
        <span>{done ? doneWords(training) : sentence(progressWords(training))}</span>
        {last && stopping && !done && (
          <span className="dim">held-out questions are asked once more, then it is saved</span>
        )}
        {last && !stopping && !done && (
          <>
            <span className="dim">
              loss <span className="num">{significant(last.loss)}</span>
            </span>
            <span className="dim">
              <span className="num">{significant(last.stepsPerSecond)}</span> steps/s
            </span>
            <span className="dim">
              about <span className="num">{duration(1000 * last.secondsLeft)}</span> left
            </span>
          </>
        )}
      </p>
      <progress className="train-progress" value={done && saved ? 1 : value} max={done && saved ? 1 : max} />
    </>
  );
}

function doneWords({ recipe, heldBy, evaluations, saved }: Training): string {
  if (!saved) return 'Stopped before the first step: nothing was saved.';
  const where =
    heldBy === undefined ? 'Choose it in the model list of a node that it fits.' : `${heldBy} holds it now.`;
  return `trained:${recipe.name} is saved after ${whole(evaluations.at(-1)?.step ?? 0)} steps. ${where}`;
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** Accuracy by kind of question; beside it, at the end, what it is with pictures of other scenes. */
function Kinds({ evaluation }: { evaluation?: Extract<TrainingEvent, { type: 'training-evaluated' }> }) {
  const { accuracy, blind } = evaluation ?? {};
  if (!accuracy) return null;
  const rows: [string, Pick<Accuracy, 'n' | 'right'>, Pick<Accuracy, 'n' | 'right'> | undefined][] = [
    ['all', accuracy, blind],
    ...Object.entries(accuracy.kinds)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, score]) => [kind, score, blind?.kinds[kind]] as (typeof rows)[number]),
  ];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: where it is longer than its room, keys scroll it
    <section className="train-kinds" aria-label="Accuracy by kind of question" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Held-out questions</th>
            <th scope="col">Right</th>
            <th scope="col" title="The same questions with another scene's picture: what a guess is worth">
              Blind
            </th>
            <th scope="col">Asked</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([kind, score, unseen]) => (
            <tr key={kind} data-kind={kind}>
              <td>{kind}</td>
              <td className="num">{percent(score)}</td>
              <td className="num dim">{unseen ? percent(unseen) : '–'}</td>
              <td className="num dim">{whole(score.n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const percent = ({ n, right }: Pick<Accuracy, 'n' | 'right'>) => `${((100 * right) / n).toFixed(1)} %`;

function Actions({ training: { steps, done, heldBy, stopping } }: { training: Training }) {
  return (
    <div className="modal-actions end">
      {done ? (
        <>
          <button type="button" className="button outlined" onClick={closeModal}>
            Close
          </button>
          {heldBy !== undefined && (
            <button type="button" className="button primary" onClick={closeThen(() => void startRun())}>
              Run the graph
            </button>
          )}
        </>
      ) : (
        <>
          <button type="button" className="button outlined" disabled={stopping} onClick={() => void stopTraining()}>
            {stopping ? 'Stopping…' : steps.length > 0 ? 'Stop and save' : 'Stop'}
          </button>
          <button type="button" className="button outlined" onClick={closeModal}>
            Go on in the background
          </button>
        </>
      )}
    </div>
  );
}
