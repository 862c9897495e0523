import { canonical } from './canonical.ts';
import type { GraphNode } from './document.ts';
import { topologicalOrder, wiresInto } from './wires.ts';

type Nodes = Readonly<Record<string, GraphNode>>;

/** Sources of each connected input, `<node>.<port>`, in wire order. */
export type Wiring = Readonly<Record<string, readonly string[]>>;

export function wiringOf(node: GraphNode): Wiring {
  const wiring = new Map<string, string[]>();
  for (const { port, source } of wiresInto(node))
    wiring.set(port, [...(wiring.get(port) ?? []), `${source.node}.${source.port}`]);
  return Object.fromEntries(wiring);
}

/** The same wiring where nodes have other ids. */
export function mapped(wiring: Wiring, ids: ReadonlyMap<string, string>): Wiring {
  const rename = (source: string) => {
    const dot = source.indexOf('.');
    return (ids.get(source.slice(0, dot)) ?? source.slice(0, dot)) + source.slice(dot);
  };
  return Object.fromEntries(Object.entries(wiring).map(([port, sources]) => [port, sources.map(rename)]));
}

/**
 * Nodes of `a` that `b` has under another id: new ids by old. Kind, parameters and what is wired in must be the same, once
 * the nodes before them are called what `b` calls them; of several that fit, the one whose output goes to the same places.
 */
export function matchRenames(a: Nodes, b: Nodes): Map<string, string> {
  const renames = new Map<string, string>();
  const fitting = new Map<string, string[]>();
  for (const id of Object.keys(b).filter((id) => !Object.hasOwn(a, id))) {
    const key = contentOf(b[id] as GraphNode);
    fitting.set(key, [...(fitting.get(key) ?? []), id]);
  }
  const [usedInA, usedInB] = [usesOf(a, b), usesOf(b, a)];
  for (const id of inOrder(a).filter((id) => !Object.hasOwn(b, id))) {
    const candidates = fitting.get(contentOf(a[id] as GraphNode, renames)) ?? [];
    const same = candidates.findIndex((other) => usedInB.get(other) === usedInA.get(id));
    const [match] = candidates.splice(Math.max(0, same), 1);
    if (match !== undefined) renames.set(id, match);
  }
  return renames;
}

/** All that a node is but its id, as a text. */
function contentOf(node: GraphNode, renames: ReadonlyMap<string, string> = new Map()): string {
  return canonical({ ...node, params: node.params ?? {}, inputs: mapped(wiringOf(node), renames) });
}

/** Where each node's outputs go, as a text: by id where the other graph has that id too, else by kind. */
function usesOf(nodes: Nodes, other: Nodes): Map<string, string> {
  const uses = new Map<string, string[]>();
  for (const [id, node] of Object.entries(nodes))
    for (const { port, index = 0, source } of wiresInto(node)) {
      const place = Object.hasOwn(other, id) ? id : `(${node.kind})`;
      uses.set(source.node, [...(uses.get(source.node) ?? []), `${source.port} → ${place}.${port}[${index}]`]);
    }
  return new Map([...uses].map(([id, places]) => [id, places.sort().join('\n')]));
}

/** Ids with sources first. Those in a circle or after one, which no order has, come last. */
function inOrder(nodes: Nodes): string[] {
  const { order } = topologicalOrder({ schemaVersion: 1, title: '', nodes });
  return [...new Set([...order, ...Object.keys(nodes).sort()])];
}
