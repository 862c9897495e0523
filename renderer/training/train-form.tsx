import { type ReactNode, useEffect, useId, useState } from 'react';
import type { TrainingEstimate } from '../../electron/backend/training/events.ts';
import {
  connectorRecipe,
  type DrawnConnector,
  freeName,
  type TrainingChoices,
} from '../../nodes/training/from-graph.ts';
import type { ConnectorRecipe } from '../../nodes/training/recipe.ts';
import { evaluationEvery } from '../../nodes/training/schedule.ts';
import { backend, messageOf } from '../backend/client.ts';
import { useCheck } from '../store/check.ts';
import { useDocument } from '../store/document.ts';
import { listTrained, useTrained } from '../store/trained.ts';
import { report } from '../store/ui.ts';
import { count, duration, whole } from '../ui/format.ts';
import { closeModal, Modal } from '../ui/modal.tsx';
import { startTraining, trainable } from './actions.ts';

export function TrainForm({ node }: { node: string }) {
  const document = useDocument((state) => state.document);
  const nodes = useCheck((state) => state.nodes);
  const drawn = trainable(document, node, nodes);
  useEffect(() => void listTrained(), []);
  return (
    <Modal title={`Train ${document.nodes[node]?.title ?? node}`}>
      {typeof drawn === 'string' ? <p>{drawn}</p> : <Choices node={node} drawn={drawn} />}
    </Modal>
  );
}

const DATA: readonly { readonly label: string; readonly worlds: TrainingChoices['worlds'] }[] = [
  { label: 'Shapes and digits', worlds: ['shapes', 'digits'] },
  { label: 'Shapes', worlds: ['shapes'] },
  { label: 'Digits', worlds: ['digits'] },
];

function Choices({ node, drawn }: { node: string; drawn: DrawnConnector }) {
  const entries = useTrained((state) => state.entries);
  const taken = new Set(entries.map(({ reference }) => reference.slice('trained:'.length)));
  const [typed, setTyped] = useState<string>();
  const [data, setData] = useState(0);
  const [steps, setSteps] = useState('600');
  const [unfreeze, setUnfreeze] = useState(false);
  const [continues, setContinues] = useState(drawn.held !== undefined);
  const [starting, setStarting] = useState(false);
  const name = typed ?? freeName(drawn.connector.kind, taken);
  const choices = { worlds: DATA[data]?.worlds ?? [], unfreeze, continues };
  const recipeOf = (more: { name: string; steps: number }) => connectorRecipe(drawn, { ...choices, ...more });
  const nameProblem = takenProblem(name, unfreeze, taken) ?? problemOf(() => recipeOf({ name, steps: 1 }));
  const stepsProblem = /^[1-9]\d{0,6}$/.test(steps) ? undefined : 'Expected a whole number from 1 to 9,999,999.';
  const { estimate, error } = useEstimate(recipeOf({ name: 'estimate', steps: 1000 }));
  const start = async () => {
    setStarting(true);
    try {
      await startTraining(recipeOf({ name, steps: Number(steps) }), node);
    } catch (reason) {
      report(reason);
      setStarting(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <div className="train-form">
        <Row title="Name" problem={nameProblem} note={`Kept as trained:${name}`}>
          {(id) => (
            <input
              id={id}
              className="field"
              value={name}
              aria-invalid={nameProblem !== undefined}
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </Row>
        <Row title="Steps" problem={stepsProblem} note="Stop earlier whenever you like">
          {(id) => (
            <input
              id={id}
              className="field num"
              inputMode="numeric"
              value={steps}
              aria-invalid={stepsProblem !== undefined}
              onChange={({ target }) => setSteps(target.value)}
            />
          )}
        </Row>
        <Row title="Data" note="Scenes that are drawn for it; others are held out">
          {(id) => (
            <select id={id} className="field" value={data} onChange={({ target }) => setData(Number(target.value))}>
              {DATA.map(({ label }, i) => (
                <option key={label} value={i}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Row>
        <Row title={`LLM, ${drawn.llm}`} note={`The encoder, ${drawn.encoder}, stays frozen`}>
          {(id) => (
            <select
              id={id}
              className="field"
              value={String(unfreeze)}
              onChange={({ target }) => setUnfreeze(target.value === 'true')}
            >
              <option value="false">Frozen</option>
              <option value="true">Trains too (LLaVA’s second stage)</option>
            </select>
          )}
        </Row>
        {drawn.held !== undefined && (
          <div className="param inline whole">
            <label htmlFor="train-continues">Go on from the weights of {drawn.held}</label>
            <input
              id="train-continues"
              type="checkbox"
              role="switch"
              className="switch"
              checked={continues}
              aria-checked={continues}
              onChange={({ target }) => setContinues(target.checked)}
            />
          </div>
        )}
      </div>
      <div className="train-estimate" aria-live="polite">
        {error ??
          (estimate ? <Estimate estimate={estimate} steps={Number(steps) || 0} /> : 'Measuring how long it takes…')}
      </div>
      <div className="modal-actions end">
        <button type="button" className="button outlined" onClick={closeModal}>
          Cancel
        </button>
        <button
          type="submit"
          className="button primary"
          disabled={starting || !estimate || nameProblem !== undefined || stepsProblem !== undefined}
        >
          {starting ? 'Starting…' : 'Start'}
        </button>
      </div>
    </form>
  );
}

interface RowProps {
  readonly title: string;
  readonly note: string;
  readonly problem?: string;
  readonly children: (id: string) => ReactNode;
}

function Row({ title, note, problem, children }: RowProps) {
  const id = useId();
  return (
    <div className="param">
      <label htmlFor={id}>{title}</label>
      {children(id)}
      <p className={problem ? 'param-problem' : 'param-doc'}>{problem ?? note}</p>
    </div>
  );
}

function Estimate({ estimate, steps }: { estimate: TrainingEstimate; steps: number }) {
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

/** A pause in which more choices may be made before it is measured. */
const QUIET_MS = 300;

/** What the recipe's training would take; measured anew when that which matters for it changes. */
function useEstimate(recipe: ConnectorRecipe): { readonly estimate?: TrainingEstimate; readonly error?: string } {
  const [measured, setMeasured] = useState<{ key: string; estimate?: TrainingEstimate; error?: string }>();
  const key = JSON.stringify(recipe);
  useEffect(() => {
    const over = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const estimate = await backend().training.estimate({ recipe: JSON.parse(key) }, { signal: over.signal });
        setMeasured({ key, estimate });
      } catch (error) {
        if (!over.signal.aborted) setMeasured({ key, error: messageOf(error) });
      }
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [key]);
  return measured?.key === key ? measured : {};
}

function takenProblem(name: string, unfreeze: boolean, taken: ReadonlySet<string>): string | undefined {
  const there = [name, ...(unfreeze ? [`${name}-llm`] : [])].find((one) => taken.has(one));
  return there === undefined ? undefined : `trained:${there} is there already: choose another name.`;
}

/** What a recipe says against its name. */
function problemOf(make: () => unknown): string | undefined {
  try {
    make();
    return undefined;
  } catch (error) {
    return messageOf(error).replace(/^name: e/, 'E');
  }
}
