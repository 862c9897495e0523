import type { FactsByNode, KindCatalog } from './catalog.ts';
import type { GraphDocument, GraphNode } from './document.ts';
import type { Idle } from './modes.ts';
import { wiresInto } from './wires.ts';

/**
 * A document without the wires into inputs that give way to another which is wired too (an LLM at a server takes the
 * picture, not the visual tokens made of it), and without the nodes that nothing else needs: each with the reason.
 */
export function withoutUnread(
  document: GraphDocument,
  catalog: KindCatalog,
  facts: FactsByNode,
): { readonly document: GraphDocument; readonly unread: ReadonlyMap<string, Idle> } {
  const nodes = new Map(Object.entries(document.nodes));
  /** Nodes that may be needed no more, and why. */
  const loose: (readonly [id: string, why: string])[] = [];
  for (const [id, node] of nodes) {
    const ports = node.mode === undefined ? unreadPorts(node, catalog, facts[id]) : [];
    if (ports.length === 0) continue;
    for (const { port, source } of wiresInto(node)) {
      const found = ports.find(([name]) => name === port);
      if (found) loose.push([source.node, found[1]]);
    }
    const inputs = Object.entries(node.inputs ?? {}).filter(([port]) => !ports.some(([name]) => name === port));
    nodes.set(id, { ...node, inputs: Object.fromEntries(inputs) });
  }
  if (loose.length === 0) return { document, unread: new Map() };
  const unread = new Map<string, Idle>();
  for (let next = loose.shift(); next; next = loose.shift()) {
    const [id, why] = next;
    const node = nodes.get(id);
    if (!node || isRead(id, nodes)) continue;
    nodes.delete(id);
    unread.set(id, { mode: 'waits', why: `nothing reads it: ${why}` });
    for (const { source } of wiresInto(node)) loose.push([source.node, why]);
  }
  return { document: { ...document, nodes: Object.fromEntries(nodes) }, unread };
}

function isRead(id: string, nodes: ReadonlyMap<string, GraphNode>): boolean {
  return [...nodes.values()].some((node) => wiresInto(node).some(({ source }) => source.node === id));
}

/** Inputs of a node that are wired and not read, each with the reason. */
function unreadPorts(node: GraphNode, catalog: KindCatalog, facts: FactsByNode[string] | undefined) {
  const wired = Object.entries(node.inputs ?? {}).flatMap(([port, sources]) =>
    [sources].flat().length > 0 ? [port] : [],
  );
  // Parameters are read where it takes two: this is asked of every node at every edit.
  if (wired.length < 2) return [];
  const info = catalog.get(node.kind);
  const parsed = info?.parseParams(node.params ?? {});
  if (!info || !parsed || !('params' in parsed)) return [];
  const { inputs } = info.ports(parsed.params, facts);
  return wired.flatMap((port) => {
    const yields = Object.hasOwn(inputs, port) ? inputs[port]?.yields : undefined;
    return yields && wired.includes(yields.to) ? [[port, yields.why] as const] : [];
  });
}
