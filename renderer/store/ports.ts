import type { GraphDocument, GraphNode } from '../../graphs/document.ts';
import { parseOutputRef } from '../../graphs/document.ts';
import { REPEAT } from '../../graphs/repeats.ts';
import { INNER_PORT, SUBGRAPH_INPUT, SUBGRAPH_OUTPUT, subgraphName } from '../../graphs/subgraphs.ts';
import { wiresInto } from '../../graphs/wires.ts';
import type { Facts } from '../../nodes/definition.ts';
import type { InputPort, OutputPort, Ports, PortType } from '../../nodes/ports.ts';
import { portsOf } from './library.ts';
import { graphCalled, subgraphOf } from './place.ts';

/** Facts of the files of a node, by its id in the flat graph. */
export type FactsOf = (id: string) => Facts | undefined;

const NO_PORTS: Ports = { inputs: {}, outputs: {} };

/**
 * Ports of a node in its graph. Those of subgraphs, and of the inputs and outputs in them, are of the types of what they
 * are wired to. `prefix` stands before the graph's ids in the flat graph.
 */
export function portsIn(
  graph: GraphDocument,
  id: string,
  facts: FactsOf,
  prefix = '',
  around: readonly string[] = [],
): Ports {
  const node = graph.nodes[id];
  if (!node) return NO_PORTS;
  if (node.kind === SUBGRAPH_INPUT) {
    const { type, doc } = inputPort(graph, id, facts, prefix, around);
    return { inputs: {}, outputs: { [INNER_PORT]: { type: firstType(type), doc } } };
  }
  const name = subgraphName(node);
  if (name === undefined) return portsOf(node, facts(prefix + id));
  if (!subgraphOf(graph, name) || around.includes(name)) return NO_PORTS;
  const inner = graphCalled(graph, name);
  const [within, names] = [`${prefix}${id}/${node.kind === REPEAT ? '1/' : ''}`, [...around, name]];
  return {
    inputs: ofKind(inner, SUBGRAPH_INPUT, (input) => inputPort(inner, input, facts, within, names)),
    outputs: ofKind(inner, SUBGRAPH_OUTPUT, (output) => outputPort(inner, output, facts, within, names)),
  };
}

function ofKind<T>({ nodes, layout }: GraphDocument, kind: string, port: (id: string) => T): Record<string, T> {
  const height = (id: string) => layout?.[id]?.[1] ?? 0;
  // From top to bottom as they are drawn within.
  const ids = Object.keys(nodes)
    .filter((id) => nodes[id]?.kind === kind)
    .sort((a, b) => height(a) - height(b) || (a < b ? -1 : 1));
  return Object.fromEntries(ids.map((id) => [id, port(id)]));
}

function inputPort(
  graph: GraphDocument,
  id: string,
  facts: FactsOf,
  prefix: string,
  around: readonly string[],
): InputPort {
  const takers = Object.entries(graph.nodes).flatMap(([taker, node]) =>
    wiresInto(node).flatMap(({ port, source }) => {
      if (source.node !== id) return [];
      const known =
        node.kind === SUBGRAPH_OUTPUT ? undefined : portsIn(graph, taker, facts, prefix, around).inputs[port];
      return known ?? { type: 'any' as const, doc: '', optional: true };
    }),
  );
  const telling = takers.find(({ type }) => type !== 'any');
  return {
    type: telling?.type ?? 'any',
    doc: told(graph.nodes[id], telling?.doc ?? 'An input of the subgraph.'),
    ...(takers.every(({ optional }) => optional) && { optional: true }),
  };
}

function outputPort(
  graph: GraphDocument,
  id: string,
  facts: FactsOf,
  prefix: string,
  around: readonly string[],
): OutputPort {
  const [wire] = wiresInto(graph.nodes[id] as GraphNode);
  const source = wire && parseOutputRef(`${wire.source.node}.${wire.source.port}`);
  const port = source && portsIn(graph, source.node, facts, prefix, around).outputs[source.port];
  return { type: port?.type ?? 'any', doc: told(graph.nodes[id], port?.doc ?? 'An output of the subgraph.') };
}

const told = (node: GraphNode | undefined, doc: string) => node?.title ?? doc;

function firstType(type: InputPort['type']): PortType | 'any' {
  return typeof type === 'string' ? type : (type[0] ?? 'any');
}
