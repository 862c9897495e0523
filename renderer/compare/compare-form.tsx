import { MeasuredForm } from '../measured/measured-form.tsx';
import { useDocument } from '../store/document.ts';
import { showDialog } from '../store/ui.ts';
import { SelectRow, TextRow } from '../ui/rows.tsx';
import { comparisons, requestOf, startComparison } from './actions.ts';
import { GraphChoice } from './graph-choice.tsx';
import { Runs, usePlan } from './plan.tsx';
import { type ChosenData, choose, useCompare } from './store.ts';
import { SweepChoice } from './sweep-choice.tsx';

/** What to compare, on what, and how long that takes. */
export function CompareForm() {
  const choices = useCompare((state) => state.choices);
  // The graph on the canvas is part of what is asked for.
  useDocument((state) => state.document);
  const request = requestOf(choices);
  const plan = usePlan(request);
  const enough = choices.graphs.length > 1 || (choices.graphs.length === 1 && choices.sweeps.length > 0);
  const start = async () => {
    if (typeof request !== 'string') await startComparison(request);
  };
  return (
    <MeasuredForm
      measurements={comparisons}
      start={start}
      plan={plan}
      planTitle="Runs and time"
      first={enough ? undefined : 'Choose two graphs at least, or one and a parameter to sweep.'}
      planned={enough && plan.answer && typeof request !== 'string' && <Runs request={request} plan={plan.answer} />}
    >
      <GraphChoice />
      <div className="compare-choices">
        <SweepChoice />
        <DataChoice />
      </div>
    </MeasuredForm>
  );
}

function DataChoice() {
  const { data, path, n, repeat, seed, blind } = useCompare((state) => state.choices);
  const asked = data !== 'none';
  return (
    <section aria-labelledby="compare-data">
      <h3 id="compare-data">Data and measures</h3>
      <div className="compare-pair">
        <SelectRow
          title="Questions"
          value={data}
          set={(value) => choose({ data: value as ChosenData })}
          choices={[
            ['shapes', 'Coloured shapes'],
            ['digits', 'Handwritten digits'],
            ['visual-arithmetic', 'Arithmetic with digits'],
            ['own', 'My own folder or CSV'],
            ['none', 'None: speed and size alone'],
          ]}
          note={NOTES[data]}
        />
        {asked && (
          <TextRow
            title="How many"
            value={n}
            set={(value) => choose({ n: value })}
            note="The same for all graphs"
            numeric
          />
        )}
      </div>
      {data === 'own' && (
        <div className="compare-path">
          <TextRow
            title="File or folder"
            value={path}
            set={(value) => choose({ path: value })}
            note="A CSV file with the columns image, question, answer (and kind), or the folder that holds it. Pictures are looked for beside it."
          />
          <button
            type="button"
            className="button outlined"
            onClick={() => showDialog({ type: 'pick', what: 'data', picked: (found) => choose({ path: found }) })}
          >
            Browse…
          </button>
        </div>
      )}
      <div className="compare-pair">
        <TextRow
          title="Rounds"
          value={repeat}
          set={(value) => choose({ repeat: value })}
          note={asked ? 'Timed runs of each graph on each question' : 'Timed runs of each graph'}
          numeric
        />
        <TextRow
          title="Seed"
          value={seed}
          set={(value) => choose({ seed: value })}
          note="Draws other questions"
          numeric
        />
      </div>
      {asked && (
        <label className="compare-tick">
          <input type="checkbox" checked={blind} onChange={({ target }) => choose({ blind: target.checked })} />
          <span>
            Blind score
            <small>Asks each question once more with another picture: what is right then was guessed</small>
          </span>
        </label>
      )}
    </section>
  );
}

const NOTES: Readonly<Record<ChosenData, string>> = {
  shapes: 'Drawn scenes that no model was trained on',
  digits: 'Real digits that no model was trained on',
  'visual-arithmetic': 'Questions of two steps about real digits',
  own: 'Questions and true answers of yours',
  none: 'Each graph runs as it is drawn',
};
