import type { Change } from '../../graphs/diff.ts';
import type { GraphNode } from '../../graphs/document.ts';
import { sourcesAt, type Wiring } from '../store/edits.ts';
import { paramsOf } from '../store/library.ts';
import { wireId } from '../store/selection.ts';

/** Of two graphs that stand beside each other: the first and the second. */
export const SIDES = ['a', 'b'] as const;
export type Side = (typeof SIDES)[number];

/** How a node differs from the other graph: it is in this one alone, or something about it is another. */
export interface Mark {
  readonly type: 'removed' | 'added' | 'changed';
  /** What about it, as it is on this side: `temperature 0.7`. */
  readonly what: readonly string[];
}

export interface Marks {
  readonly nodes: Readonly<Record<string, Mark>>;
  /** Ids of the wires that the other graph does not have. */
  readonly wires: ReadonlySet<string>;
}

/** What is marked on a side: of `a` what `b` no longer has, of `b` what is new, of both what is another. */
export function marksOf(changes: readonly Change[], side: Side, nodes: Readonly<Record<string, GraphNode>>): Marks {
  const before = new Map(changes.flatMap((change) => (change.type === 'renamed' ? [[change.to, change.from]] : [])));
  const here = (id: string) => (side === 'a' ? (before.get(id) ?? id) : id);
  const marks: Record<string, Mark> = {};
  const wires = new Set<string>();
  for (const change of changes) {
    if (change.type === 'title') continue;
    const id = change.type === 'renamed' ? change[side === 'a' ? 'from' : 'to'] : here(change.node);
    const node = nodes[id];
    if (!node) continue;
    if (change.type === 'added' || change.type === 'removed') {
      marks[id] = { type: change.type, what: [] };
      for (const port of Object.keys(node.inputs ?? {}))
        for (const source of sourcesAt(node, port)) wires.add(wireOf(source, id, port));
      continue;
    }
    marks[id] = { type: 'changed', what: [...(marks[id]?.what ?? []), whatOf(change, node, side)] };
    if (change.type !== 'wires') continue;
    const [mine, others] = side === 'a' ? [change.from, change.to] : [change.to, change.from];
    for (const source of mine) if (!others.includes(source)) wires.add(wireOf(withId(source, here), id, change.port));
  }
  return { nodes: marks, wires };
}

type NodeChange = Exclude<Change, { type: 'title' | 'added' | 'removed' }>;

function whatOf(change: NodeChange, node: GraphNode, side: Side): string {
  switch (change.type) {
    case 'renamed':
      return `called ${change[side === 'a' ? 'from' : 'to']}`;
    case 'kind':
      return 'kind';
    case 'parameter': {
      // Which one stands under the title already.
      if (change.name === 'model') return 'model';
      const value = paramsOf(node)[change.name];
      return `${change.name} ${value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value)}`;
    }
    case 'field':
      return change.name;
    case 'wires':
      return `wires of ${change.port}`;
  }
}

function wireOf(source: string, target: string, targetPort: string): string {
  const dot = source.indexOf('.');
  const wiring: Wiring = { source: source.slice(0, dot), sourcePort: source.slice(dot + 1), target, targetPort };
  return wireId(wiring);
}

/** `node.port` with the node as this side calls it: changes speak of wires by the second graph's ids. */
function withId(source: string, here: (id: string) => string): string {
  const dot = source.indexOf('.');
  return here(source.slice(0, dot)) + source.slice(dot);
}
