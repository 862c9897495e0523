import type { KindCatalog } from './catalog.ts';
import type { GraphDocument, GraphNode } from './document.ts';

/** The same document with parameters that equal their default left out, as files are written. Unknown kinds stay as they are. */
export function withoutDefaults(document: GraphDocument, catalog: KindCatalog): GraphDocument {
  const { subgraphs } = document;
  const nodes = nodesWithout(document.nodes, catalog);
  if (!subgraphs) return { ...document, nodes };
  const trimmed = Object.entries(subgraphs).map(([name, subgraph]) => [
    name,
    { ...subgraph, nodes: nodesWithout(subgraph.nodes, catalog) },
  ]);
  return { ...document, nodes, subgraphs: Object.fromEntries(trimmed) };
}

function nodesWithout(nodes: GraphDocument['nodes'], catalog: KindCatalog): GraphDocument['nodes'] {
  const entries = Object.entries(nodes).map(([id, node]) => {
    const defaults = catalog.get(node.kind)?.defaults;
    return [id, defaults ? trimmed(node, defaults) : node] as const;
  });
  return Object.fromEntries(entries);
}

function trimmed({ params, ...node }: GraphNode, defaults: Readonly<Record<string, unknown>>): GraphNode {
  const kept = Object.entries(params ?? {}).filter(
    ([name, value]) => !(Object.hasOwn(defaults, name) && sameJson(value, defaults[name])),
  );
  return kept.length > 0 ? { ...node, params: Object.fromEntries(kept) } : node;
}

function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => right.has(key) && sameJson(value, right.get(key)));
}
