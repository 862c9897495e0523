import type { GraphCheck } from '../../electron/backend/contract.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { portsOf } from '../store/library.ts';
import type { NodeRunState } from '../store/run.ts';
import { bytes, count, duration, flops, significant, whole } from '../ui/format.ts';

/** A figure of both graphs. */
export interface Figure {
  readonly name: string;
  readonly doc: string;
  of(pane: Measured): number | undefined;
  shown(value: number): string;
}

/** What is known of a side: what its check expects, and what its run measured. */
export interface Measured {
  readonly graph: GraphDocument;
  readonly check?: GraphCheck;
  readonly nodes: Readonly<Record<string, NodeRunState>>;
}

/** The nodes that answer, in the order in which they are written. */
export function answeringNodes({ nodes }: GraphDocument): readonly string[] {
  return Object.entries(nodes)
    .filter(([, node]) => Object.values(portsOf(node).outputs).some(({ type }) => type === 'answer'))
    .map(([id]) => id);
}

/** The nodes that nobody takes anything from. */
export function lastNodes({ nodes }: GraphDocument): readonly string[] {
  const sources = Object.values(nodes).flatMap(({ inputs }) => Object.values(inputs ?? {}).flat());
  const taken = new Set(sources.map((source) => source.slice(0, source.indexOf('.'))));
  return Object.keys(nodes).filter((id) => !taken.has(id));
}

const reportsOf = ({ nodes }: Measured) => Object.values(nodes).flatMap(({ report }) => report ?? []);

/** The sum over the nodes that have the figure; undefined where none has. */
function total<T>(list: readonly T[], read: (item: T) => number | undefined): number | undefined {
  const values = list.flatMap((item) => read(item) ?? []);
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : undefined;
}

/** Tokens of the nodes that answer: measured, else as expected. */
function tokens(pane: Measured, source: 'prompt' | 'visual'): number | undefined {
  return total(
    answeringNodes(pane.graph),
    (id) => pane.nodes[id]?.report?.tokens?.[source] ?? pane.check?.nodes[id]?.cost?.tokens?.[source],
  );
}

export const FIGURES: readonly Figure[] = [
  {
    name: 'Parameters',
    doc: 'Of the whole graph',
    of: ({ check }) => check?.total.parameters,
    shown: count,
  },
  {
    name: 'FLOPs',
    doc: 'Of one run of the whole graph, as expected',
    of: ({ check }) => check?.total.flops,
    shown: flops,
  },
  {
    name: 'Visual tokens',
    doc: 'That the language model reads or attends to',
    of: (pane) => tokens(pane, 'visual'),
    shown: whole,
  },
  {
    name: 'Prompt tokens',
    doc: 'Text that the language model reads',
    of: (pane) => tokens(pane, 'prompt'),
    shown: whole,
  },
  {
    name: 'Answer tokens',
    doc: 'Thinking and answer',
    of: (pane) =>
      total(reportsOf(pane), ({ tokens: made }) =>
        made?.answer === undefined ? undefined : made.answer + (made.thinking ?? 0),
      ),
    shown: whole,
  },
  {
    name: 'First token',
    doc: 'Time to the first token of the language model that answers last: its prefill and one step, without waiting for the other graph',
    of: (pane) => reportsOf(pane).findLast(({ rate }) => rate)?.rate?.firstTokenMs,
    shown: duration,
  },
  {
    name: 'Tokens per second',
    doc: 'After the first token, without waiting for the other graph',
    of: (pane) => reportsOf(pane).findLast(({ rate }) => rate)?.rate?.tokensPerSecond || undefined,
    shown: significant,
  },
  {
    name: 'All nodes',
    doc: 'Time of all nodes in the second of two runs, without waiting for the other graph',
    of: (pane) => total(reportsOf(pane), ({ ms }) => ms?.warm ?? ms?.first),
    shown: duration,
  },
  {
    name: 'KV cache',
    doc: 'At the end of the answer',
    of: (pane) => total(reportsOf(pane), ({ bytes: held }) => held?.kvCache),
    shown: bytes,
  },
  {
    name: 'Peak memory',
    doc: 'The highest of each node, summed',
    of: (pane) => total(reportsOf(pane), ({ bytes: held }) => held?.peak),
    shown: bytes,
  },
];
