import { useEffect, useState } from 'react';
import {
  connectorRecipe,
  type DrawnConnector,
  freeName,
  type TrainingChoices,
} from '../../nodes/training/from-graph.ts';
import { messageOf } from '../backend/client.ts';
import { useCheck } from '../store/check.ts';
import { useDocument } from '../store/document.ts';
import { listTrained, useTrained } from '../store/trained.ts';
import { report } from '../store/ui.ts';
import { closeModal, Modal } from '../ui/modal.tsx';
import { SelectRow, TextRow } from '../ui/rows.tsx';
import { startTraining, trainable } from './actions.ts';
import { Estimate, useEstimate } from './estimate.tsx';

export function TrainForm({ node }: { node: string }) {
  const document = useDocument((state) => state.document);
  const nodes = useCheck((state) => state.nodes);
  const drawn = trainable(document, node, nodes);
  useEffect(() => void listTrained(), []);
  return (
    <Modal title={`Train ${document.nodes[node]?.title ?? node}`}>
      {drawn instanceof Error ? <p>{drawn.message}</p> : <Choices node={node} drawn={drawn} />}
    </Modal>
  );
}

const WORLDS: Readonly<Record<string, TrainingChoices['worlds']>> = {
  both: ['shapes', 'digits'],
  shapes: ['shapes'],
  digits: ['digits'],
};

function Choices({ node, drawn }: { node: string; drawn: DrawnConnector }) {
  const taken = useTaken();
  const [typed, setTyped] = useState<string>();
  const [data, setData] = useState('both');
  const [steps, setSteps] = useState('1000');
  const [unfreeze, setUnfreeze] = useState(false);
  const [continues, setContinues] = useState(drawn.held !== undefined);
  const [starting, setStarting] = useState(false);
  const name = typed ?? freeName(drawn.connector.kind, taken);
  const recipeOf = (more: Partial<TrainingChoices> & { name: string; steps: number }) =>
    connectorRecipe(drawn, { worlds: WORLDS[data] ?? [], unfreeze, continues, ...more });
  const nameProblem = takenProblem(name, unfreeze, taken) ?? problemOf(() => recipeOf({ name, steps: 1 }));
  const stepsProblem = /^[1-9]\d{0,6}$/.test(steps) ? undefined : 'Expected a whole number from 1 to 9,999,999.';
  // Of any number of steps, so that it is not measured anew for each digit that is typed; where it starts takes no time.
  const measured = useEstimate(recipeOf({ name: 'estimate', steps: 1000, continues: false }));
  const ready = measured.estimate !== undefined && nameProblem === undefined && stepsProblem === undefined;
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
        <TextRow title="Name" value={name} set={setTyped} problem={nameProblem} note={`Kept as trained:${name}`} />
        <TextRow
          title="Steps"
          value={steps}
          set={setSteps}
          problem={stepsProblem}
          note="Stop earlier whenever you like"
          numeric
        />
        <SelectRow
          title="Data"
          value={data}
          set={setData}
          choices={[
            ['both', 'Shapes and digits'],
            ['shapes', 'Shapes'],
            ['digits', 'Digits'],
          ]}
          note="Scenes that are drawn for it; others are held out"
        />
        <SelectRow
          title={`LLM, ${drawn.llm}`}
          value={unfreeze ? 'trains' : 'frozen'}
          set={(value) => setUnfreeze(value === 'trains')}
          choices={[
            ['frozen', 'Frozen'],
            ['trains', 'Trains too (LLaVA’s second stage)'],
          ]}
          note={`The encoder, ${drawn.encoder}, stays frozen`}
        />
        {drawn.held !== undefined && <GoesOn held={drawn.held} continues={continues} set={setContinues} />}
      </div>
      <Estimate measured={measured} steps={stepsProblem === undefined ? Number(steps) : undefined} />
      <div className="modal-actions end">
        <button type="button" className="button outlined" onClick={closeModal}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={starting || !ready}>
          {starting ? 'Starting…' : 'Start'}
        </button>
      </div>
    </form>
  );
}

interface GoesOnProps {
  readonly held: string;
  readonly continues: boolean;
  readonly set: (continues: boolean) => void;
}

function GoesOn({ held, continues, set }: GoesOnProps) {
  return (
    <div className="param inline whole">
      <label htmlFor="train-continues">Go on from the weights of {held}</label>
      <input
        id="train-continues"
        type="checkbox"
        role="switch"
        className="switch"
        checked={continues}
        aria-checked={continues}
        onChange={({ target }) => set(target.checked)}
      />
    </div>
  );
}

/** Names that models have already. */
function useTaken(): ReadonlySet<string> {
  const entries = useTrained((state) => state.entries);
  return new Set(entries.map(({ reference }) => reference.slice('trained:'.length)));
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
