import type { NodeRun } from '../../../nodes/run.ts';

/** The run side of a node kind, by name. */
export type LoadKind = (kind: string) => Promise<NodeRun>;

const modules = import.meta.glob<NodeRun>('../../../nodes/*/run.ts');

/** Loads `nodes/<kind>/run.ts`. */
export const loadKind: LoadKind = (kind) => {
  const load = modules[`../../../nodes/${kind}/run.ts`];
  if (!load) throw new Error(`The node kind "${kind}" has nothing to run: nodes/${kind}/run.ts is missing.`);
  return load();
};
