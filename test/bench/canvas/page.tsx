import { createRoot } from 'react-dom/client';
import {
  Background,
  Controls,
  type Edge,
  MiniMap,
  type Node,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from 'reactflow';
import 'reactflow/dist/style.css';
import '../../../renderer/theme/theme.css';
import '../../../renderer/theme/canvas.css';
import '../../../renderer/subgraphs/subgraphs.css';
import type { GraphNode } from '../../../graphs/document.ts';
import { Canvas } from '../../../renderer/canvas/canvas.tsx';
import { openDocument } from '../../../renderer/store/document.ts';
import { useRun } from '../../../renderer/store/run.ts';

/** `?nodes=…` nodes, each wired to the next: Patchbay's canvas with `&ours`, else React Flow's stress example. */
const query = new URLSearchParams(location.search);
const NODES = Number(query.get('nodes'));
/** As wide as a screen, so that the whole fits one. */
const COLUMNS = Math.round(Math.sqrt(1.6 * NODES));

function Stress() {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  for (let i = 0; i < NODES; i++) {
    const position = { x: (i % COLUMNS) * 100, y: Math.floor(i / COLUMNS) * 50 };
    nodes.push({ id: `n${i}`, position, data: { label: `Node ${i}` }, style: { width: 50, fontSize: 11 } });
    if (i > 0) edges.push({ id: `e${i}`, source: `n${i - 1}`, target: `n${i}` });
  }
  return (
    <ReactFlow defaultNodes={nodes} defaultEdges={edges} fitView minZoom={0}>
      <MiniMap />
      <Controls />
      <Background />
      <Expose />
    </ReactFlow>
  );
}

/** Pipelines of five kinds, each as it looks after a run; every row of nodes stands in a group. */
function openPipelines(): void {
  const nodes: Record<string, GraphNode> = {};
  const layout: Record<string, [number, number]> = {};
  const chain: readonly [kind: string, port: string, output: string][] = [
    ['prompt', '', 'text'],
    ['vision-encoder', 'image', 'features'],
    ['projector', 'features', 'embeddings'],
    ['llm', 'visual', 'answer'],
    ['view', 'value', 'value'],
  ];
  const groups: Record<string, { title: string; at: [number, number]; size: [number, number] }> = {};
  for (let row = 0; row < NODES / COLUMNS; row++)
    groups[`g${row}`] = { title: `Row ${row}`, at: [-24, row * 300 - 48], size: [COLUMNS * 300, 292] };
  let source: string | undefined;
  for (let i = 0; i < NODES; i++) {
    const [kind, port] = chain[i % chain.length] ?? ['view', 'value'];
    const id = `n${i}`;
    nodes[id] = { kind, ...(source && port ? { inputs: { [port]: source } } : {}) };
    source = `${id}.${chain[i % chain.length]?.[2]}`;
    layout[id] = [(i % COLUMNS) * 300, Math.floor(i / COLUMNS) * 300];
  }
  openDocument({ schemaVersion: 1, title: `${NODES} nodes`, nodes, layout, groups });
  const histogram = Array.from({ length: 32 }, (_, bin) => Math.round(100 * Math.exp(-(((bin - 16) / 6) ** 2))));
  const stats = { dims: [1, 49, 768], dtype: 'float32', min: -3, max: 3, mean: 0, std: 1, histogram };
  const reports = Object.entries(nodes).map(([id, { kind }]) => [
    id,
    {
      phase: 'done' as const,
      report: {
        kind,
        status: 'finished' as const,
        ms: { first: 12, warm: 10 },
        tokens: { visual: 49 },
        provider: { asked: 'auto', ran: 'cpu' },
        outputs: { out: { type: 'features' as const, count: 1, tokens: 49, width: 768, stats } },
      },
    },
  ]);
  useRun.setState({ nodes: Object.fromEntries(reports) });
}

/** Lets the bench set the viewport, as the buttons of both canvases do. */
function Expose() {
  const { setViewport } = useReactFlow();
  Object.assign(window, { setViewport });
  return null;
}

const ours = query.has('ours');
if (ours) openPipelines();
createRoot(document.getElementById('root') ?? document.body).render(
  ours ? (
    <ReactFlowProvider>
      <Canvas />
      <Expose />
    </ReactFlowProvider>
  ) : (
    <Stress />
  ),
);
