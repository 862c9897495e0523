import { temporal } from 'zundo';
import { create } from 'zustand';
import type { GraphDocument } from '../../graphs/document.ts';
import { format } from '../../graphs/format.ts';
import { emptyDocument } from './edits.ts';
import { selectOnly, useSelection } from './selection.ts';

interface DocumentState {
  /** The single truth of what is drawn. React Flow's nodes and edges are derived from it. */
  readonly document: GraphDocument;
  /** The file it came from or was saved to. */
  readonly path?: string;
  /** The document as last opened or saved: anything else is unsaved work. */
  readonly saved: GraphDocument;
}

/** Steps that can be undone: documents share what an edit leaves alone, so a step costs little. */
const STEPS = 500;

export const useDocument = create<DocumentState>()(
  temporal(
    () => {
      const document = emptyDocument();
      return { document, saved: document };
    },
    {
      partialize: ({ document }) => ({ document }),
      equality: (before, now) => before.document === now.document,
      limit: STEPS,
    },
  ),
);

/** The field or movement whose edits are one step so far. */
let openStep: string | undefined;

/**
 * The one way a document changes: a pure edit applied to it, which is one step of undo. Edits in a row with the same
 * `step` (typing in a field, a slider, the arrow keys) are one step together, until `endStep`.
 */
export function edit(change: (document: GraphDocument) => GraphDocument, step?: string): void {
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

export const undo = () => travel(() => useDocument.temporal.getState().undo());
export const redo = () => travel(() => useDocument.temporal.getState().redo());

/** Goes through the history; nodes that came back are selected, those that went are not any more. */
function travel(go: () => void): void {
  const before = useDocument.getState().document;
  endStep();
  go();
  const { nodes } = useDocument.getState().document;
  const back = Object.keys(nodes).filter((id) => !Object.hasOwn(before.nodes, id));
  const left = [...useSelection.getState().nodes].filter((id) => Object.hasOwn(nodes, id));
  selectOnly(...(back.length > 0 ? back : left));
}

/** Puts another document in place of this one. There is no way back to it: the history is that of one document. */
export function openDocument(document: GraphDocument, path?: string): void {
  endStep();
  useDocument.setState({ document, saved: document, path });
  useDocument.temporal.getState().clear();
}

export function markSaved(document: GraphDocument, path: string): void {
  useDocument.setState({ saved: document, path });
}

export function hasUnsavedWork({ document, saved }: Pick<DocumentState, 'document' | 'saved'>): boolean {
  return document !== saved && format(document) !== format(saved);
}
