import { type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import {
  Background,
  BackgroundVariant,
  ConnectionMode,
  type EdgeChange,
  MiniMap,
  type NodeChange,
  ReactFlow,
  useReactFlow,
  useStore,
} from 'reactflow';
import { definitionOf } from '../../nodes/registry.ts';
import { dropFile } from '../documents/actions.ts';
import { onNodeDoubleClick } from '../modules/actions.ts';
import { edit, shown, useDocument, useShown } from '../store/document.ts';
import { moveNodes, type Point } from '../store/edits.ts';
import { itemOf } from '../store/items.ts';
import { selectOnly, useSelection } from '../store/selection.ts';
import { useUi } from '../store/ui.ts';
import { openItem } from '../subgraphs/actions.ts';
import { Breadcrumb } from '../subgraphs/breadcrumb.tsx';
import { insertKept, useLibrary } from '../subgraphs/library.ts';
import { categoryColour } from '../ui/icons.tsx';
import { createCarrier } from './carrying.ts';
import { useCentred } from './centred.ts';
import { ConnectionHint } from './connection-hint.tsx';
import { Guides, guided } from './dragging.tsx';
import { EmptyState } from './empty-state.tsx';
import { FIT } from './fit.ts';
import { createEdgeDeriver, createNodeDeriver, type FlowEdge, type FlowNode, type Transient } from './flow.ts';
import { GroupNode } from './group-node.tsx';
import { insertNode, splicedWhereDropped } from './insertion.ts';
import { ModuleNode } from './module-node.tsx';
import { NoteNode } from './note-node.tsx';
import { forgetPointer, movePointer } from './pointer.ts';
import { onCanvasDoubleClick, onWireDoubleClick } from './quick-add.ts';
import { boxOf } from './selected.ts';
import { ViewControls } from './view-controls.tsx';
import { WireEdge } from './wire-edge.tsx';
import {
  isAllowed,
  onConnect,
  onConnectEnd,
  onConnectStart,
  onReconnect,
  onReconnectEnd,
  onReconnectStart,
} from './wire-events.ts';

const nodeTypes = { module: ModuleNode, note: NoteNode, frame: GroupNode };
const edgeTypes = { wire: WireEdge };
export const DRAG_KIND = 'application/x-patchbay-kind';
export const DRAG_KEPT = 'application/x-patchbay-library';
const MINIMAP = { width: 150, height: 96 } as const;
/** Below these zooms a node is one box with its title, and one without: what cannot be read is not drawn. */
const FAR = 0.32;
const FARTHEST = 0.15;
/** How near to the pointer a wire runs that takes up what is dropped, in pixels of the canvas. */
const DROP_RADIUS = 16;

export function Canvas() {
  const document = useShown((graph) => graph);
  const selection = useSelection();
  const [transient, setTransient] = useState<Transient>({ dragged: {}, measured: {}, resized: {} });
  const deriveNodes = useMemo(createNodeDeriver, []);
  const deriveEdges = useMemo(createEdgeDeriver, []);
  const nodes = deriveNodes(document, selection.nodes, transient);
  const edges = deriveEdges(document, selection.wires);
  const flow = useReactFlow();
  const carry = useMemo(() => createCarrier(flow), [flow]);
  const distance = useStore(({ transform: [, , zoom] }) =>
    zoom < FARTHEST ? 'far farthest' : zoom < FAR ? 'far' : '',
  );
  const empty = nodes.length === 0;
  /** Whether a hand moves nodes, rather than the arrow keys. */
  const lifted = useRef(false);
  const element = useRef<HTMLDivElement>(null);
  useFitOnOpen();
  useCentred();

  const onNodesChange = useCallback(
    (own: NodeChange<FlowNode>[]) => {
      const changes = carry(guided(flow, own));
      setTransient((before) => changes.reduce(withChange, before));
      const selected = changes.filter((change) => change.type === 'select');
      if (selected.length > 0) {
        useSelection.setState((state) => ({ nodes: toggled(state.nodes, selected) }));
      }
      const dropped = changes.flatMap((change) =>
        change.type === 'position' && change.dragging === false && change.position
          ? [[change.id, [change.position.x, change.position.y] as Point] as const]
          : [],
      );
      if (changes.some((change) => change.type === 'position' && change.dragging)) lifted.current = true;
      if (dropped.length === 0) return;
      const byHand = lifted.current;
      lifted.current = false;
      edit(
        (current) => {
          const moved = moveNodes(current, Object.fromEntries(dropped));
          const [[id, [x, y]] = ['', [0, 0]], ...others] = dropped;
          const box = byHand && others.length === 0 ? boxOf(flow, id) : undefined;
          return box ? splicedWhereDropped(moved, id, { ...box, x, y }) : moved;
        },
        `move ${dropped.map(([id]) => id).join()}`,
      );
    },
    [flow, carry],
  );

  const onEdgesChange = useCallback((changes: EdgeChange<FlowEdge>[]) => {
    const selected = changes.filter((change) => change.type === 'select');
    if (selected.length > 0) useSelection.setState((state) => ({ wires: toggled(state.wires, selected) }));
  }, []);

  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const kind = event.dataTransfer.getData(DRAG_KIND);
    if (kind) {
      const around = { x: at.x - DROP_RADIUS, y: at.y - DROP_RADIUS, width: 2 * DROP_RADIUS, height: 2 * DROP_RADIUS };
      insertNode(kind, [at.x - 40, at.y - 20], (current, id) => splicedWhereDropped(current, id, around));
    }
    const name = event.dataTransfer.getData(DRAG_KEPT);
    const kept = useLibrary.getState().kept.find((each) => each.name === name);
    if (kept) insertKept(kept, [at.x - 40, at.y - 20]);
    dropFiles(event, [at.x, at.y]);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a drop target for palette entries and files; both have a keyboard way too
    <div
      ref={element}
      className={`canvas ${distance}`}
      onDrop={onDrop}
      onDragOver={(event) => event.preventDefault()}
      onPointerMove={movePointer}
      onPointerLeave={forgetPointer}
      onDoubleClick={onCanvasDoubleClick}
    >
      <ReactFlow<FlowNode, FlowEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onConnect={onConnect}
        onConnectStart={onConnectStart}
        onConnectEnd={onConnectEnd}
        onReconnect={onReconnect}
        onReconnectStart={onReconnectStart}
        onReconnectEnd={onReconnectEnd}
        onEdgeDoubleClick={onWireDoubleClick}
        onNodeDoubleClick={(event, node) => {
          onNodeDoubleClick(event, node);
          openItem(node.id);
        }}
        // Without React: this is many times a second, and styles only what lies over the nodes then.
        onMove={() => element.current?.setAttribute('data-moving', '')}
        onMoveEnd={() => element.current?.removeAttribute('data-moving')}
        zoomOnDoubleClick={false}
        isValidConnection={isAllowed}
        onNodeContextMenu={(event, node) => {
          event.preventDefault();
          if (!useSelection.getState().nodes.has(node.id)) selectOnly(node.id);
          useUi.setState({ menu: { node: node.id, x: event.clientX, y: event.clientY } });
        }}
        connectionMode={ConnectionMode.Strict}
        connectionRadius={26}
        deleteKeyCode={null}
        multiSelectionKeyCode={['Shift', 'Meta', 'Control']}
        minZoom={0.05}
        maxZoom={2}
        fitView
        fitViewOptions={FIT}
        elevateNodesOnSelect
        proOptions={{ hideAttribution: true }}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} color="var(--dots)" />
        {!empty && (
          <MiniMap
            style={MINIMAP}
            pannable
            zoomable
            ariaLabel="Overview of the graph"
            nodeColor={miniMapColour}
            nodeBorderRadius={6}
          />
        )}
        <ViewControls />
        <Breadcrumb />
        <ConnectionHint />
        <Guides />
      </ReactFlow>
      {empty && <EmptyState />}
    </div>
  );
}

/** The first of several files may go into the node it fell on; the others would put it out again. */
function dropFiles({ target, dataTransfer }: DragEvent, at: Point): void {
  const onto = target instanceof Element ? target.closest<HTMLElement>('.react-flow__node')?.dataset.id : undefined;
  const [first, ...others] = dataTransfer.files;
  if (first) void dropFile(first, at, onto);
  for (const file of others) void dropFile(file, at);
}

/** Fits the view when another document is opened, once its nodes have been measured. */
function useFitOnOpen() {
  const opened = useDocument((state) => state.saved);
  const { fitView } = useReactFlow();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a document that was just opened is what the view is fitted to
  useEffect(() => {
    const frame = requestAnimationFrame(() => requestAnimationFrame(() => void fitView(FIT)));
    return () => cancelAnimationFrame(frame);
  }, [opened.title, Object.keys(opened.nodes).join(), fitView]);
}

function withChange(before: Transient, change: NodeChange<FlowNode>): Transient {
  if (change.type === 'dimensions') {
    const { id, dimensions, resizing } = change;
    if (resizing === undefined)
      return dimensions ? { ...before, measured: { ...before.measured, [id]: dimensions } } : before;
    const { [id]: _, ...sizes } = before.resized;
    if (resizing) return dimensions ? { ...before, resized: { ...sizes, [id]: dimensions } } : before;
    const { [id]: __, ...dragged } = before.dragged;
    return { ...before, dragged, resized: sizes };
  }
  if (change.type === 'position' && change.position) {
    const { [change.id]: _, ...others } = before.dragged;
    if (change.dragging === false) return { ...before, dragged: others };
    return { ...before, dragged: { ...others, [change.id]: [change.position.x, change.position.y] } };
  }
  return before;
}

function toggled(
  before: ReadonlySet<string>,
  changes: readonly { id: string; selected: boolean }[],
): ReadonlySet<string> {
  const after = new Set(before);
  for (const { id, selected } of changes) selected ? after.add(id) : after.delete(id);
  return after;
}

function miniMapColour(node: { id: string }): string {
  const item = itemOf(node.id);
  if (item?.type === 'group') return 'color-mix(in oklab, var(--text-3) 22%, transparent)';
  if (item) return 'var(--tint-yellow)';
  const definition = definitionOf(shown().nodes[node.id]?.kind ?? '');
  return definition ? categoryColour(definition.category) : 'var(--bad)';
}
