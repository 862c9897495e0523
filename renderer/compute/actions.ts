import type { ReasoningRequest } from '../../electron/backend/reasoning/schema.ts';
import { withoutDefaults } from '../../graphs/defaults.ts';
import { format } from '../../graphs/format.ts';
import { type Reasoning, reasoningIn } from '../../graphs/reasoning.ts';
import { catalog } from '../../nodes/catalog.ts';
import { STRATEGY_NAMES } from '../../nodes/search-loop/kinds.ts';
import { backend, messageOf, useConnection } from '../backend/client.ts';
import { useDocument } from '../store/document.ts';
import { report, toast, useUi } from '../store/ui.ts';
import { type Choices, fromFile, heard, useCompute } from './store.ts';

/** Shows the compute view: the form, or the measurement that was shown last. */
export const openCompute = () => useUi.setState({ view: 'compute' });

export const closeCompute = () => useUi.setState({ view: 'canvas' });

/** Shows the form, for another measurement. */
export function newMeasurement(): void {
  latest++;
  useCompute.setState({ shown: undefined });
  void listMeasurements();
}

function showResult(title: string, result: Reasoning): void {
  latest++;
  useCompute.setState({ shown: fromFile(title, result) });
  openCompute();
}

/** Shows the text of a file where it is the result of a measurement. Returns whether it is, even one that cannot be read. */
export function showIfMeasured(path: string, text: string): boolean {
  const name = path.replace(/^.*[\\/]/, '');
  try {
    const result = reasoningIn(text);
    if (result) showResult(name, result);
    return result !== undefined;
  } catch (error) {
    toast('error', `${name} is the result of a measurement, but cannot be read. ${messageOf(error)}`);
    return true;
  }
}

/** Files dropped on the view: the last that is a result is shown. */
export async function dropResults(files: readonly File[]): Promise<void> {
  for (const file of files)
    if (!showIfMeasured(file.name, await file.text())) toast('error', `${file.name} is no result of a measurement.`);
}

const MOST_BUDGET = 1024;

/** What the backend is asked for, of the graph on the canvas; a sentence where a number cannot be read. */
export function requestOf({ data, n, budgets, without, verifiers, seed }: Choices): ReasoningRequest | string {
  const [problems, start] = [whole(n, 1, 10_000), whole(seed, 0, 0xffffffff)];
  const sizes = listed(budgets).map((text) => whole(text, 1, MOST_BUDGET));
  if (problems === undefined) return 'Problems: expected a whole number from 1 to 10,000.';
  if (sizes.length === 0 || sizes.includes(undefined))
    return `Budgets: expected whole numbers from 1 to ${MOST_BUDGET} with commas between them.`;
  if (start === undefined) return 'Seed: expected a whole number.';
  const { document, path } = useDocument.getState();
  const chosen = STRATEGY_NAMES.filter((name) => !without.includes(name));
  return {
    name: document.title,
    text: format(withoutDefaults(document, catalog)),
    ...(path !== undefined && { folder: path.replace(/[\\/][^\\/]*$/, '') }),
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

function whole(text: string, least: number, most: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text.trim()) && value >= least && value <= most ? value : undefined;
}

export async function startMeasurement(request: ReasoningRequest): Promise<void> {
  try {
    const { id } = await backend().reasoning.start(request);
    useCompute.setState({ hidden: new Set() });
    void follow(id);
  } catch (error) {
    report(error);
  }
}

export async function resumeMeasurement(id: string): Promise<void> {
  try {
    await backend().reasoning.resume({ id });
    useCompute.setState({ shown: undefined });
    void follow(id);
  } catch (error) {
    report(error);
  }
}

export async function stopMeasurement(): Promise<void> {
  const { shown } = useCompute.getState();
  if (shown?.id === undefined) return;
  useCompute.setState({ shown: { ...shown, stopping: true } });
  try {
    await backend().reasoning.stop({ id: shown.id });
  } catch (error) {
    report(error);
  }
}

export async function removeMeasurement(id: string): Promise<void> {
  try {
    await backend().reasoning.remove({ id });
  } catch (error) {
    report(error);
  }
  await listMeasurements();
}

export async function listMeasurements(): Promise<void> {
  try {
    useCompute.setState({ entries: await backend().reasoning.list() });
  } catch (error) {
    if (useConnection.getState().status === 'connected') report(error);
  }
}

/** Follows a measurement that went on in the backend while the page was away from it. */
export async function takeUpMeasurement(): Promise<void> {
  const { shown } = useCompute.getState();
  if (shown?.id !== undefined && shown.status === 'running') return follow(shown.id);
  await listMeasurements();
  const running = useCompute.getState().entries.find(({ status }) => status === 'running');
  if (running && !useCompute.getState().shown) await follow(running.id);
}

/** Counts up, so that of two that follow the later one alone is heard. */
let latest = 0;

/** Shows a measurement, and what is new of it until it is over. */
export async function follow(id: string): Promise<void> {
  const turn = ++latest;
  try {
    let first = true;
    for await (const news of await backend().reasoning.events({ id })) {
      if (turn !== latest) return;
      useCompute.setState(({ shown }) => ({ shown: heard(first ? undefined : shown, id, news) }));
      first = false;
    }
    await listMeasurements();
  } catch (error) {
    // Where the connection is down, the status bar says so; the measurement goes on and is taken up again.
    if (turn === latest && useConnection.getState().status === 'connected') report(error);
  }
}
