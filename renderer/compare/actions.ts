import type { ComparisonRequest } from '../../electron/backend/comparison/schema.ts';
import { type Comparison, comparisonIn } from '../../graphs/comparison.ts';
import { withoutDefaults } from '../../graphs/defaults.ts';
import { format } from '../../graphs/format.ts';
import { catalog } from '../../nodes/catalog.ts';
import { backend, messageOf, useConnection } from '../backend/client.ts';
import { useDocument } from '../store/document.ts';
import { report, toast, useUi } from '../store/ui.ts';
import { type Choices, type ChosenGraph, choose, fromFile, heard, useCompare } from './store.ts';

/** Shows the compare view: the form, with the graph on the canvas chosen, or the comparison that was shown last. */
export function openCompare(): void {
  const { choices } = useCompare.getState();
  if (choices.graphs.length === 0) choose({ graphs: [openGraph()] });
  useUi.setState({ view: 'compare' });
}

export const closeCompare = () => useUi.setState({ view: 'canvas' });

/** The graph on the canvas, whatever it is then. */
export const openGraph = (): ChosenGraph => ({ key: 'open', name: useDocument.getState().document.title });

/** Shows the form, for another comparison. */
export function newComparison(): void {
  latest++;
  useCompare.setState({ shown: undefined, baseline: undefined });
  void listComparisons();
}

export function showResult(title: string, result: Comparison): void {
  latest++;
  useCompare.setState({ shown: fromFile(title, result), baseline: undefined });
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
  for (const file of files) if (showIfResult(file.name, await file.text())) results.push(file);
  await addFiles(files.filter((file) => !results.includes(file)));
}

/** Shows the text of a file where it is the result of a comparison. Returns whether it is, even one that cannot be read. */
export function showIfResult(path: string, text: string): boolean {
  const name = path.replace(/^.*[\\/]/, '');
  try {
    const result = comparisonIn(text);
    if (result) showResult(name, result);
    return result !== undefined;
  } catch (error) {
    toast('error', `${name} is the result of a comparison, but cannot be read. ${messageOf(error)}`);
    return true;
  }
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
  return key === 'open' ? format(withoutDefaults(useDocument.getState().document, catalog)) : text;
}

/** What the backend is asked for; a sentence where a number cannot be read. */
export function requestOf(choices: Choices): ComparisonRequest | string {
  const { graphs, sweeps, combine, data, path, blind } = choices;
  const [n, repeat, seed] = [whole(choices.n, 1), whole(choices.repeat, 1, 1000), whole(choices.seed, 0, 0xffffffff)];
  if (graphs.length === 0) return 'Choose two graphs, or one and a parameter to sweep.';
  if (n === undefined && data !== 'none') return 'Questions: expected a whole number from 1 on.';
  if (repeat === undefined) return 'Rounds: expected a whole number from 1 to 1000.';
  if (seed === undefined) return 'Seed: expected a whole number.';
  if (data === 'own' && path.trim() === '') return 'Name a CSV file, or the folder that holds it.';
  const texts = graphs.map(textOf);
  if (texts.includes(undefined)) return 'Reading the graphs…';
  const { path: opened } = useDocument.getState();
  return {
    graphs: graphs.map((graph, i) => ({
      name: graph.name,
      text: texts[i] ?? '',
      ...(graph.key === 'open' && opened !== undefined && { folder: folderOf(opened) }),
    })),
    sweeps: sweeps.flatMap(({ place, values }) => (place === '' || values.length === 0 ? [] : { place, values })),
    combine,
    ...(data === 'own' && { data: { path: path.trim(), n: n ?? 1 } }),
    ...(data !== 'own' && data !== 'none' && { data: { world: data, split: 'test', n: n ?? 1 } }),
    blind,
    repeat,
    seed,
  };
}

const folderOf = (path: string) => path.replace(/[\\/][^\\/]*$/, '');

function whole(text: string, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text.trim()) && value >= least && value <= most ? value : undefined;
}

export async function startComparison(request: ComparisonRequest): Promise<void> {
  try {
    const { id } = await backend().comparison.start(request);
    useCompare.setState({ baseline: undefined });
    void follow(id);
  } catch (error) {
    report(error);
  }
}

export async function resumeComparison(id: string): Promise<void> {
  try {
    await backend().comparison.resume({ id });
    useCompare.setState({ shown: undefined });
    void follow(id);
  } catch (error) {
    report(error);
  }
}

export async function stopComparison(): Promise<void> {
  const { shown } = useCompare.getState();
  if (shown?.id === undefined) return;
  useCompare.setState({ shown: { ...shown, stopping: true } });
  try {
    await backend().comparison.stop({ id: shown.id });
  } catch (error) {
    report(error);
  }
}

export async function removeComparison(id: string): Promise<void> {
  try {
    await backend().comparison.remove({ id });
  } catch (error) {
    report(error);
  }
  await listComparisons();
}

export async function listComparisons(): Promise<void> {
  try {
    useCompare.setState({ entries: await backend().comparison.list() });
  } catch (error) {
    if (useConnection.getState().status === 'connected') report(error);
  }
}

/** Follows a comparison that went on in the backend while the page was away from it. */
export async function takeUpComparison(): Promise<void> {
  const { shown } = useCompare.getState();
  if (shown?.id !== undefined && shown.status === 'running') return follow(shown.id);
  await listComparisons();
  const running = useCompare.getState().entries.find(({ status }) => status === 'running');
  if (running && !useCompare.getState().shown) await follow(running.id);
}

/** Counts up, so that of two that follow the later one alone is heard. */
let latest = 0;

/** Shows a comparison, and what is new of it until it is over. */
export async function follow(id: string): Promise<void> {
  const turn = ++latest;
  try {
    let first = true;
    for await (const news of await backend().comparison.events({ id })) {
      if (turn !== latest) return;
      useCompare.setState(({ shown }) => ({ shown: heard(first ? undefined : shown, id, news) }));
      first = false;
    }
    await listComparisons();
  } catch (error) {
    // Where the connection is down, the status bar says so; the comparison goes on and is taken up again.
    if (turn === latest && useConnection.getState().status === 'connected') report(error);
  }
}
