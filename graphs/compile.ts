import type { FactsByNode, KindCatalog } from './catalog.ts';
import {
  DocumentError,
  type GraphDocument,
  type GraphNode,
  type OutputRef,
  type Problem,
  parseOutputRef,
} from './document.ts';
import { dottedPath } from './issues.ts';
import { activePart, type Idle } from './modes.ts';
import { roundsBefore } from './repeats.ts';
import { type Flat, flatIds, flatten } from './subgraphs.ts';
import { didYouMean } from './suggest.ts';
import { validateFlat } from './validate.ts';
import { topologicalOrder, wiresInto } from './wires.ts';

export interface PlanStep {
  readonly id: string;
  readonly kind: string;
  /** Version of the kind: part of the cache key. */
  readonly version: number;
  /** All parameters, defaults filled in. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What feeds each connected input, in wire order. */
  readonly inputs: Readonly<Record<string, readonly OutputRef[]>>;
  /** Output ports that another step or the caller wants. */
  readonly wanted: readonly string[];
}

export interface Plan {
  readonly title: string;
  /** Each step after those that feed it; ties by id, so that the order hangs on the wires alone. */
  readonly steps: readonly PlanStep[];
  /** Nodes that do not run because of their mode or another's, by id, with the reason in words. */
  readonly idle: Readonly<Record<string, string>>;
}

export interface CompileOptions {
  /** Only what these nodes need (a subgraph: all in it); the whole graph, if absent. All outputs of these nodes are wanted. */
  readonly to?: readonly string[];
  /** Only these nodes, what depends on them, and what all those need. */
  readonly from?: readonly string[];
  readonly facts?: FactsByNode;
}

/**
 * Turns a document into what the executor runs, subgraphs put in the place of their nodes, without what does not run
 * (`activePart`). Pure: layout, notes and the order of keys change nothing.
 * Throws `DocumentError` with every problem of the nodes that are needed; broken nodes elsewhere do not matter.
 */
export function compile(document: GraphDocument, catalog: KindCatalog, options: CompileOptions = {}): Plan {
  const flat = flatten(document);
  const to = options.to && flatIds(flat, options.to);
  const from = options.from && flatIds(flat, options.from);
  requireNodes(flat.document, [...(to ?? []), ...(from ?? [])]);
  const targets = to ?? (from && downstream(flat.document, from));
  const asked = targets ? upstream(flat.document, targets) : flat.document;
  const { document: active, idle, problems: stuck } = activePart({ ...flat, document: asked }, catalog, options.facts);
  const running = targets?.filter((id) => !idle.has(id));
  const part = running ? upstream(active, running) : active;
  const problems = [
    ...flat.problems.filter((problem) => !targets || concerns(problem, part, flat)),
    ...stuck,
    ...idleTargets(idle, flat, [...(to ?? []), ...(from ?? [])]),
    ...validateFlat({ ...flat, document: part }, catalog, options.facts),
  ];
  if (problems.length > 0) throw new DocumentError([...new Set(problems)]);

  const consumed = consumedPorts(part);
  const steps = topologicalOrder(part).order.flatMap((id): PlanStep[] => {
    const node = part.nodes[id];
    const info = node && catalog.get(node.kind);
    const parsed = info?.parseParams(node?.params ?? {});
    if (!node || !info || !parsed || !('params' in parsed)) return [];
    const used = consumed.get(id);
    const all = () => Object.keys(info.ports(parsed.params, options.facts?.[id]).outputs);
    return [
      {
        id,
        kind: node.kind,
        version: info.version,
        params: varied(parsed.params, info.varies, roundsBefore(id)),
        inputs: inputsOf(node),
        wanted: [...new Set([...(used ?? []), ...(!used || to?.includes(id) ? all() : [])])].sort(),
      },
    ];
  });
  return { title: document.title, steps, idle: Object.fromEntries([...idle].map(([id, { why }]) => [id, why])) };
}

/** Parameters as they are in a later round of a repeat, where sampling is another. */
function varied(params: PlanStep['params'], name: string | undefined, round: number): PlanStep['params'] {
  const seed = name === undefined ? undefined : params[name];
  return name === undefined || typeof seed !== 'number' || round === 0
    ? params
    : { ...params, [name]: (seed + round) % 2 ** 32 };
}

/** Whether a problem of subgraphs stands on a node of this part, on a subgraph around one, or on what a wire into one comes from. */
function concerns(problem: Problem, part: GraphDocument, { lost }: Flat): boolean {
  const within = Object.keys(part.nodes).some((id) => id === problem.node || id.startsWith(`${problem.node}/`));
  return (
    within || [...lost].some(([input, why]) => why === problem && Object.hasOwn(part.nodes, parseOutputRef(input).node))
  );
}

function requireNodes(document: GraphDocument, targets: readonly string[]): void {
  const ids = Object.keys(document.nodes);
  const missing = targets.filter((id) => !Object.hasOwn(document.nodes, id));
  if (missing.length > 0)
    throw new DocumentError(
      missing.map((id) => ({
        path: 'to',
        message: `there is no node "${id}"${didYouMean(id, ids)}`,
        blocks: 'running',
      })),
    );
}

/** Nodes that were asked for by name, but do not run. */
function idleTargets(idle: ReadonlyMap<string, Idle>, flat: Flat, targets: readonly string[]): Problem[] {
  return targets.flatMap((id): Problem[] => {
    const found = idle.get(id);
    if (!found) return [];
    const hint = found.mode === 'waits' ? undefined : 'Let it run again first';
    return [
      {
        path: dottedPath(flat.place(id)),
        message: `${id} does not run: ${found.why}`,
        hint,
        node: id,
        blocks: 'running',
      },
    ];
  });
}

/** The nodes and all that depend on them. */
function downstream(document: GraphDocument, ids: readonly string[]): string[] {
  const found = new Set(ids);
  const { order } = topologicalOrder(document);
  for (const id of order)
    if (wiresInto(document.nodes[id] as GraphNode).some(({ source }) => found.has(source.node))) found.add(id);
  return [...found];
}

/** The part of the graph that the targets need. Wires to missing nodes stay, for `validate` to name. */
function upstream(document: GraphDocument, targets: readonly string[]): GraphDocument {
  const needed = new Set(targets);
  for (const id of needed) {
    const node = Object.hasOwn(document.nodes, id) ? document.nodes[id] : undefined;
    for (const { source } of node ? wiresInto(node) : []) needed.add(source.node);
  }
  return { ...document, nodes: Object.fromEntries(Object.entries(document.nodes).filter(([id]) => needed.has(id))) };
}

function consumedPorts(document: GraphDocument): Map<string, Set<string>> {
  const consumed = new Map<string, Set<string>>();
  for (const node of Object.values(document.nodes))
    for (const { source } of wiresInto(node))
      consumed.set(source.node, (consumed.get(source.node) ?? new Set()).add(source.port));
  return consumed;
}

function inputsOf(node: GraphNode): Record<string, readonly OutputRef[]> {
  const inputs = new Map<string, OutputRef[]>();
  for (const { port, source } of wiresInto(node)) inputs.set(port, [...(inputs.get(port) ?? []), source]);
  return Object.fromEntries(inputs);
}
