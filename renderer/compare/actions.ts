import type { ComparisonRequest } from '../../electron/backend/comparison/schema.ts';
import { type Comparison, comparisonIn } from '../../graphs/comparison.ts';
import { backend } from '../backend/client.ts';
import { Measurements } from '../measured/measurements.ts';
import { graphOnCanvas, wholeIn } from '../measured/request.ts';
import { useDocument } from '../store/document.ts';
import { report, useUi } from '../store/ui.ts';
import { type Choices, type ChosenGraph, choose, fromFile, heard, useCompare } from './store.ts';

export const comparisons = new Measurements({
  name: 'comparison',
  doing: 'Comparing',
  unit: 'runs',
  label: 'Runs done',
  of: ({ runs }) => runs,
  store: useCompare,
  part: () => backend().comparison,
  heard,
  resultIn: comparisonIn,
  showResult,
});

/** Shows the compare view: the form, with the graph on the canvas chosen, or the comparison that was shown last. */
export function openCompare(): void {
  const { choices } = useCompare.getState();
  if (choices.graphs.length === 0) choose({ graphs: [openGraph()] });
  useUi.setState({ view: 'compare' });
}

/** The graph on the canvas, whatever it is then. */
export const openGraph = (): ChosenGraph => ({ key: 'open', name: useDocument.getState().document.title });

/** Shows the form, for another comparison. */
export function newComparison(): void {
  useCompare.setState({ baseline: undefined });
  comparisons.showForm();
}

export function showResult(title: string, result: Comparison): void {
  useCompare.setState({ baseline: undefined });
  comparisons.show(fromFile(title, result));
  openCompare();
}

/** Ticks or unticks an example. */
export async function toggleExample(name: string, title: string): Promise<void> {
  const key = `example:${name}`;
  const { graphs } = useCompare.getState().choices;
  if (graphs.some((graph) => graph.key === key)) return removeGraph(key);
  addGraph({ key, name: title });
  try {
    const { text } = await backend().documents.openExample({ name });
    const { graphs: chosen } = useCompare.getState().choices;
    choose({ graphs: chosen.map((graph) => (graph.key === key ? { ...graph, text } : graph)) });
  } catch (error) {
    removeGraph(key);
    report(error);
  }
}

let nextFile = 1;

export async function addFiles(files: Iterable<File>): Promise<void> {
  for (const file of files) addGraph({ key: `file:${nextFile++}`, name: nameOf(file), text: await file.text() });
}

/** Files dropped on the view: a result is shown, graphs are added to those that are chosen. */
export async function dropFiles(files: readonly File[]): Promise<void> {
  const results: File[] = [];
  for (const file of files) if (comparisons.showIfResult(file.name, await file.text())) results.push(file);
  await addFiles(files.filter((file) => !results.includes(file)));
}

const nameOf = (file: File) => file.name.replace(/\.json$/i, '');

export function addGraph(graph: ChosenGraph): void {
  const { graphs } = useCompare.getState().choices;
  if (!graphs.some(({ key }) => key === graph.key)) choose({ graphs: [...graphs, graph] });
}

export function removeGraph(key: string): void {
  choose({ graphs: useCompare.getState().choices.graphs.filter((graph) => graph.key !== key) });
}

/** The text of a chosen graph; undefined until it is read. */
export function textOf({ key, text }: ChosenGraph): string | undefined {
  return key === 'open' ? graphOnCanvas().text : text;
}

/** What the backend is asked for; a sentence where a number cannot be read. */
export function requestOf(choices: Choices): ComparisonRequest | string {
  const { graphs, sweeps, combine, data, path, blind } = choices;
  const [n, repeat, seed] = [
    wholeIn(choices.n, 1),
    wholeIn(choices.repeat, 1, 1000),
    wholeIn(choices.seed, 0, 0xffffffff),
  ];
  if (n === undefined && data !== 'none') return 'Questions: expected a whole number from 1 on.';
  if (repeat === undefined) return 'Rounds: expected a whole number from 1 to 1000.';
  if (seed === undefined) return 'Seed: expected a whole number.';
  if (data === 'own' && path.trim() === '') return 'Name a CSV file, or the folder that holds it.';
  const texts = graphs.map(textOf);
  if (texts.includes(undefined)) return 'Reading the graphs…';
  return {
    graphs: graphs.map(({ key, name }, i) =>
      key === 'open' ? { ...graphOnCanvas(), name } : { name, text: texts[i] ?? '' },
    ),
    sweeps: sweeps.flatMap(({ place, values }) => (place === '' || values.length === 0 ? [] : { place, values })),
    combine,
    ...(data === 'own' && { data: { path: path.trim(), n: n ?? 1 } }),
    ...(data !== 'own' && data !== 'none' && { data: { world: data, split: 'test', n: n ?? 1 } }),
    blind,
    repeat,
    seed,
  };
}

export async function startComparison(request: ComparisonRequest): Promise<void> {
  if (await comparisons.start(request)) useCompare.setState({ baseline: undefined });
}
