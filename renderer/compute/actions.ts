import type { ReasoningRequest } from '../../electron/backend/reasoning/schema.ts';
import { type Reasoning, reasoningIn } from '../../graphs/reasoning.ts';
import { STRATEGY_NAMES } from '../../nodes/search-loop/kinds.ts';
import { backend } from '../backend/client.ts';
import { Measurements } from '../measured/measurements.ts';
import { graphOnCanvas, wholeIn } from '../measured/request.ts';
import { heard } from '../measured/shown.ts';
import { toast, useUi } from '../store/ui.ts';
import { type Choices, fromFile, useCompute } from './store.ts';

export const measurements = new Measurements({
  name: 'measurement',
  doing: 'Measuring',
  unit: 'searches',
  label: 'Searches done',
  of: ({ searches }) => searches,
  store: useCompute,
  part: () => backend().reasoning,
  heard,
  resultIn: reasoningIn,
  showResult,
});

/** Shows the compute view: the form, or the measurement that was shown last. */
export const openCompute = () => useUi.setState({ view: 'compute' });

function showResult(title: string, result: Reasoning): void {
  measurements.show(fromFile(title, result));
  openCompute();
}

/** Files dropped on the view: the last that is a result is shown. */
export async function dropResults(files: readonly File[]): Promise<void> {
  for (const file of files)
    if (!measurements.showIfResult(file.name, await file.text()))
      toast('error', `${file.name} is no result of a measurement.`);
}

export async function startMeasurement(request: ReasoningRequest): Promise<void> {
  if (await measurements.start(request)) useCompute.setState({ hidden: new Set() });
}

const MOST_BUDGET = 1024;

/** What the backend is asked for, of the graph on the canvas; a sentence where a number cannot be read. */
export function requestOf({ data, n, budgets, without, verifiers, seed }: Choices): ReasoningRequest | string {
  const [problems, start] = [wholeIn(n, 1, 10_000), wholeIn(seed, 0, 0xffffffff)];
  const sizes = listed(budgets).map((text) => wholeIn(text, 1, MOST_BUDGET));
  if (problems === undefined) return 'Problems: expected a whole number from 1 to 10,000.';
  if (sizes.length === 0 || sizes.includes(undefined))
    return `Budgets: expected whole numbers from 1 to ${MOST_BUDGET} with commas between them.`;
  if (start === undefined) return 'Seed: expected a whole number.';
  const chosen = STRATEGY_NAMES.filter((name) => !without.includes(name));
  return {
    ...graphOnCanvas(),
    data,
    split: 'test',
    n: problems,
    budgets: sizes.filter((size) => size !== undefined),
    strategies: without.length === 0 ? [] : chosen,
    verifiers: listed(verifiers),
    seed: start,
  };
}

const listed = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
