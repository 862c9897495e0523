import type { ReasoningPlan } from '../../electron/backend/reasoning/news.ts';
import type { ReasoningRequest } from '../../electron/backend/reasoning/schema.ts';
import { STRATEGIES, STRATEGY_NAMES } from '../../nodes/search-loop/kinds.ts';
import { backend } from '../backend/client.ts';
import { MeasuredForm } from '../measured/measured-form.tsx';
import { useDocument } from '../store/document.ts';
import { useAsked } from '../ui/asked.ts';
import { SelectRow, TextRow } from '../ui/rows.tsx';
import { measurements, requestOf, startMeasurement } from './actions.ts';
import { Searches } from './plan.tsx';
import { type Choices, choose, toggleStrategy, useCompute } from './store.ts';

const planOf = (request: ReasoningRequest) => backend().reasoning.plan(request);

/** Which strategies of the graph on the canvas to measure, on what, with how much, and how long that takes. */
export function ComputeForm() {
  const choices = useCompute((state) => state.choices);
  // The graph on the canvas is what is measured.
  useDocument((state) => state.document);
  const request = requestOf(choices);
  const plan = useAsked(withoutUnable(request, useAble(request)), planOf);
  const start = async () => {
    if (typeof request === 'string' || !plan.answer) return;
    await startMeasurement({ ...request, strategies: plan.answer.strategies });
  };
  return (
    <MeasuredForm
      measurements={measurements}
      start={start}
      plan={plan}
      planTitle="Searches and time"
      planned={plan.answer && typeof request !== 'string' && <Searches request={request} plan={plan.answer} />}
    >
      <StrategyChoice able={plan.answer?.able} />
      <div className="compare-choices">
        <DataChoice changeable={plan.answer?.changeable ?? false} verifiers={plan.answer?.verifiers ?? []} />
      </div>
    </MeasuredForm>
  );
}

/** All strategies that the graph can run: asked for without a choice among them. */
function useAble(request: ReasoningRequest | string): ReasoningPlan['able'] | undefined {
  const all = typeof request === 'string' ? request : { ...request, strategies: [] };
  return useAsked(all, planOf).answer?.able;
}

/** Those left in the choice that the graph cannot run are not asked for. */
function withoutUnable(request: ReasoningRequest | string, able: readonly string[] | undefined) {
  if (typeof request === 'string' || !able || request.strategies.length === 0) return request;
  const strategies = request.strategies.filter((name) => able.includes(name));
  return strategies.length === 0 ? 'Choose a strategy at least.' : { ...request, strategies };
}

const needs = (strategy: (typeof STRATEGIES)[keyof typeof STRATEGIES]): string => {
  if ('amateur' in strategy) return 'a weaker model';
  return 'verifier' in strategy && strategy.verifier === 'process' ? 'a verifier that judges steps' : 'a verifier';
};

function StrategyChoice({ able }: { able: readonly string[] | undefined }) {
  const title = useDocument((state) => state.document.title);
  const without = useCompute((state) => state.choices.without);
  return (
    <section aria-labelledby="compute-strategies" className="compute-strategies">
      <h3 id="compute-strategies">Strategies of the graph on the canvas</h3>
      <p className="dim compare-hint">{title}</p>
      {STRATEGY_NAMES.map((name) => {
        const runs = able?.includes(name) ?? true;
        return (
          <label key={name} className="compare-tick">
            <input
              type="checkbox"
              checked={runs && !without.includes(name)}
              disabled={!runs}
              onChange={() => toggleStrategy(name)}
            />
            <span>
              {STRATEGIES[name].label}
              {!runs && <small>Needs {needs(STRATEGIES[name])} wired to the search loop</small>}
            </span>
          </label>
        );
      })}
      <p className="dim compute-note">
        pass@1 and pass@k, what one candidate and the best of k come to, are drawn beside them.
      </p>
    </section>
  );
}

const NOTES: Readonly<Record<Choices['data'], string>> = {
  arithmetic: 'Word problems with stories and numbers that no model was trained on',
  'visual-arithmetic': 'Questions of two steps about real digits',
  digits: 'Real digits that no model was trained on',
  shapes: 'Drawn scenes that no model was trained on',
};

function DataChoice({ changeable, verifiers }: { changeable: boolean; verifiers: readonly string[] }) {
  const choices = useCompute((state) => state.choices);
  return (
    <section aria-labelledby="compute-data">
      <h3 id="compute-data">Problems and budgets</h3>
      <div className="compare-pair">
        <SelectRow
          title="Problems"
          value={choices.data}
          set={(value) => choose({ data: value as Choices['data'] })}
          choices={[
            ['arithmetic', 'Word problems'],
            ['visual-arithmetic', 'Arithmetic with digits'],
            ['digits', 'Handwritten digits'],
            ['shapes', 'Coloured shapes'],
          ]}
          note={NOTES[choices.data]}
        />
        <TextRow
          title="How many"
          value={choices.n}
          set={(n) => choose({ n })}
          note="The same for all strategies; 300 make intervals of about ±5 points"
          numeric
        />
      </div>
      <div className="compare-pair">
        <TextRow
          title="Budgets"
          value={choices.budgets}
          set={(budgets) => choose({ budgets })}
          note="Candidates of a problem, with commas between them"
        />
        <TextRow
          title="Seed"
          value={choices.seed}
          set={(seed) => choose({ seed })}
          note="Draws other problems and candidates"
          numeric
        />
      </div>
      {changeable && (
        <TextRow
          title="Verifiers"
          value={choices.verifiers}
          set={(named) => choose({ verifiers: named })}
          note={`Models with commas between them, shown the same candidates; trees are searched by the first. Now: ${verifiers.join(', ')}`}
        />
      )}
    </section>
  );
}
