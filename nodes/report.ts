import { parseOutputRef } from '../graphs/document.ts';
import type { NodeMetrics } from './run.ts';

/** What is told of a node's run, and the sum of several: that of a subgraph. */

/** `skipped`: what it depends on failed. `unused`: what it waits for was sent another way. */
export type NodeStatus = 'finished' | 'reused' | 'unused' | 'failed' | 'skipped' | 'cancelled';

export interface RunError {
  readonly message: string;
  readonly hint?: string;
}

export interface ProviderReport {
  /** What was asked for: a provider name, or `auto`. */
  readonly asked: string;
  readonly ran: string;
  /** Share of operators, 0..1, that fell back to another provider; from ONNX Runtime's profile where one was taken. */
  readonly fallback?: number;
  /** Why what was asked for did not run. */
  readonly reason?: string;
}

/** Milliseconds. `warm` is the median of the repeats after the first run, `spread` their interquartile range. */
export interface Timing {
  readonly load?: number;
  readonly first?: number;
  readonly warm?: number;
  readonly spread?: number;
}

/** What a node's run took and made: what the node reports of itself, and what the executor measured. */
export interface Report<Output> extends NodeMetrics {
  readonly kind: string;
  readonly status: NodeStatus;
  /** `reused`, or why it ran again: "temperature changed". */
  readonly why?: string;
  readonly provider?: ProviderReport;
  readonly ms?: Timing;
  readonly outputs?: Readonly<Record<string, Output>>;
  readonly error?: RunError;
}

/** For each subgraph node, what its outputs carry, `<node>.<port>` of the flat graph, by output; see `Flat`. */
export type Carried = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** The report of a subgraph: of the nodes in it, by their ids in the flat graph; `undefined` where none has one. */
export function subgraphReport<Output>(
  id: string,
  reportOf: (id: string) => Report<Output> | undefined,
  inner: readonly string[],
  carried: Carried,
): Report<Output> | undefined {
  const reports = inner.flatMap((each) => {
    const report = reportOf(each);
    return report ? [[each.slice(id.length + 1), report] as const] : [];
  });
  const outputs = Object.entries(carried.get(id) ?? {}).flatMap(([port, source]) => {
    const { node, port: from } = parseOutputRef(source);
    const output = reportOf(node)?.outputs?.[from];
    return output ? [[port, output] as const] : [];
  });
  return sumOf(reports, outputs.length > 0 ? Object.fromEntries(outputs) : undefined);
}

const WORST_FIRST: readonly NodeStatus[] = ['failed', 'cancelled', 'skipped', 'finished', 'reused', 'unused'];

/** One report of several; `undefined` where there are none. A warm time only where every node that took time has one. */
export function sumOf<Output>(
  reports: readonly (readonly [id: string, report: Report<Output>])[],
  outputs?: Report<Output>['outputs'],
): Report<Output> | undefined {
  const [worstId, worst] = reports.toSorted(([, a], [, b]) => rank(a) - rank(b))[0] ?? [];
  if (!worst) return undefined;
  const all = reports.map(([, report]) => report);
  const one = <T>(read: (report: Report<unknown>) => T | undefined): T | undefined => {
    const values = [
      ...new Map(all.flatMap((report) => read(report) ?? []).map((value) => [JSON.stringify(value), value])).values(),
    ];
    return values.length === 1 ? values[0] : undefined;
  };
  const [provider, rate, speculation, extrapolated] = [
    one((each) => each.provider),
    one((each) => each.rate),
    one((each) => each.speculation),
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
    ...(speculation && { speculation }),
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

const rank = ({ status }: Report<unknown>) => WORST_FIRST.indexOf(status);

function total(
  reports: readonly Report<unknown>[],
  read: (report: Report<unknown>) => number | undefined,
): number | undefined {
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
function sumOfTokens(reports: readonly Report<unknown>[]): NonNullable<NodeMetrics['tokens']> {
  const reads = ({ tokens }: Report<unknown>) => tokens?.prompt !== undefined;
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
