import type { ReactFlowInstance } from 'reactflow';
import { withoutDefaults } from '../../graphs/defaults.ts';
import { DocumentError } from '../../graphs/document.ts';
import { format, parse } from '../../graphs/format.ts';
import { catalog } from '../../nodes/catalog.ts';
import { type Alignment, align, type Box, distribute } from '../store/align.ts';
import { duplicate, excerpt, paste } from '../store/copies.ts';
import { edit, useDocument } from '../store/document.ts';
import { moveNodes, type Point, removeNodes, removeWires } from '../store/edits.ts';
import { selectOnly, useSelection, wireId } from '../store/selection.ts';
import { toast } from '../store/ui.ts';
import { wiresOf } from './flow.ts';

/** What is done with the selected nodes and wires. */

export function selectAll(): void {
  selectOnly(...Object.keys(useDocument.getState().document.nodes));
}

export function deleteSelected(): void {
  const { nodes, wires } = useSelection.getState();
  edit((document) => {
    const gone = wiresOf(document).filter((wire) => wires.has(wireId(wire)));
    return removeNodes(removeWires(document, gone), nodes);
  });
  selectOnly();
}

export function duplicateSelected(): void {
  const [document, copies] = duplicate(useDocument.getState().document, [...useSelection.getState().nodes]);
  if (copies.length === 0) return;
  edit(() => document);
  selectOnly(...copies);
}

/** The selected nodes as the text of a graph of their own; `undefined` where none is selected. */
export function selectedText(): string | undefined {
  const part = excerpt(useDocument.getState().document, useSelection.getState().nodes);
  return Object.keys(part.nodes).length > 0 ? format(withoutDefaults(part, catalog)) : undefined;
}

/** Puts the nodes of a graph's text at a point of the canvas and selects them; other text is refused in words. */
export function pasteText(text: string, at?: Point): void {
  try {
    const [document, ids] = paste(useDocument.getState().document, parse(text), at);
    if (ids.length === 0) throw new DocumentError([{ path: 'nodes', message: 'expected at least one node' }]);
    edit(() => document);
    selectOnly(...ids);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const expected = 'Expected the JSON text of a graph, as Copy and Export JSON write it.';
    toast('error', 'What is on the clipboard is not a graph', `${expected} Found at ${error.message}`);
  }
}

export const alignSelected = (to: Alignment) => (flow: ReactFlowInstance) =>
  moveSelected(flow, 2, (boxes) => align(boxes, to));

export const distributeSelected = (axis: 'x' | 'y') => (flow: ReactFlowInstance) =>
  moveSelected(flow, 3, (boxes) => distribute(boxes, axis));

type Arrange = (boxes: Readonly<Record<string, Box>>) => Readonly<Record<string, Point>>;

function moveSelected(flow: ReactFlowInstance, atLeast: number, arrange: Arrange): void {
  const boxes = [...useSelection.getState().nodes].flatMap((id) => {
    const box = boxOf(flow, id);
    return box ? [[id, box] as const] : [];
  });
  if (boxes.length < atLeast) {
    toast('info', `Select ${atLeast === 2 ? 'two' : 'three'} nodes or more`, 'Shift and a click adds a node');
    return;
  }
  edit((document) => moveNodes(document, arrange(Object.fromEntries(boxes))));
}

/** Where a node stands and how large it was drawn. */
export function boxOf(flow: ReactFlowInstance, id: string): Box | undefined {
  const node = flow.getNode(id);
  return node && { ...node.position, width: node.measured?.width ?? 0, height: node.measured?.height ?? 0 };
}
