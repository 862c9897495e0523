import type { ReactFlowInstance } from 'reactflow';
import { withoutDefaults } from '../../graphs/defaults.ts';
import { DocumentError, type GraphDocument } from '../../graphs/document.ts';
import { format, parse } from '../../graphs/format.ts';
import { catalog } from '../../nodes/catalog.ts';
import { type Alignment, align, type Box, distribute } from '../store/align.ts';
import { duplicate, excerpt, paste } from '../store/copies.ts';
import { edit, shown, useDocument } from '../store/document.ts';
import { moveNodes, type Point, removeNodes, removeWires } from '../store/edits.ts';
import { itemKeys } from '../store/items.ts';
import { levelsOf, namesUsed } from '../store/place.ts';
import { selectOnly, useSelection, wireId } from '../store/selection.ts';
import { toast } from '../store/ui.ts';
import { wiresOf } from './flow.ts';

/** What is done with the selected nodes and wires. */

export function selectAll(): void {
  selectOnly(...Object.keys(shown().nodes), ...itemKeys(shown()));
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
  const [document, copies] = duplicate(shown(), [...useSelection.getState().nodes]);
  if (copies.length === 0) return;
  edit(() => document);
  selectOnly(...copies);
}

/** What is selected as the text of a graph of its own; `undefined` where nothing is. */
export function selectedText(): string | undefined {
  const part = excerpt(shown(), useSelection.getState().nodes);
  return Object.keys(part.nodes).length + itemKeys(part).length > 0
    ? format(withoutDefaults(part, catalog))
    : undefined;
}

/** Puts the nodes of a graph's text at a point of the canvas and selects them; other text is refused in words. */
export function pasteText(text: string, at?: Point): void {
  try {
    insertGraph(parse(text), at);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const expected = 'Expected the JSON text of a graph, as Copy and Export JSON write it.';
    toast('error', 'What is on the clipboard is not a graph', `${expected} Found at ${error.message}`);
  }
}

/** Puts what is in a graph at a point of the one that is looked at, and selects it; `wired` may wire the first of it in the same step. */
export function insertGraph(
  part: GraphDocument,
  at?: Point,
  wired: (graph: GraphDocument, id: string) => GraphDocument = (graph) => graph,
): void {
  const [graph, keys] = paste(shown(), part, at);
  if (keys.length === 0) throw new DocumentError([{ path: 'nodes', message: 'expected at least one node' }]);
  const { document, place } = useDocument.getState();
  const added = Object.fromEntries(keys.flatMap((key) => (graph.nodes[key] ? [[key, graph.nodes[key]]] : [])));
  const used = namesUsed(graph, added);
  const around = levelsOf(document, place).find(({ name }) => used.has(name));
  if (around) {
    toast('info', 'A subgraph cannot hold itself', `Put it beside ${around.node}, or copy other nodes`);
    return;
  }
  edit(() => wired(graph, keys[0] ?? ''));
  selectOnly(...keys);
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
