import { create } from 'zustand';
import type { NodeReport, RunEvent, RunResult, Span } from '../../electron/backend/executor/events.ts';
import type { Carried } from '../../nodes/report.ts';
import type { SearchNode } from '../../nodes/search-loop/search.ts';
import { summedAround } from './sums.ts';

export interface NodeRunState {
  readonly phase: 'queued' | 'loading' | 'running' | 'done';
  /** Streamed so far. */
  readonly text?: string;
  /** The tree of a search under way, by the ids of its nodes; that of a search that ended stands in the report. */
  readonly tree?: ReadonlyMap<number, SearchNode>;
  readonly progress?: { readonly done: number; readonly of: number; readonly label: string };
  readonly why?: string;
  /** Begun so far in the run under way: each ends where the next begins. */
  readonly began?: readonly Omit<Span, 'end'>[];
  /** Of the last run that reached this node: it stays until the next one replaces it. */
  readonly report?: NodeReport;
}

export interface RunState {
  /** The run under way; `starting` until the backend has named it. */
  readonly active?: {
    readonly id?: string;
    readonly order: readonly string[];
    readonly startedAt: number;
    /** When the engine began it, by this window's clock. */
    readonly beganAt?: number;
  };
  readonly cancelling: boolean;
  /** By id in the flat graph; a subgraph's node holds the sum of its nodes. */
  readonly nodes: Readonly<Record<string, NodeRunState>>;
  /** Of the graph that ran last; without it no sums are made. */
  readonly carried?: Carried;
  /** Nodes of the last run, in the order of its plan. */
  readonly order: readonly string[];
  readonly result?: RunResult;
}

export const useRun = create<RunState>(() => ({ cancelling: false, nodes: {}, order: [] }));

export const forgetRun = () =>
  useRun.setState({ active: undefined, cancelling: false, nodes: {}, order: [], result: undefined });

/** Nodes that come under an id which another had before do not show what that one made. */
export function forgetResults(ids: readonly string[]): void {
  const { nodes } = useRun.getState();
  if (!ids.some((id) => Object.hasOwn(nodes, id))) return;
  const left = Object.entries(nodes).filter(([id]) => !ids.includes(id));
  useRun.setState({ nodes: Object.fromEntries(left) });
}

/** The state after one event of a run. */
export function applyEvent(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'run-started': {
      const queued = event.order.map((id) => [id, { phase: 'queued', report: state.nodes[id]?.report }] as const);
      const startedAt = state.active?.startedAt ?? performance.now();
      const nodes = { ...state.nodes, ...Object.fromEntries(queued) };
      return {
        ...state,
        result: undefined,
        active: { id: event.run, order: event.order, startedAt, beganAt: performance.now() },
        order: event.order,
        nodes: event.order.reduce((summed, id) => summedAround(summed, id, state.carried), nodes),
      };
    }
    case 'node-loading':
      return withNode(state, event.node, { phase: 'loading' });
    case 'node-started':
      return withNode(state, event.node, { phase: 'running', ...(event.why ? { why: event.why } : {}) });
    case 'node-span': {
      const { phase, turn, start } = event;
      return withNode(state, event.node, {
        began: [...(state.nodes[event.node]?.began ?? []), { phase, turn, start }],
      });
    }
    case 'node-text':
      return withNode(state, event.node, { text: (state.nodes[event.node]?.text ?? '') + event.text });
    case 'node-search': {
      const tree = event.nodes.map((node) => [node.id, node] as const);
      return withNode(state, event.node, { tree: new Map([...(state.nodes[event.node]?.tree ?? []), ...tree]) });
    }
    case 'node-progress':
      return withNode(state, event.node, { progress: { done: event.done, of: event.of, label: event.label } });
    case 'node-done': {
      const nodes = { ...state.nodes, [event.node]: { phase: 'done', report: event.report } as const };
      return { ...state, nodes: summedAround(nodes, event.node, state.carried) };
    }
    case 'run-done':
      return { ...state, active: undefined, cancelling: false, result: event.result, nodes: settled(state.nodes) };
  }
}

/** A stream that ended without its last event: nothing is under way any more, results stay. */
export function interrupted(state: RunState): RunState {
  return { ...state, active: undefined, cancelling: false, nodes: settled(state.nodes) };
}

function withNode(state: RunState, id: string, change: Partial<NodeRunState>): RunState {
  const before: NodeRunState = state.nodes[id] ?? { phase: 'queued' };
  const nodes = { ...state.nodes, [id]: { ...before, ...change } };
  return { ...state, nodes: summedAround(nodes, id, state.carried) };
}

function settled(nodes: RunState['nodes']): RunState['nodes'] {
  const entries = Object.entries(nodes).map(([id, node]) => [
    id,
    node.phase === 'done' ? node : { phase: 'done', report: node.report },
  ]);
  return Object.fromEntries(entries);
}
