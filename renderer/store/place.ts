import type { GraphDocument, Subgraph } from '../../graphs/document.ts';
import { SCHEMA_VERSION } from '../../graphs/document.ts';
import { REPEAT } from '../../graphs/repeats.ts';
import { subgraphName } from '../../graphs/subgraphs.ts';

/** Which of a document's graphs is looked at: the document's own, or a subgraph, come to by the nodes that were opened. */

/** A subgraph that was opened: the node that stands for it, and its name. */
export interface Level {
  readonly node: string;
  readonly name: string;
  /** Before the ids of its nodes in the flat graph; of a repeat, its first round is shown. */
  readonly flat: string;
}

/** The subgraphs along a place, from the outermost on, as far as they are there. */
export function levelsOf(document: GraphDocument, place: readonly string[]): readonly Level[] {
  const levels: Level[] = [];
  let nodes = document.nodes;
  for (const node of place) {
    const opened = Object.hasOwn(nodes, node) ? nodes[node] : undefined;
    const name = opened && subgraphName(opened);
    const subgraph = name === undefined ? undefined : subgraphOf(document, name);
    if (!opened || name === undefined || !subgraph || levels.some((level) => level.name === name)) break;
    levels.push({ node, name, flat: opened.kind === REPEAT ? `${node}/1` : node });
    nodes = subgraph.nodes;
  }
  return levels;
}

const graphs = new WeakMap<GraphDocument, Map<string, GraphDocument>>();

/** The graph at a place, as a document with all subgraphs: the same object as long as the document is the same. */
export function graphAt(document: GraphDocument, place: readonly string[]): GraphDocument {
  const name = levelsOf(document, place).at(-1)?.name;
  return name === undefined ? document : graphCalled(document, name);
}

/** The graph of a subgraph that is there, as a document with all subgraphs. */
export function graphCalled(document: GraphDocument, name: string): GraphDocument {
  const known = graphs.get(document) ?? new Map<string, GraphDocument>();
  graphs.set(document, known);
  const subgraph = subgraphOf(document, name) ?? { title: name, nodes: {} };
  const graph = known.get(name) ?? { ...subgraph, schemaVersion: SCHEMA_VERSION, subgraphs: document.subgraphs };
  known.set(name, graph);
  return graph;
}

/** The document after the graph at a place became another one. Subgraphs that no node stands for any more are gone. */
export function withGraphAt(document: GraphDocument, place: readonly string[], graph: GraphDocument): GraphDocument {
  const name = levelsOf(document, place).at(-1)?.name;
  if (name === undefined) return withoutOrphans(document, graph);
  const { schemaVersion: _, subgraphs, ...subgraph } = graph;
  return withoutOrphans(document, { ...document, subgraphs: { ...subgraphs, [name]: subgraph } });
}

function withoutOrphans(before: GraphDocument, after: GraphDocument): GraphDocument {
  if (!after.subgraphs || (before.nodes === after.nodes && before.subgraphs === after.subgraphs)) return after;
  const used = namesUsed(after, after.nodes);
  const orphans = [...namesUsed(before, before.nodes)].filter((name) => !used.has(name));
  if (orphans.length === 0) return after;
  const left = Object.entries(after.subgraphs).filter(([name]) => !orphans.includes(name));
  const { subgraphs: _, ...rest } = after;
  return left.length > 0 ? { ...rest, subgraphs: Object.fromEntries(left) } : rest;
}

/** Names of the subgraphs that nodes stand for, and of those in them. */
export function namesUsed(
  document: Pick<GraphDocument, 'subgraphs'>,
  nodes: GraphDocument['nodes'],
  found = new Set<string>(),
): ReadonlySet<string> {
  for (const node of Object.values(nodes)) {
    const name = subgraphName(node);
    if (name === undefined || found.has(name)) continue;
    found.add(name);
    namesUsed(document, subgraphOf(document, name)?.nodes ?? {}, found);
  }
  return found;
}

export function subgraphOf({ subgraphs }: Pick<GraphDocument, 'subgraphs'>, name: string): Subgraph | undefined {
  return subgraphs && Object.hasOwn(subgraphs, name) ? subgraphs[name] : undefined;
}
