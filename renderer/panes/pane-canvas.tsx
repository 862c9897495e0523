import { memo, useEffect, useMemo } from 'react';
import {
  Background,
  BackgroundVariant,
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from 'reactflow';
import type { GraphDocument, GraphNode } from '../../graphs/document.ts';
import { HANDLE_TYPES } from '../../nodes/ports.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { wiresOf } from '../canvas/flow.ts';
import { paramsOf, portColour, portsOf } from '../store/library.ts';
import { wireId } from '../store/selection.ts';
import { duration } from '../ui/format.ts';
import { categoryColour, Icon, kindIcon } from '../ui/icons.tsx';
import type { Mark, Marks, Side } from './marks.ts';
import { usePanes } from './store.ts';

type PaneNode = Node<
  {
    readonly side: Side;
    readonly node: GraphNode;
    readonly mark?: Mark;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
  },
  'pane'
>;

const nodeTypes = { pane: memo(PaneCard) };
const CARD = { width: 268, height: 196 } as const;
const FIT = { padding: '16px', maxZoom: 0.8 } as const;
const ARIA = { 'node.a11yDescription.default': 'A node of one of the two graphs; it is changed on the canvas.' };

interface PaneCanvasProps {
  readonly side: Side;
  readonly graph: GraphDocument;
  readonly marks: Marks;
}

/** A graph to look at: what differs from the other one is marked, and what runs is seen to run. It is edited on the canvas. */
export function PaneCanvas(props: PaneCanvasProps) {
  return (
    <ReactFlowProvider>
      <Graph {...props} />
    </ReactFlowProvider>
  );
}

function Graph({ side, graph, marks }: PaneCanvasProps) {
  const nodes = useMemo(() => nodesOf(graph, marks, side), [graph, marks, side]);
  const edges = useMemo(() => edgesOf(graph, marks, side), [graph, marks, side]);
  const ids = Object.keys(graph.nodes).join();
  useFit(ids);
  return (
    <ReactFlow<PaneNode>
      key={ids}
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      nodesDraggable={false}
      nodesConnectable={false}
      elementsSelectable={false}
      edgesFocusable={false}
      deleteKeyCode={null}
      selectionKeyCode={null}
      zoomOnDoubleClick={false}
      minZoom={0.05}
      maxZoom={1.5}
      ariaLabelConfig={ARIA}
      proOptions={{ hideAttribution: true }}
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} color="var(--dots)" />
    </ReactFlow>
  );
}

/** The whole graph stays in view when the pane changes its size, and when another graph comes. */
function useFit(ids: string) {
  const { fitView } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what the view is fitted to
  useEffect(() => {
    const frame = requestAnimationFrame(() => void fitView(FIT));
    return () => cancelAnimationFrame(frame);
  }, [ids, width, height, fitView]);
}

function nodesOf(graph: GraphDocument, marks: Marks, side: Side): PaneNode[] {
  const placeOf = (id: string) => graph.layout?.[id] ?? [0, 0];
  // The upper wire comes in at the upper handle.
  const wires = wiresOf(graph).sort((one, other) => placeOf(one.source)[1] - placeOf(other.source)[1]);
  return Object.entries(graph.nodes).map(([id, node]) => {
    const [x, y] = placeOf(id);
    const mark = marks.nodes[id];
    const inputs = [...new Set(wires.flatMap((wire) => (wire.target === id ? wire.targetPort : [])))];
    const outputs = [...new Set(wires.flatMap((wire) => (wire.source === id ? wire.sourcePort : [])))];
    return {
      id,
      type: 'pane',
      position: { x, y },
      ...CARD,
      ariaLabel: [titleOf(node), modelOf(node) ?? id, mark && markInWords(mark)].filter(Boolean).join(', '),
      data: { side, node, inputs, outputs, ...(mark && { mark }) },
    };
  });
}

function edgesOf(graph: GraphDocument, marks: Marks, side: Side): Edge[] {
  return wiresOf(graph).map((wire) => {
    const { source, sourcePort, target, targetPort } = wire;
    const id = wireId(wire);
    const node = graph.nodes[source];
    const type = node && portsOf(node).outputs[sourcePort]?.type;
    const marked = marks.wires.has(id);
    const style = {
      stroke: portColour(type ?? 'any'),
      strokeWidth: type && type !== 'any' && HANDLE_TYPES.has(type) ? 7 : 4,
    };
    return {
      id,
      source,
      target,
      sourceHandle: sourcePort,
      targetHandle: targetPort,
      className: `pane-wire ${marked ? MARK_OF_SIDE[side] : ''}`,
      ...(marked ? { label: side === 'a' ? '− wire' : '+ wire' } : { style }),
    };
  });
}

const MARK_OF_SIDE = { a: 'removed', b: 'added' } as const;
const titleOf = (node: GraphNode) => node.title ?? definitionOf(node.kind)?.title ?? node.kind;

function modelOf(node: GraphNode): string | undefined {
  const { model } = paramsOf(node);
  return typeof model === 'string' ? model : undefined;
}

const MARK_WORDS = { removed: 'only here', added: 'only here', changed: 'differs' } as const;
const MARK_SIGNS = { removed: '−', added: '+', changed: '≠' } as const;

function markInWords({ type, what }: Mark): string {
  return what.length > 0 ? what.join(' · ') : MARK_WORDS[type];
}

function PaneCard({ id, data: { side, node, mark, inputs, outputs } }: NodeProps<PaneNode>) {
  const definition = definitionOf(node.kind);
  const phase = usePanes((state) => state.runs[side].nodes[id]?.phase);
  const report = usePanes((state) => state.runs[side].nodes[id]?.report);
  const state = phase && phase !== 'done' ? phase : (report?.status ?? 'idle');
  const ms = report?.ms?.warm ?? report?.ms?.first;
  return (
    <article
      className={`pane-card ${mark?.type ?? ''}`}
      data-state={state}
      style={{ '--cat': definition ? categoryColour(definition.category) : 'var(--bad)' }}
    >
      {inputs.map((port, at) => (
        <Handle key={port} type="target" id={port} position={Position.Left} style={placed(at, inputs.length)} />
      ))}
      <div className="pane-card-title">
        <Icon name={kindIcon(node.kind)} size={26} />
        <span>{titleOf(node)}</span>
      </div>
      <div className="pane-card-sub num">{modelOf(node) ?? id}</div>
      {mark && (
        <div className="pane-mark" title={markInWords(mark)}>
          <b aria-hidden="true">{MARK_SIGNS[mark.type]}</b> {markInWords(mark)}
        </div>
      )}
      <div className="pane-card-state">
        {state === 'idle' ? null : state === 'finished' && ms !== undefined ? (
          <span className="num">{duration(ms)}</span>
        ) : (
          <span>{state}</span>
        )}
      </div>
      {outputs.map((port, at) => (
        <Handle key={port} type="source" id={port} position={Position.Right} style={placed(at, outputs.length)} />
      ))}
    </article>
  );
}

const placed = (at: number, of: number) => ({ top: `${(100 * (at + 1)) / (of + 1)}%` });
