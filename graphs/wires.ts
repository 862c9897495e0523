import { type GraphDocument, type GraphNode, type OutputRef, parseOutputRef } from './document.ts';

/** A wire as it stands at an input. `index` is its place in a list, absent where the input holds one source. */
export interface Wire {
  readonly port: string;
  readonly source: OutputRef;
  readonly index?: number;
}

/** The wires into a node: ports by name, wires in order. */
export function wiresInto(node: GraphNode): Wire[] {
  return Object.entries(node.inputs ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([port, wired]) =>
      typeof wired === 'string'
        ? [{ port, source: parseOutputRef(wired) }]
        : wired.map((source, index) => ({ port, source: parseOutputRef(source), index })),
    );
}

export interface Order {
  /** Every node outside a cycle and not fed by one, after the nodes that feed it; ties by id. */
  readonly order: readonly string[];
  /** Cycles in the direction of the data: `['a', 'b']` where a feeds b and b feeds a. Each starts at its smallest id. */
  readonly cycles: readonly (readonly string[])[];
}

/** Sorts nodes so that each comes after its sources (Kahn's algorithm, smallest id first). Wires to missing nodes are passed over. */
export function topologicalOrder(document: GraphDocument): Order {
  const sources = new Map(
    Object.entries(document.nodes).map(([id, node]) => [
      id,
      new Set(
        wiresInto(node).flatMap(({ source }) => (Object.hasOwn(document.nodes, source.node) ? [source.node] : [])),
      ),
    ]),
  );
  const order = sortedBySources(sources);
  for (const id of order) sources.delete(id);
  const cycles: string[][] = [];
  while (sources.size > 0) {
    for (const set of sources.values()) for (const id of set) if (!sources.has(id)) set.delete(id);
    for (const id of sortedBySources(sources)) sources.delete(id);
    const cycle = findCycle(sources);
    if (!cycle) break;
    cycles.push(cycle);
    for (const id of cycle) sources.delete(id);
  }
  return { order, cycles };
}

function sortedBySources(sources: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const waiting = new Map<string, number>();
  const targets = new Map<string, string[]>();
  for (const [id, from] of sources) {
    waiting.set(id, from.size);
    for (const source of from) targets.set(source, [...(targets.get(source) ?? []), id]);
  }
  const ready = [...waiting].flatMap(([id, count]) => (count === 0 ? [id] : [])).sort();
  const order: string[] = [];
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(id);
    for (const target of targets.get(id) ?? []) {
      const left = (waiting.get(target) ?? 0) - 1;
      waiting.set(target, left);
      if (left === 0) insertSorted(ready, target);
    }
  }
  return order;
}

function insertSorted(list: string[], id: string): void {
  const at = list.findIndex((other) => id < other);
  list.splice(at === -1 ? list.length : at, 0, id);
}

/** Every node left has a source left: walking from source to source must come round. */
function findCycle(sources: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const walk: string[] = [];
  let id = [...sources.keys()].sort()[0];
  while (id !== undefined) {
    const seen = walk.indexOf(id);
    if (seen !== -1) return startingAtSmallest(walk.slice(seen).reverse());
    walk.push(id);
    id = [...(sources.get(id) ?? [])].sort()[0];
  }
  return undefined;
}

function startingAtSmallest(cycle: readonly string[]): string[] {
  const at = cycle.indexOf([...cycle].sort()[0] ?? '');
  return [...cycle.slice(at), ...cycle.slice(0, at)];
}
