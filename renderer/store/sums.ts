import { type Carried, subgraphReport } from '../../nodes/report.ts';
import type { NodeRunState, RunState } from './run.ts';

/** What a subgraph's node shows of a run: the sum of what its nodes took, the state of the worst, and its outputs. */

/** The states of a run with those of the subgraphs around a node made anew. */
export function summedAround(nodes: RunState['nodes'], id: string, carried: Carried = new Map()): RunState['nodes'] {
  const parts = id.split('/');
  const around = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
  const sums = around.flatMap((each) => (carried.has(each) ? [[each, summed(nodes, each, carried)] as const] : []));
  return sums.length > 0 ? { ...nodes, ...Object.fromEntries(sums) } : nodes;
}

function summed(nodes: RunState['nodes'], id: string, carried: Carried): NodeRunState {
  const inner = Object.entries(nodes).filter(([each]) => each.startsWith(`${id}/`) && !carried.has(each));
  const states = inner.map(([, state]) => state);
  const live = states.findLast(({ phase }) => phase === 'loading' || phase === 'running');
  const begun = states.some(({ phase }) => phase === 'done');
  const waits = states.some(({ phase }) => phase === 'queued');
  const phase = live?.phase ?? (waits ? (begun ? 'running' : 'queued') : 'done');
  const ids = inner.map(([each]) => each);
  const report = subgraphReport(id, (each) => nodes[each]?.report, ids, carried);
  return {
    phase,
    ...(live?.text !== undefined && { text: live.text }),
    ...(live?.progress && { progress: live.progress }),
    ...(report && { report }),
  };
}
