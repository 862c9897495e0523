import type { KindCatalog } from './catalog.ts';
import {
  DocumentError,
  type GraphDocument,
  type GraphNode,
  type OutputRef,
  type Problem,
  parseOutputRef,
} from './document.ts';
import { type Flat, flatIds, flatten } from './subgraphs.ts';
import { didYouMean } from './suggest.ts';
import { type FactsByNode, validateFlat } from './validate.ts';
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
}

export interface CompileOptions {
  /** Only what these nodes need (a subgraph: all in it); the whole graph, if absent. All outputs of these nodes are wanted. */
  readonly to?: readonly string[];
  readonly facts?: FactsByNode;
}

/**
 * Turns a document into what the executor runs, subgraphs put in the place of their nodes. Pure: layout, notes and the
 * order of keys change nothing.
 * Throws `DocumentError` with every problem of the nodes that are needed; broken nodes elsewhere do not matter.
 */
export function compile(document: GraphDocument, catalog: KindCatalog, options: CompileOptions = {}): Plan {
  const flat = flatten(document);
  const to = options.to && flatIds(flat, options.to);
  const part = to ? upstream(flat.document, to) : flat.document;
  const problems = [
    ...flat.problems.filter((problem) => !to || concerns(problem, part, flat)),
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
        params: parsed.params,
        inputs: inputsOf(node),
        wanted: [...new Set([...(used ?? []), ...(!used || to?.includes(id) ? all() : [])])].sort(),
      },
    ];
  });
  return { title: document.title, steps };
}

/** Whether a problem of subgraphs stands on a node of this part, on a subgraph around one, or on what a wire into one comes from. */
function concerns(problem: Problem, part: GraphDocument, { lost }: Flat): boolean {
  const within = Object.keys(part.nodes).some((id) => id === problem.node || id.startsWith(`${problem.node}/`));
  return (
    within || [...lost].some(([input, why]) => why === problem && Object.hasOwn(part.nodes, parseOutputRef(input).node))
  );
}

/** The part of the graph that the targets need. Wires to missing nodes stay, for `validate` to name. */
function upstream(document: GraphDocument, targets: readonly string[]): GraphDocument {
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
