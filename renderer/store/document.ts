import { temporal } from 'zundo';
import { create } from 'zustand';
import type { GraphDocument } from '../../graphs/document.ts';
import { format } from '../../graphs/format.ts';
import { emptyDocument } from './edits.ts';
import { graphAt, levelsOf, withGraphAt } from './place.ts';
import { forgetResults } from './run.ts';
import { selectOnly, useSelection } from './selection.ts';

interface DocumentState {
  /** The single truth of what is drawn. React Flow's nodes and edges are derived from it. */
  readonly document: GraphDocument;
  /** Which of its graphs is looked at: the nodes of the subgraphs that were opened, from the outermost on. */
  readonly place: readonly string[];
  /** Of the document as it is open in this window: another each time one is opened, but for a recovered one. */
  readonly id: string;
  /** The file it came from or was saved to, and the mark that tells whether that is still as it was then. */
  readonly path?: string;
  readonly mark?: string;
  /** The document as last opened or saved: anything else is unsaved work. */
  readonly saved: GraphDocument;
}

/** Steps that can be undone: documents share what an edit leaves alone, so a step costs little. */
const STEPS = 500;
const TOP: readonly string[] = [];

export const useDocument = create<DocumentState>()(
  temporal(
    (): DocumentState => {
      const document = emptyDocument();
      return { id: crypto.randomUUID(), document, saved: document, place: TOP };
    },
    {
      // With the document of a step goes the place where it was made, so that undo shows what it undoes.
      partialize: ({ document, place }) => ({ document, place }),
      equality: (before, now) => before.document === now.document,
      limit: STEPS,
    },
  ),
);

/** The graph that is looked at: the document, or an opened subgraph as a document of its own with all subgraphs. */
export const shown = (): GraphDocument => shownOf(useDocument.getState());
const shownOf = ({ document, place }: Pick<DocumentState, 'document' | 'place'>) => graphAt(document, place);

/** Something of the graph that is looked at. */
export function useShown<T>(select: (graph: GraphDocument) => T): T {
  return useDocument((state) => select(shownOf(state)));
}

/** The id that a node of the graph that is looked at has in checks and runs: `<node>/<inner node>` in a subgraph. */
export function flatId(id: string): string {
  const { document, place } = useDocument.getState();
  if (place.length === 0) return id;
  return [...levelsOf(document, place).map(({ flat }) => flat), id].join('/');
}

/** The field or movement whose edits are one step so far. */
let openStep: string | undefined;

/**
 * The one way the graph that is looked at changes: a pure edit applied to it, which is one step of undo. Edits in a row with
 * the same `step` (typing in a field, a slider, the arrow keys) are one step together, until `endStep`.
 */
export function edit(change: (graph: GraphDocument) => GraphDocument, step?: string): void {
  const { place } = useDocument.getState();
  editDocument((document) => {
    const graph = graphAt(document, place);
    const next = change(graph);
    if (next.nodes !== graph.nodes)
      forgetResults(Object.keys(next.nodes).flatMap((id) => (Object.hasOwn(graph.nodes, id) ? [] : flatId(id))));
    return next === graph ? document : withGraphAt(document, place, next);
  }, step);
}

/** The same for the document as a whole, whatever is looked at. */
export function editDocument(change: (document: GraphDocument) => GraphDocument, step?: string): void {
  const { document } = useDocument.getState();
  const next = change(document);
  if (next === document) return;
  const goesOn = step !== undefined && step === openStep;
  const history = useDocument.temporal.getState();
  if (goesOn) history.pause();
  useDocument.setState({ document: next });
  if (goesOn) history.resume();
  openStep = step;
}

/** What is edited from now on is another step, even in the same field. */
export function endStep(): void {
  openStep = undefined;
}

/** Looks at another of the document's graphs, with these of its nodes selected. */
export function lookAt(place: readonly string[], ...selected: readonly string[]): void {
  endStep();
  useDocument.setState({ place });
  selectOnly(...selected);
}

export const undo = () => travel(() => useDocument.temporal.getState().undo());
export const redo = () => travel(() => useDocument.temporal.getState().redo());

/** Goes through the history; nodes that came back are selected, those that went are not any more. */
function travel(go: () => void): void {
  const before = useDocument.getState();
  endStep();
  go();
  const now = useDocument.getState();
  const { nodes } = shownOf(now);
  // What is looked at has changed, or may have: then nothing of it came back.
  const was = shownOf({ document: before.document, place: now.place }).nodes;
  const back = Object.keys(nodes).filter((id) => !Object.hasOwn(was, id));
  const left = [...useSelection.getState().nodes].filter((id) => Object.hasOwn(nodes, id));
  selectOnly(...(back.length > 0 ? back : left));
}

/** Where a document comes from: a file; a draft that was recovered, with what it was before its changes. */
export type Origin = Partial<Pick<DocumentState, 'id' | 'path' | 'mark' | 'saved'>>;

/** Puts another document in place of this one. There is no way back to it: the history is that of one document. */
export function openDocument(document: GraphDocument, from: Origin = {}): void {
  endStep();
  const { id = crypto.randomUUID(), path, mark, saved = document } = from;
  useDocument.setState({ id, document, saved, path, mark, place: TOP });
  useDocument.temporal.getState().clear();
}

export function markSaved(document: GraphDocument, path: string, mark: string): void {
  useDocument.setState({ saved: document, path, mark });
}

export function hasUnsavedWork({ document, saved }: Pick<DocumentState, 'document' | 'saved'>): boolean {
  return document !== saved && format(document) !== format(saved);
}
