import type { FactsByNode } from '../../graphs/catalog.ts';
import type { GraphDocument, NodeMode } from '../../graphs/document.ts';
import { type Idle, idleNodes, whyNoBypass } from '../../graphs/modes.ts';
import { catalog } from '../../nodes/catalog.ts';
import { useCheck } from './check.ts';
import { flatId, useDocument } from './document.ts';
import { setMode } from './edits.ts';
import { graphAt, withGraphAt } from './place.ts';

interface Known {
  readonly subgraphs: GraphDocument['subgraphs'];
  readonly idle: ReadonlyMap<string, Idle>;
}

const knownByNodes = new WeakMap<GraphDocument['nodes'], Known>();

/** Nodes of a document that do not run by their ids in the flat one, worked out once for the same nodes. */
function idleIn(document: GraphDocument): ReadonlyMap<string, Idle> {
  const { nodes, subgraphs } = document;
  const known = knownByNodes.get(nodes);
  if (known && known.subgraphs === subgraphs) return known.idle;
  const idle = idleNodes(document, catalog, factsOfNodes());
  knownByNodes.set(nodes, { subgraphs, idle });
  return idle;
}

function factsOfNodes(): FactsByNode {
  return Object.fromEntries(
    Object.entries(useCheck.getState().nodes).flatMap(([id, { facts }]) => (facts ? [[id, facts]] : [])),
  );
}

export const useIdleMode = (id: string) => useDocument(({ document }) => idleIn(document).get(flatId(id))?.mode);
export const useIdleReason = (id: string) => useDocument(({ document }) => idleIn(document).get(flatId(id))?.why);

export interface Switched {
  readonly document: GraphDocument;
  /** Why some of the nodes stay as they are. */
  readonly refusals: readonly string[];
}

/** Gives nodes of the graph at a place a mode, or takes it from them where all have it; those that cannot be bypassed stay as they are. */
export function toggleMode(
  document: GraphDocument,
  ids: readonly string[],
  mode: NodeMode,
  place: readonly string[] = [],
): Switched {
  const graph = graphAt(document, place);
  const refusals: string[] = [];
  const switched = (able: readonly string[], to: NodeMode | undefined): Switched => ({
    document: withGraphAt(document, place, setMode(graph, able, to)),
    refusals,
  });
  if (ids.every((id) => graph.nodes[id]?.mode === mode)) return switched(ids, undefined);
  if (mode === 'mute') return switched(ids, mode);
  const able = ids.filter((id) => {
    const why = whyNoBypass(document, [...place, id].join('/'), catalog, factsOfNodes());
    if (why !== undefined) refusals.push(why);
    return why === undefined;
  });
  return switched(able, mode);
}
