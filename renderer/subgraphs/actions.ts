import type { ReactFlowInstance } from 'reactflow';
import { REPEAT } from '../../graphs/repeats.ts';
import { SUBGRAPH, subgraphName } from '../../graphs/subgraphs.ts';
import { middleOfCanvas, pointerInGraph } from '../canvas/pointer.ts';
import { boxOf } from '../canvas/selected.ts';
import { edit, lookAt, shown, useDocument } from '../store/document.ts';
import type { Point } from '../store/edits.ts';
import { frameAround } from '../store/groups.ts';
import { freeItem, itemKey, itemOf } from '../store/items.ts';
import { titleOf } from '../store/library.ts';
import { levelsOf } from '../store/place.ts';
import { portsShown } from '../store/ports-shown.ts';
import { selectOnly, soleNode, useSelection } from '../store/selection.ts';
import { collapse, expand } from '../store/subgraphs.ts';
import { toast, useUi } from '../store/ui.ts';

/** What is done with subgraphs, groups and notes; each is one step of undo. */

const SELECT_ONE = ['Select a subgraph', 'A node that was made by collapsing others'] as const;

export function collapseSelected(): void {
  const graph = shown();
  const { nodes } = useSelection.getState();
  const named = [...nodes].filter((id) => Object.hasOwn(graph.nodes, id)).map((id) => titleOf(graph, id));
  const title = named.length === 2 ? named.join(' and ') : 'Subgraph';
  const result = collapse(graph, nodes, title, (id) => Object.keys(portsShown(graph, id).outputs));
  if (typeof result === 'string') {
    toast('info', result, 'Shift and a click adds a node to the selection');
    return;
  }
  const [document, id] = result;
  edit(() => document);
  selectOnly(id);
}

export function expandSelected(): void {
  const id = soleNode(useSelection.getState());
  const [document, keys] = id === undefined ? [shown(), []] : expand(shown(), id);
  if (keys.length === 0) {
    toast('info', ...SELECT_ONE);
    return;
  }
  edit(() => document);
  selectOnly(...keys);
}

/** Opens what is selected: a subgraph to look into, a note to write in, the name of a group. */
export function openSelected(): void {
  const key = soleNode(useSelection.getState());
  if (key !== undefined) openItem(key);
}

/** Whether Enter is taken for that: where nothing else waits for it. */
export function enterOpens(): boolean {
  const key = soleNode(useSelection.getState());
  const { activeElement } = document;
  const free = activeElement?.matches('body, .react-flow, .react-flow__node') ?? true;
  return free && key !== undefined && (itemOf(key) !== undefined || isOpenable(key));
}

function isOpenable(key: string): boolean {
  const node = shown().nodes[key];
  return node !== undefined && subgraphName(node) !== undefined;
}

/** A subgraph becomes a repeat of it, and a repeat runs once again. */
export function repeatSelected(): void {
  const id = soleNode(useSelection.getState());
  const node = id === undefined ? undefined : shown().nodes[id];
  if (id === undefined || !node || subgraphName(node) === undefined) {
    toast('info', ...SELECT_ONE);
    return;
  }
  const kind = node.kind === SUBGRAPH ? REPEAT : SUBGRAPH;
  const params = { graph: node.params?.graph };
  edit((graph) => ({ ...graph, nodes: { ...graph.nodes, [id]: { ...node, kind, params } } }));
}

export function openItem(key: string): void {
  const item = itemOf(key);
  if (item?.type === 'note') useUi.setState({ writing: key });
  else if (item) renameSelected();
  else if (isOpenable(key)) {
    const place = [...placeNow(), key];
    if (levelsOf(useDocument.getState().document, place).length === place.length) lookAt(place);
  }
}

/** Goes to the graph around this one, if there is one, and selects the node that was open. */
export function goUp(): void {
  const place = placeNow();
  const last = place.at(-1);
  if (last !== undefined) lookAt(place.slice(0, -1), last);
}

/** Shows a node by its id in the flat graph. */
export function reveal(flat: string): void {
  const place = flat.split('/');
  const id = place.pop() ?? '';
  lookAt(place, id);
}

const placeNow = () => {
  const { document, place } = useDocument.getState();
  return levelsOf(document, place).map(({ node }) => node);
};

/** To the name of what is selected, in the inspector. */
export function renameSelected(): void {
  useUi.setState({ inspectorOpen: true });
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLInputElement>('.inspector .title-field');
    field?.focus();
    field?.select();
  });
}

/** Draws a frame around what is selected. */
export function groupSelected(flow: ReactFlowInstance): void {
  const boxes = [...useSelection.getState().nodes].flatMap((key) => boxOf(flow, key) ?? []);
  if (boxes.length === 0) {
    toast('info', 'Select what is to be in the group', 'Shift and a drag selects an area');
    return;
  }
  const { x, y, width, height } = frameAround(boxes);
  const id = freeItem(shown(), 'group', 'group');
  const at: [number, number] = [Math.round(x), Math.round(y)];
  const size: [number, number] = [Math.round(width), Math.round(height)];
  edit((graph) => ({ ...graph, groups: { ...graph.groups, [id]: { title: 'Group', at, size } } }));
  selectOnly(itemKey('group', id));
  renameSelected();
}

/** Puts a note at the pointer, else in the middle, to be written in. */
export function addNote(flow: ReactFlowInstance): void {
  const [x, y] = pointerInGraph(flow) ?? middleIn(flow);
  const id = freeItem(shown(), 'note', 'note');
  const at: [number, number] = [Math.round(x), Math.round(y)];
  edit((graph) => ({ ...graph, notes: { ...graph.notes, [id]: { text: '', at } } }));
  selectOnly(itemKey('note', id));
  useUi.setState({ writing: itemKey('note', id) });
}

function middleIn(flow: ReactFlowInstance): Point {
  const { x, y } = flow.screenToFlowPosition(middleOfCanvas());
  return [x, y];
}
