import type { FactsByNode } from '../../graphs/catalog.ts';
import type { GraphDocument, NodeMode } from '../../graphs/document.ts';
import { type Idle, idleNodes, whyNoBypass } from '../../graphs/modes.ts';
import { catalog } from '../../nodes/catalog.ts';
import { useCheck } from './check.ts';
import { useDocument } from './document.ts';
import { setMode } from './edits.ts';

const idleByNodes = new WeakMap<GraphDocument['nodes'], ReadonlyMap<string, Idle>>();

/** Nodes of a document that do not run, worked out once for the same nodes. */
function idleIn(document: GraphDocument): ReadonlyMap<string, Idle> {
  const known = idleByNodes.get(document.nodes);
  if (known) return known;
  const idle = idleNodes(document, catalog, factsOfNodes());
  idleByNodes.set(document.nodes, idle);
  return idle;
}

function factsOfNodes(): FactsByNode {
  return Object.fromEntries(
    Object.entries(useCheck.getState().nodes).flatMap(([id, { facts }]) => (facts ? [[id, facts]] : [])),
  );
}

export const useIdleMode = (id: string) => useDocument(({ document }) => idleIn(document).get(id)?.mode);
export const useIdleReason = (id: string) => useDocument(({ document }) => idleIn(document).get(id)?.why);

export interface Switched {
  readonly document: GraphDocument;
  /** Why some of the nodes stay as they are. */
  readonly refusals: readonly string[];
}

/** Gives the nodes a mode, or takes it from them where all have it; those that cannot be bypassed stay as they are. */
export function toggleMode(document: GraphDocument, ids: readonly string[], mode: NodeMode): Switched {
  if (ids.every((id) => document.nodes[id]?.mode === mode))
    return { document: setMode(document, ids, undefined), refusals: [] };
  if (mode === 'mute') return { document: setMode(document, ids, mode), refusals: [] };
  const refusals: string[] = [];
  const able = ids.filter((id) => {
    const why = whyNoBypass(document, id, catalog, factsOfNodes());
    if (why !== undefined) refusals.push(why);
    return why === undefined;
  });
  return { document: setMode(document, able, mode), refusals };
}
