import { create } from 'zustand';
import type { GraphDocument } from '../../graphs/document.ts';
import { format } from '../../graphs/format.ts';
import { emptyDocument } from './edits.ts';

interface DocumentState {
  /** The single truth of what is drawn. React Flow's nodes and edges are derived from it. */
  readonly document: GraphDocument;
  /** The file it came from or was saved to. */
  readonly path?: string;
  /** The document as last opened or saved: anything else is unsaved work. */
  readonly saved: GraphDocument;
}

export const useDocument = create<DocumentState>(() => {
  const document = emptyDocument();
  return { document, saved: document };
});

/** The one way a document changes: a pure edit applied to it. */
export function edit(change: (document: GraphDocument) => GraphDocument): void {
  const { document } = useDocument.getState();
  const next = change(document);
  if (next !== document) useDocument.setState({ document: next });
}

export function openDocument(document: GraphDocument, path?: string): void {
  useDocument.setState({ document, saved: document, path });
}

export function markSaved(document: GraphDocument, path: string): void {
  useDocument.setState({ saved: document, path });
}

export function hasUnsavedWork({ document, saved }: Pick<DocumentState, 'document' | 'saved'>): boolean {
  return document !== saved && format(document) !== format(saved);
}
