import { type GraphDocument, type GraphNode, SCHEMA_VERSION } from '../../graphs/document.ts';
import { freeName, keepSources, type Point } from './edits.ts';
import { withLayout } from './layout.ts';

/** Copies of nodes: what the clipboard carries as text, and what is put into a document from it. */

const APART = 40;

/** The graph of some nodes alone, with the wires among them: a whole document, so that its text stands for itself. */
export function excerpt(document: GraphDocument, ids: ReadonlySet<string>): GraphDocument {
  const nodes = Object.entries(document.nodes)
    .filter(([id]) => ids.has(id))
    .map(([id, node]) => [id, keepSources(node, (source) => ids.has(nodeOf(source)))] as const);
  const layout = Object.entries(document.layout ?? {}).filter(([id]) => ids.has(id));
  return {
    schemaVersion: SCHEMA_VERSION,
    title: document.title,
    nodes: Object.fromEntries(nodes),
    ...(layout.length > 0 ? { layout: Object.fromEntries(layout) } : {}),
  };
}

/**
 * Puts the nodes of `part` into the document, under ids that are free, wired among themselves; the upper left one's
 * corner stands at `at`, else where it stood, and a little lower where a node stands there already. Returns the new ids.
 */
export function paste(document: GraphDocument, part: GraphDocument, at?: Point): Copied {
  const placed = withLayout(excerpt(part, new Set(Object.keys(part.nodes))));
  const places = Object.values(placed.layout ?? {});
  const corner: Point = [Math.min(...places.map(([x]) => x)), Math.min(...places.map(([, y]) => y))];
  let [dx, dy] = at ? [Math.round(at[0] - corner[0]), Math.round(at[1] - corner[1])] : [0, 0];
  const taken = new Set(Object.values(document.layout ?? {}).map(String));
  while (places.some(([x, y]) => taken.has(`${x + dx},${y + dy}`))) {
    dx += APART;
    dy += APART;
  }
  return insertCopies(document, placed, [dx, dy]);
}

/** Copies of nodes with the wires among them and from outside, set off a little; returns the ids of the copies. */
export function duplicate(document: GraphDocument, ids: readonly string[]): Copied {
  const nodes = ids.flatMap((id) => {
    const node = document.nodes[id];
    return node ? [[id, node] as const] : [];
  });
  return insertCopies(document, { ...document, nodes: Object.fromEntries(nodes) }, [APART, APART]);
}

type Copied = readonly [document: GraphDocument, ids: readonly string[]];

/** Sources that are copied too are renamed with them; others stay as they are. */
function insertCopies(document: GraphDocument, part: GraphDocument, [dx, dy]: Point): Copied {
  const taken = new Set(Object.keys(document.nodes));
  const copies = new Map<string, string>();
  for (const id of Object.keys(part.nodes)) {
    const copy = taken.has(id) ? freeName(id.replace(/-\d+$/, ''), (name) => taken.has(name)) : id;
    taken.add(copy);
    copies.set(id, copy);
  }
  const renamed = (source: string) =>
    (copies.get(nodeOf(source)) ?? nodeOf(source)) + source.slice(nodeOf(source).length);
  const nodes = Object.entries(part.nodes).map(([id, node]) => [copies.get(id) ?? id, rewired(node, renamed)] as const);
  const layout = Object.entries(part.layout ?? {}).flatMap(([id, [x, y]]): [string, [number, number]][] => {
    const copy = copies.get(id);
    return copy === undefined ? [] : [[copy, [x + dx, y + dy]]];
  });
  return [
    {
      ...document,
      nodes: { ...document.nodes, ...Object.fromEntries(nodes) },
      layout: { ...document.layout, ...Object.fromEntries(layout) },
    },
    [...copies.values()],
  ];
}

function rewired(node: GraphNode, renamed: (source: string) => string): GraphNode {
  if (!node.inputs) return node;
  const inputs = Object.entries(node.inputs).map(([port, input]) => [
    port,
    typeof input === 'string' ? renamed(input) : input.map(renamed),
  ]);
  return { ...node, inputs: Object.fromEntries(inputs) };
}

const nodeOf = (source: string) => source.slice(0, source.indexOf('.'));
