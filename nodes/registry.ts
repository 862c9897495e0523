import type { NodeDefinition } from './definition.ts';

/** The one list of node kinds. A kind's folder has its name; the engine loads `nodes/<kind>/run.ts` by that path. */
export const definitions: readonly NodeDefinition[] = [];

const byKind = new Map(definitions.map((definition) => [definition.kind, definition]));

export function definitionOf(kind: string): NodeDefinition | undefined {
  return byKind.get(kind);
}
