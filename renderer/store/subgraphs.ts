import { type GraphDocument, type GraphNode, parseOutputRef, type Subgraph } from '../../graphs/document.ts';
import { INNER_PORT, isPort, SUBGRAPH, SUBGRAPH_INPUT, SUBGRAPH_OUTPUT, subgraphName } from '../../graphs/subgraphs.ts';
import { wiresInto } from '../../graphs/wires.ts';
import { freeCopies } from './copies.ts';
import { freeName, mapSources, removeNodes, sourcesAt } from './edits.ts';
import { addItems, itemOf, onlyItems } from './items.ts';
import { withLayout } from './layout.ts';
import { graphCalled, subgraphOf } from './place.ts';

/** From a node to the inputs before it and the outputs after it, and from one of these to the next, in pixels of the canvas. */
const [BEFORE, AFTER, APART] = [330, 340, 90];

/**
 * Puts nodes, notes and groups into a subgraph, and one node in their place. It has an input for every output outside that
 * feeds them, and an output for each of theirs that is taken outside or, where a node feeds nothing, that `outputsOf` it
 * names. Returns the document with the id of the new node, or why there is none, in words.
 */
export function collapse(
  graph: GraphDocument,
  keys: ReadonlySet<string>,
  title: string,
  outputsOf: (id: string) => readonly string[],
): readonly [document: GraphDocument, id: string] | string {
  const chosen = new Set([...keys].filter((key) => itemOf(key) || isInside(graph.nodes[key])));
  const ids = new Set([...chosen].filter((key) => Object.hasOwn(graph.nodes, key)));
  if (ids.size === 0) return 'Select the nodes that are to be one';
  const between = nodesBetween(graph, ids);
  if (between.length > 0) return `Between them stands what is not selected: select ${between.join(', ')} too`;

  const taken = new Set(ids);
  const inputs = portNames(sourcesInto(graph, ids), taken);
  const outputs = portNames(sourcesOutOf(graph, ids, outputsOf), taken);
  const rest = removeNodes(graph, chosen);
  const name = freeName(
    slug(title),
    (each) => subgraphOf(graph, each) !== undefined || Object.hasOwn(rest.nodes, each),
  );
  const through = (source: string) => (outputs.has(source) ? `${name}.${outputs.get(source)}` : source);
  const nodes = Object.keys(rest.nodes).map((id) => [id, mapSources(graph.nodes[id] as GraphNode, through)]);
  const fed = Object.fromEntries([...inputs].map(([source, input]) => [input, source]));
  const node: GraphNode = { kind: SUBGRAPH, params: { graph: name }, ...(inputs.size > 0 && { inputs: fed }) };
  const { left, top, right, bottom } = extent(graph, ids);
  return [
    {
      ...rest,
      nodes: { ...Object.fromEntries(nodes), [name]: node },
      layout: { ...rest.layout, [name]: [Math.round((left + right) / 2), Math.round((top + bottom) / 2)] },
      subgraphs: { ...graph.subgraphs, [name]: innerGraph(graph, chosen, title, inputs, outputs) },
    },
    name,
  ];
}

/** Puts what is in a subgraph in the place of the node that stands for it; returns the keys of what came out of it. */
export function expand(graph: GraphDocument, id: string): readonly [document: GraphDocument, keys: readonly string[]] {
  const node = graph.nodes[id];
  const name = node && subgraphName(node);
  if (!node || name === undefined || !subgraphOf(graph, name)) return [graph, []];
  const inner = withLayout(graphCalled(graph, name));
  const ids = Object.keys(inner.nodes).filter((each) => isInside(inner.nodes[each]));
  const outer = removeNodes(graph, new Set([id]));
  const copies = freeCopies(new Set(Object.keys(outer.nodes)), ids);

  /** What a wire in the subgraph carries, as a source outside. */
  const inward = (source: string): string | undefined => {
    const { node: from, port } = parseOutputRef(source);
    if (inner.nodes[from]?.kind === SUBGRAPH_INPUT) return sourcesAt(node, from)[0];
    return `${copies.get(from) ?? from}.${port}`;
  };
  const outward = (source: string): string | undefined => {
    const { node: from, port } = parseOutputRef(source);
    if (from !== id) return source;
    const output = inner.nodes[port];
    const within = output?.kind === SUBGRAPH_OUTPUT ? sourcesAt(output, INNER_PORT)[0] : undefined;
    return within === undefined ? undefined : inward(within);
  };
  const outerNodes = Object.keys(outer.nodes).map((each) => [
    each,
    mapSources(graph.nodes[each] as GraphNode, outward),
  ]);
  const innerNodes = ids.map((each) => [copies.get(each), mapSources(inner.nodes[each] as GraphNode, inward)]);

  const { left, top } = extent(inner, new Set(ids));
  const [x, y] = graph.layout?.[id] ?? [left, top];
  const layout = ids.map((each) => {
    const [atX, atY] = inner.layout?.[each] ?? [left, top];
    return [copies.get(each), [atX + x - left, atY + y - top]];
  });
  const filled = {
    ...outer,
    nodes: { ...Object.fromEntries(outerNodes), ...Object.fromEntries(innerNodes) },
    layout: { ...outer.layout, ...Object.fromEntries(layout) },
  };
  const [document, items] = addItems(filled, inner, [x - left, y - top]);
  return [document, [...copies.values(), ...items]];
}

const isInside = (node: GraphNode | undefined) => node !== undefined && !isPort(node);

/** Gives an input or output of a subgraph another name, here and wherever it is wired. */
export function renamePort(document: GraphDocument, name: string, from: string, to: string): GraphDocument {
  const subgraph = subgraphOf(document, name);
  const port = subgraph?.nodes[from];
  if (!subgraph || !port) return document;
  const within = Object.entries(subgraph.nodes).map(([id, node]) => [
    id === from ? to : id,
    mapSources(node, (source) => (parseOutputRef(source).node === from ? `${to}.${INNER_PORT}` : source)),
  ]);
  const layout = Object.entries(subgraph.layout ?? {}).map(([id, at]) => [id === from ? to : id, at]);
  const inner = { ...subgraph, nodes: Object.fromEntries(within), layout: Object.fromEntries(layout) };
  const outer = { ...document, subgraphs: { ...document.subgraphs, [name]: inner } };
  const all = Object.entries(outer.subgraphs).map(([each, graph]) => [
    each,
    { ...graph, nodes: withPort(graph.nodes, name, port.kind, from, to) },
  ]);
  return {
    ...outer,
    nodes: withPort(outer.nodes, name, port.kind, from, to),
    subgraphs: Object.fromEntries(all),
  };
}

/** Nodes of which those that stand for a subgraph have a port of another name. */
function withPort(
  nodes: GraphDocument['nodes'],
  name: string,
  kind: string,
  from: string,
  to: string,
): GraphDocument['nodes'] {
  const isOne = (id: string) => nodes[id] !== undefined && subgraphName(nodes[id]) === name;
  const entries = Object.entries(nodes).map(([id, node]): [string, GraphNode] => {
    if (kind === SUBGRAPH_OUTPUT) {
      const renamed = (source: string) =>
        isOne(parseOutputRef(source).node) && parseOutputRef(source).port === from
          ? `${parseOutputRef(source).node}.${to}`
          : source;
      return [id, mapSources(node, renamed)];
    }
    const { [from]: wired, ...others } = node.inputs ?? {};
    return [id, isOne(id) && wired !== undefined ? { ...node, inputs: { ...others, [to]: wired } } : node];
  });
  return Object.fromEntries(entries);
}

function innerGraph(
  graph: GraphDocument,
  keys: ReadonlySet<string>,
  title: string,
  inputs: ReadonlyMap<string, string>,
  outputs: ReadonlyMap<string, string>,
): Subgraph {
  const ids = [...keys].filter((key) => Object.hasOwn(graph.nodes, key));
  const inward = (source: string) => (inputs.has(source) ? `${inputs.get(source)}.${INNER_PORT}` : source);
  const nodes = ids.map((id) => [id, mapSources(graph.nodes[id] as GraphNode, inward)]);
  const { left, top, right } = extent(graph, new Set(ids));
  const { notes, groups } = onlyItems(graph, keys);
  const column = (names: Iterable<string>, x: number) =>
    [...names].map((name, index) => [name, [Math.round(x), Math.round(top + index * APART)]]);
  return {
    title,
    nodes: {
      ...Object.fromEntries(nodes),
      ...Object.fromEntries([...inputs.values()].map((name) => [name, { kind: SUBGRAPH_INPUT }])),
      ...Object.fromEntries(
        [...outputs].map(([source, name]) => [name, { kind: SUBGRAPH_OUTPUT, inputs: { [INNER_PORT]: source } }]),
      ),
    },
    layout: {
      ...Object.fromEntries(ids.flatMap((id) => (graph.layout?.[id] ? [[id, graph.layout[id]]] : []))),
      ...Object.fromEntries(column(inputs.values(), left - BEFORE)),
      ...Object.fromEntries(column(outputs.values(), right + AFTER)),
    },
    ...(notes && { notes }),
    ...(groups && { groups }),
  };
}

/** Nodes outside of `ids` that are fed by them and feed them: a node in the place of `ids` would feed itself. */
function nodesBetween(graph: GraphDocument, ids: ReadonlySet<string>): string[] {
  const before = (start: Iterable<string>, next: (id: string) => readonly string[]) => {
    const found = new Set<string>();
    const waiting = [...start];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      for (const other of next(id)) {
        if (found.has(other) || ids.has(other) || !Object.hasOwn(graph.nodes, other)) continue;
        found.add(other);
        waiting.push(other);
      }
    }
    return found;
  };
  const fedBy = new Map<string, string[]>();
  for (const [id, node] of Object.entries(graph.nodes))
    for (const { source } of wiresInto(node)) fedBy.set(source.node, [...(fedBy.get(source.node) ?? []), id]);
  const upstream = before(ids, (id) => wiresInto(graph.nodes[id] as GraphNode).map(({ source }) => source.node));
  const downstream = before(ids, (id) => fedBy.get(id) ?? []);
  return [...upstream].filter((id) => downstream.has(id)).sort();
}

/** A source (`<node>.<port>`), and what a port for it is best called. */
type Named = readonly [source: string, wish: string];

function sourcesInto(graph: GraphDocument, ids: ReadonlySet<string>): Named[] {
  return [...ids].flatMap((id) =>
    wiresInto(graph.nodes[id] as GraphNode).flatMap(({ port, source }): Named[] =>
      ids.has(source.node) ? [] : [[`${source.node}.${source.port}`, port]],
    ),
  );
}

function sourcesOutOf(
  graph: GraphDocument,
  ids: ReadonlySet<string>,
  outputsOf: (id: string) => readonly string[],
): Named[] {
  const taken = Object.entries(graph.nodes).flatMap(([id, node]) =>
    wiresInto(node).map(({ source }) => ({ id, source })),
  );
  const outside = taken.flatMap(({ id, source }): Named[] =>
    ids.has(id) || !ids.has(source.node) ? [] : [[`${source.node}.${source.port}`, source.port]],
  );
  const last = [...ids].filter((id) => !taken.some(({ source }) => source.node === id));
  return [...outside, ...last.flatMap((id) => outputsOf(id).map((port): Named => [`${id}.${port}`, port]))];
}

/** A free name for the port of each source. */
function portNames(sources: readonly Named[], taken: Set<string>): Map<string, string> {
  const names = new Map<string, string>();
  for (const [source, wish] of sources) {
    if (names.has(source)) continue;
    const name = freeName(slug(wish), (each) => taken.has(each));
    taken.add(name);
    names.set(source, name);
  }
  return names;
}

/** A name as ids are written: `Vision encoder` → `vision-encoder`. */
export function slug(title: string): string {
  const name = title
    .trim()
    .replaceAll(/[^A-Za-z0-9_]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '')
    .toLowerCase();
  return name || 'subgraph';
}

function extent({ layout }: GraphDocument, ids: ReadonlySet<string>) {
  const places = [...ids].map((id): readonly [number, number] => layout?.[id] ?? [0, 0]);
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}
