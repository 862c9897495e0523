import { create } from 'zustand';
import { withoutDefaults } from '../../graphs/defaults.ts';
import { DocumentError, type GraphDocument } from '../../graphs/document.ts';
import { format, parse } from '../../graphs/format.ts';
import { SUBGRAPH, subgraphName } from '../../graphs/subgraphs.ts';
import { catalog } from '../../nodes/catalog.ts';
import { backend, useConnection } from '../backend/client.ts';
import { insertGraph } from '../canvas/selected.ts';
import { excerpt } from '../store/copies.ts';
import { shown } from '../store/document.ts';
import { keepSources, type Point } from '../store/edits.ts';
import { type Choice, fittingPorts, type Wanted } from '../store/fitting.ts';
import { titleOf } from '../store/library.ts';
import { subgraphOf } from '../store/place.ts';
import { portsIn } from '../store/ports.ts';
import { soleNode, useSelection } from '../store/selection.ts';
import { report, toast } from '../store/ui.ts';

/** The subgraphs that this user keeps for other graphs, as the backend last listed them. */

export interface Kept {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** One node that stands for it, with all that it needs. */
  readonly graph: GraphDocument;
}

export const useLibrary = create<{ readonly kept: readonly Kept[] }>(() => ({ kept: [] }));

/** Lists it whenever there is a connection. Returns how to stop. */
export function watchLibrary(): () => void {
  if (useConnection.getState().status === 'connected') void listLibrary();
  return useConnection.subscribe(({ status }, before) => {
    if (status === 'connected' && before.status !== 'connected') void listLibrary();
  });
}

async function listLibrary(): Promise<void> {
  try {
    const entries = await backend().library.list();
    useLibrary.setState({ kept: entries.map(({ text, ...entry }) => ({ ...entry, graph: parse(text) })) });
  } catch (error) {
    report(error);
  }
}

/** Keeps the selected subgraph for other graphs. */
export async function saveToLibrary(): Promise<void> {
  const graph = shown();
  const id = soleNode(useSelection.getState());
  const node = id === undefined ? undefined : graph.nodes[id];
  const name = node && subgraphName(node);
  const subgraph = name === undefined ? undefined : subgraphOf(graph, name);
  if (id === undefined || name === undefined || !node || !subgraph) {
    toast('info', 'Select a subgraph', 'A node that was made by collapsing others');
    return;
  }
  const { description } = subgraph;
  const { title: _, ...bare } = keepSources(node, () => false);
  const alone = excerpt({ ...graph, nodes: { [id]: bare }, layout: {} }, new Set([id]));
  const kept = { ...alone, title: subgraph.title, ...(description !== undefined && { description }) };
  try {
    const { replaced } = await backend().library.save({ name, text: format(withoutDefaults(kept, catalog)) });
    await listLibrary();
    const former = 'The one of that name before is among its backups';
    toast(
      'info',
      `“${titleOf(graph, id)}” is in your library`,
      replaced ? former : 'It stands at the end of the palette',
    );
  } catch (error) {
    report(error);
  }
}

/** Gives it another name in the library; the file, and so the subgraphs of graphs that hold it, stay as they are. */
export async function renameInLibrary({ name, title: before, graph }: Kept, title: string): Promise<void> {
  if (title === '' || title === before) return;
  const [stands] = Object.values(graph.nodes);
  const inner = stands && subgraphName(stands);
  const subgraph = inner === undefined ? undefined : subgraphOf(graph, inner);
  const subgraphs = inner === undefined || !subgraph ? {} : { [inner]: { ...subgraph, title } };
  const renamed = { ...graph, title, subgraphs: { ...graph.subgraphs, ...subgraphs } };
  try {
    await backend().library.save({ name, text: format(withoutDefaults(renamed, catalog)) });
    await listLibrary();
    toast('info', `“${before}” is “${title}” in your library now`, 'Graphs that hold it keep the name they have');
  } catch (error) {
    report(error);
  }
}

export async function removeFromLibrary({ name, title }: Kept): Promise<void> {
  try {
    await backend().library.remove({ name });
    await listLibrary();
    toast('info', `“${title}” is not in your library any more`, 'Graphs that hold it keep it');
  } catch (error) {
    report(error);
  }
}

/** Puts a copy into the graph that is looked at; `wired` may wire it in the same step. */
export function insertKept({ graph }: Kept, at: Point, wired?: Parameters<typeof insertGraph>[2]): void {
  try {
    insertGraph(graph, at, wired);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    report(error);
  }
}

/** What of it fits, with the ports that fit best. */
export function keptChoices(kept: readonly Kept[], wanted: Wanted): readonly (Choice & { readonly kept: Kept })[] {
  return kept.flatMap((each) => {
    const ports = portsOfKept(each);
    const fitting = fittingPorts(ports, wanted);
    const definition = { kind: SUBGRAPH, title: each.title, category: 'Subgraph', doc: each.description } as const;
    return fitting ? [{ definition, ports, kept: each, ...fitting }] : [];
  });
}

function portsOfKept({ graph }: Kept) {
  return portsIn(graph, Object.keys(graph.nodes)[0] ?? '', () => undefined);
}
