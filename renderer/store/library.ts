import type { GraphDocument, GraphNode } from '../../graphs/document.ts';
import { isPort, subgraphName } from '../../graphs/subgraphs.ts';
import type { Facts, NodeDefinition } from '../../nodes/definition.ts';
import type { InputPort, Ports } from '../../nodes/ports.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { subgraphOf } from './place.ts';

const NO_PORTS: Ports = { inputs: {}, outputs: {} };
const defaultsByKind = new Map<string, Readonly<Record<string, unknown>>>();

export function defaultsOf(definition: NodeDefinition): Readonly<Record<string, unknown>> {
  const known = defaultsByKind.get(definition.kind);
  if (known) return known;
  const defaults = definition.params.parse({});
  defaultsByKind.set(definition.kind, defaults);
  return defaults;
}

/** Parameters as they stand, defaults filled in; a wrong value is kept, so that the inspector can show it. */
export function paramsOf(node: GraphNode): Readonly<Record<string, unknown>> {
  const definition = definitionOf(node.kind);
  return definition ? { ...defaultsOf(definition), ...node.params } : (node.params ?? {});
}

/** Parameters that parse: those that do not are taken at their default, so that a slip in one hides no port. */
function usableParams(definition: NodeDefinition, node: GraphNode): Record<string, unknown> {
  const parsed = definition.params.safeParse(node.params ?? {});
  if (parsed.success) return parsed.data;
  const wrong = new Set(parsed.error.issues.map((issue) => issue.path[0]));
  const kept = Object.entries(node.params ?? {}).filter(([name]) => !wrong.has(name));
  return definition.params.parse(Object.fromEntries(kept));
}

/** What a node is called: its own title, a subgraph's, its kind's; an input or output of a subgraph by its name. */
export function titleOf(graph: GraphDocument, id: string): string {
  const node = graph.nodes[id];
  if (!node || isPort(node)) return id;
  const name = subgraphName(node);
  const subgraph = name === undefined ? undefined : subgraphOf(graph, name);
  return node.title ?? subgraph?.title ?? definitionOf(node.kind)?.title ?? node.kind;
}

const portsCache = new WeakMap<GraphNode, { readonly facts: Facts | undefined; readonly ports: Ports }>();

/** Ports of a node; the same object as long as the node and the facts of its files are the same. */
export function portsOf(node: GraphNode, facts?: Facts): Ports {
  const cached = portsCache.get(node);
  if (cached && cached.facts === facts) return cached.ports;
  const definition = definitionOf(node.kind);
  const ports = definition ? definition.ports(usableParams(definition, node), facts) : NO_PORTS;
  portsCache.set(node, { facts, ports });
  return ports;
}

/** The colour of a port: of its first type where it takes several. */
export function portColour(type: InputPort['type']): string {
  if (type === 'any') return 'var(--port-any)';
  return `var(--port-${typeof type === 'string' ? type : type[0]})`;
}

export function typeName(type: InputPort['type']): string {
  return typeof type === 'string' ? type : type.join(' or ');
}
