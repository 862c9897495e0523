import { canonical } from '../../graphs/canonical.ts';
import { type GraphDocument, type GraphNode, SCHEMA_VERSION, type Subgraph } from '../../graphs/document.ts';
import { subgraphName } from '../../graphs/subgraphs.ts';
import { freeName, keepSources, mapSources, type Point } from './edits.ts';
import { addItems, itemKeys, onlyItems } from './items.ts';
import { withLayout } from './layout.ts';
import { namesUsed, subgraphOf } from './place.ts';

/** Copies of nodes, notes and groups: what the clipboard carries as text, and what is put into a document from it. */

const APART = 40;

/**
 * The graph of some nodes, notes and groups alone, with the wires among them and the subgraphs they stand for: a whole
 * document, so that its text stands for itself.
 */
export function excerpt(document: GraphDocument, keys: ReadonlySet<string>): GraphDocument {
  const kept = Object.entries(document.nodes)
    .filter(([id]) => keys.has(id))
    .map(([id, node]) => [id, keepSources(node, (source) => keys.has(nodeOf(source)))] as const);
  const nodes = Object.fromEntries(kept);
  const layout = Object.entries(document.layout ?? {}).filter(([id]) => Object.hasOwn(nodes, id));
  const { notes, groups } = onlyItems(document, keys);
  const used = namesUsed(document, nodes);
  const subgraphs = Object.entries(document.subgraphs ?? {}).filter(([name]) => used.has(name));
  return {
    schemaVersion: SCHEMA_VERSION,
    title: document.title,
    nodes,
    ...(layout.length > 0 ? { layout: Object.fromEntries(layout) } : {}),
    ...(notes && { notes }),
    ...(groups && { groups }),
    ...(subgraphs.length > 0 ? { subgraphs: Object.fromEntries(subgraphs) } : {}),
  };
}

/**
 * Puts what is in `part` into the document, under ids that are free, wired among itself; its upper left corner stands at
 * `at`, else where it stood, and a little lower where something stands there already. Returns the new keys.
 */
export function paste(document: GraphDocument, part: GraphDocument, at?: Point): Copied {
  const all = new Set([...Object.keys(part.nodes), ...itemKeys(part)]);
  const [joined, renamed] = joinSubgraphs(document, withLayout(excerpt(part, all)));
  const places = placesOf(renamed);
  const corner: Point = [Math.min(...places.map(([x]) => x)), Math.min(...places.map(([, y]) => y))];
  let [dx, dy] = at ? [Math.round(at[0] - corner[0]), Math.round(at[1] - corner[1])] : [0, 0];
  const taken = new Set(placesOf(document).map(String));
  while (places.some(([x, y]) => taken.has(`${x + dx},${y + dy}`))) {
    dx += APART;
    dy += APART;
  }
  return insertCopies(joined, renamed, [dx, dy]);
}

/** Copies of nodes, notes and groups, with the wires among them and from outside, set off a little; returns the keys of the copies. */
export function duplicate(document: GraphDocument, keys: readonly string[]): Copied {
  const chosen = new Set(keys);
  const nodes = keys.flatMap((id) => {
    const node = document.nodes[id];
    return node ? [[id, node] as const] : [];
  });
  return insertCopies(document, { ...onlyItems(document, chosen), nodes: Object.fromEntries(nodes) }, [APART, APART]);
}

type Copied = readonly [document: GraphDocument, keys: readonly string[]];

const placesOf = ({ layout, notes, groups }: GraphDocument): readonly Point[] => [
  ...Object.values(layout ?? {}),
  ...[...Object.values(notes ?? {}), ...Object.values(groups ?? {})].map(({ at }) => at),
];

/** Sources that are copied too are renamed with them; others stay as they are. */
function insertCopies(document: GraphDocument, part: GraphDocument, by: Point): Copied {
  const copies = freeCopies(new Set(Object.keys(document.nodes)), Object.keys(part.nodes));
  const renamed = (source: string) =>
    (copies.get(nodeOf(source)) ?? nodeOf(source)) + source.slice(nodeOf(source).length);
  const nodes = Object.entries(part.nodes).map(
    ([id, node]) => [copies.get(id) ?? id, mapSources(node, renamed)] as const,
  );
  const layout = Object.entries(part.layout ?? {}).flatMap(([id, [x, y]]): [string, [number, number]][] => {
    const copy = copies.get(id);
    return copy === undefined ? [] : [[copy, [x + by[0], y + by[1]]]];
  });
  const filled = {
    ...document,
    nodes: { ...document.nodes, ...Object.fromEntries(nodes) },
    layout: { ...document.layout, ...Object.fromEntries(layout) },
  };
  const [whole, items] = addItems(filled, part, by);
  return [whole, [...copies.values(), ...items]];
}

/** Ids that are free for copies of nodes: their own, else numbered on from their stem. */
export function freeCopies(taken: Set<string>, ids: readonly string[]): Map<string, string> {
  const copies = new Map<string, string>();
  for (const id of ids) {
    const copy = taken.has(id) ? freeName(id.replace(/-\d+$/, ''), (name) => taken.has(name)) : id;
    taken.add(copy);
    copies.set(id, copy);
  }
  return copies;
}

/** The document with the subgraphs of `part`, and `part` by the names they have there: one that is the same is there once. */
function joinSubgraphs(document: GraphDocument, part: GraphDocument): readonly [GraphDocument, GraphDocument] {
  const { subgraphs } = part;
  if (!subgraphs) return [document, part];
  const names = new Map<string, string>();
  for (const name of Object.keys(subgraphs)) {
    const others = new Set([...Object.keys(document.subgraphs ?? {}), ...names.values()]);
    names.set(
      name,
      sameSubgraph(document, part, name) ? name : freeName(name.replace(/-\d+$/, ''), (each) => others.has(each)),
    );
  }
  const renamed = Object.entries(subgraphs).map(([name, subgraph]): [string, Subgraph] => [
    names.get(name) ?? name,
    { ...subgraph, nodes: namedAfter(subgraph.nodes, names) },
  ]);
  const added = renamed.filter(([name]) => !subgraphOf(document, name));
  return [
    added.length > 0 ? { ...document, subgraphs: { ...document.subgraphs, ...Object.fromEntries(added) } } : document,
    { ...part, nodes: namedAfter(part.nodes, names) },
  ];
}

/** Whether a subgraph, and all in it, is the same in both. */
function sameSubgraph(a: GraphDocument, b: GraphDocument, name: string): boolean {
  const whole = (document: GraphDocument) => {
    const subgraph = subgraphOf(document, name);
    const names = [...namesUsed(document, subgraph?.nodes ?? {})].sort();
    return canonical([subgraph, names.map((each) => subgraphOf(document, each))]);
  };
  return whole(a) === whole(b);
}

function namedAfter(nodes: GraphDocument['nodes'], names: ReadonlyMap<string, string>): GraphDocument['nodes'] {
  const entries = Object.entries(nodes).map(([id, node]): [string, GraphNode] => {
    const name = subgraphName(node);
    const now = name === undefined ? name : names.get(name);
    return [id, now === undefined || now === name ? node : { ...node, params: { ...node.params, graph: now } }];
  });
  return Object.fromEntries(entries);
}

const nodeOf = (source: string) => source.slice(0, source.indexOf('.'));
