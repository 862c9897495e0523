import type { NodeReport, NodeStatus, Timing } from '../../electron/backend/executor/events.ts';
import { parseOutputRef } from '../../graphs/document.ts';
import type { NodeRunState, RunState } from './run.ts';

/** What a subgraph's node shows of a run: the sum of what its nodes took, the state of the worst, and its outputs. */

/** For each subgraph node, what its outputs carry, by output; see `Flat`. */
export type Carried = ReadonlyMap<string, Readonly<Record<string, string>>>;

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
  const reports = inner.flatMap(([each, { report }]) => (report ? [[each.slice(id.length + 1), report] as const] : []));
  const report = sumOf(reports, outputsOf(nodes, carried.get(id) ?? {}));
  return {
    phase,
    ...(live?.text !== undefined && { text: live.text }),
    ...(live?.progress && { progress: live.progress }),
    ...(report && { report }),
  };
}

function outputsOf(nodes: RunState['nodes'], carried: Readonly<Record<string, string>>): NodeReport['outputs'] {
  const made = Object.entries(carried).flatMap(([port, source]) => {
    const { node, port: from } = parseOutputRef(source);
    const output = nodes[node]?.report?.outputs?.[from];
    return output ? [[port, output] as const] : [];
  });
  return made.length > 0 ? Object.fromEntries(made) : undefined;
}

const WORST_FIRST: readonly NodeStatus[] = ['failed', 'cancelled', 'skipped', 'finished', 'reused'];

/** One report of several; `undefined` where there are none. A warm time only where every node that took time has one. */
export function sumOf(
  reports: readonly (readonly [id: string, report: NodeReport])[],
  outputs?: NodeReport['outputs'],
): NodeReport | undefined {
  const [worstId, worst] = reports.toSorted(([, a], [, b]) => rank(a) - rank(b))[0] ?? [];
  if (!worst) return undefined;
  const all = reports.map(([, report]) => report);
  const one = <T>(read: (report: NodeReport) => T | undefined): T | undefined => {
    const values = [
      ...new Map(all.flatMap((report) => read(report) ?? []).map((value) => [JSON.stringify(value), value])).values(),
    ];
    return values.length === 1 ? values[0] : undefined;
  };
  const [provider, rate, extrapolated] = [
    one((each) => each.provider),
    one((each) => each.rate),
    one((each) => each.extrapolated),
  ];
  const caveats = new Set(all.flatMap(({ caveat }) => caveat ?? []));
  const ms = sumOfTimes(all.flatMap((each) => each.ms ?? []));
  return {
    kind: 'subgraph',
    status: worst.status,
    ...(worst.error && { error: { ...worst.error, message: `${worstId}: ${worst.error.message}` } }),
    ...(worst.status !== 'finished' && worst.why !== undefined && { why: worst.why }),
    ...(ms && { ms }),
    ...(provider && { provider }),
    ...(rate && { rate }),
    ...(extrapolated && { extrapolated }),
    tokens: sumOfTokens(all),
    ...figures({ parameters: total(all, (each) => each.parameters), flops: total(all, (each) => each.flops) }),
    bytes: figures({
      peak: total(all, (each) => each.bytes?.peak),
      kvCache: total(all, (each) => each.bytes?.kvCache),
    }),
    ...(caveats.size > 0 && { caveat: [...caveats].join('; ') }),
    ...(outputs && { outputs }),
  };
}

const rank = ({ status }: NodeReport) => WORST_FIRST.indexOf(status);

function total(reports: readonly NodeReport[], read: (report: NodeReport) => number | undefined): number | undefined {
  const values = reports.flatMap((report) => read(report) ?? []);
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : undefined;
}

function figures<K extends string>(values: Readonly<Record<K, number | undefined>>): Partial<Record<K, number>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<K, number>
  >;
}

function sumOfTimes(times: readonly Timing[]): Timing | undefined {
  if (times.length === 0) return undefined;
  const add = (read: (time: Timing) => number | undefined) => times.reduce((sum, time) => sum + (read(time) ?? 0), 0);
  return {
    ...(times.some(({ load }) => load !== undefined) && { load: add(({ load }) => load) }),
    first: add(({ first }) => first),
    ...(times.every(({ warm }) => warm !== undefined) && { warm: add(({ warm }) => warm) }),
  };
}

/** Visual tokens are counted where they are made and where an LLM reads them: the larger count is the sum's, as in estimates. */
function sumOfTokens(reports: readonly NodeReport[]): NonNullable<NodeReport['tokens']> {
  const reads = ({ tokens }: NodeReport) => tokens?.prompt !== undefined;
  const of = (source: 'prompt' | 'visual' | 'thinking' | 'answer', counted = reports) =>
    total(counted, ({ tokens }) => tokens?.[source]) ?? 0;
  const visual = Math.max(
    of('visual', reports.filter(reads)),
    of(
      'visual',
      reports.filter((each) => !reads(each)),
    ),
  );
  const all = { prompt: of('prompt'), visual, thinking: of('thinking'), answer: of('answer') };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
}
