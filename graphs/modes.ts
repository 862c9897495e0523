import type { FactsByNode, KindCatalog, PortsInfo } from './catalog.ts';
import { DocumentError, type GraphDocument, type GraphNode, type NodeMode, type Problem } from './document.ts';
import { dottedPath } from './issues.ts';
import { type Flat, flatIds, flatten } from './subgraphs.ts';
import { topologicalOrder, wiresInto } from './wires.ts';
import { withoutUnread } from './yielding.ts';

/** A node that does not run, and why in words. */
export interface Idle {
  /** `waits`: what it depends on does not run. */
  readonly mode: NodeMode | 'waits';
  readonly why: string;
}

export interface ActivePart {
  /** Without the nodes that do not run; a wire from a bypassed node starts where what it passes on comes from. */
  readonly document: GraphDocument;
  readonly idle: ReadonlyMap<string, Idle>;
  /** Bypassed nodes that have nothing to pass on where something is wanted of them. */
  readonly problems: readonly Problem[];
}

/**
 * What of a document runs: a muted node does not, nor does what depends on it; a bypassed node passes on, for each output
 * that is used, the input whose wire carries the output's very type. What only inputs need that are not
 * read does not run either (`withoutUnread`). Nodes in a cycle stay: `validate` tells of them.
 */
export function activePart(flat: Flat, catalog: KindCatalog, facts: FactsByNode = {}): ActivePart {
  const { document, unread } = withoutUnread(flat.document, catalog, facts);
  if (Object.values(document.nodes).every(({ mode }) => mode === undefined))
    return { document, idle: unread, problems: [] };
  const idle = new Map(unread);
  const problems: Problem[] = [];
  const nodes = new Map(Object.entries(document.nodes));
  /** What stands in place of each used output of a bypassed node. */
  const passed = new Map<string, readonly string[]>();
  /** Why nothing comes from a node. */
  const silent = new Map<string, string>();
  const typeOf = outputTypes(document, catalog, facts);

  for (const id of topologicalOrder(document).order) {
    const node = rewired(document.nodes[id] as GraphNode, passed);
    nodes.set(id, node);
    if (node.mode === 'mute') {
      idle.set(id, { mode: 'mute', why: 'muted' });
      silent.set(id, `${id} is muted`);
    } else if (node.mode === 'bypass') {
      const used = usedOutputs(document, id);
      const passes = used.map((port) => [port, passing(node, port, typeOf(`${id}.${port}`), typeOf)] as const);
      for (const [port, through] of passes) passed.set(`${id}.${port}`, through?.sources ?? [`${id}.${port}`]);
      const stuck = passes.find(([, through]) => !through)?.[0];
      if (stuck !== undefined) {
        problems.push(nothingToPass(flat, id, stuck, typeOf(`${id}.${stuck}`)));
        silent.set(id, `${id} is bypassed and has nothing to pass on`);
      }
      idle.set(id, { mode: 'bypass', why: bypassWords(passes) });
    } else {
      const source = wiresInto(node).find(({ source }) => silent.has(source.node))?.source.node;
      const why = source === undefined ? undefined : silent.get(source);
      if (why === undefined) continue;
      idle.set(id, { mode: 'waits', why });
      silent.set(id, why);
    }
  }
  for (const id of idle.keys()) nodes.delete(id);
  return { document: { ...document, nodes: Object.fromEntries(nodes) }, idle, problems };
}

/** The document as it runs, flat. Throws `DocumentError` where its subgraphs or modes do not allow that. */
export function runningPart(document: GraphDocument, catalog: KindCatalog): GraphDocument {
  const flat = flatten(document);
  const active = activePart(flat, catalog);
  const problems = [...flat.problems, ...active.problems];
  if (problems.length > 0) throw new DocumentError(problems);
  return active.document;
}

/** The nodes that do not run by their ids in the flat document, and subgraphs in which none does. */
export function idleNodes(
  document: GraphDocument,
  catalog: KindCatalog,
  facts: FactsByNode = {},
): ReadonlyMap<string, Idle> {
  const flat = flatten(document);
  const { idle } = activePart(flat, catalog, facts);
  const subgraphs = [...flat.outputs.keys()].flatMap((id) => {
    const inner = flatIds(flat, [id]).map((each) => idle.get(each));
    const [first] = inner;
    return first && inner.every((each) => each) ? [[id, first] as const] : [];
  });
  return new Map([...idle, ...subgraphs]);
}

/** Why a node, by its id in the flat document, or a subgraph cannot be bypassed as it is wired, in words; `undefined` where it can. */
export function whyNoBypass(
  document: GraphDocument,
  id: string,
  catalog: KindCatalog,
  facts: FactsByNode = {},
): string | undefined {
  const flat = flatten(document);
  const node = flat.document.nodes[id];
  const never = node && whyNothingFits(id, portsOf(node, catalog, facts[id]));
  if (never) return never;
  const inside = new Set(flatIds(flat, [id]));
  const nodes = Object.entries(flat.document.nodes).map(([each, inner]): [string, GraphNode] => [
    each,
    inside.has(each) && inner.mode !== 'mute' ? { ...inner, mode: 'bypass' } : inner,
  ]);
  const bypassed = { ...flat, document: { ...flat.document, nodes: Object.fromEntries(nodes) } };
  const { problems } = activePart(bypassed, catalog, facts);
  return problems.find((problem) => problem.node !== undefined && inside.has(problem.node))?.message;
}

/** Why no wiring would let anything pass through a node with these ports. */
function whyNothingFits(id: string, ports: PortsInfo | undefined): string | undefined {
  if (!ports) return `What ${id} takes and gives is not known here, so nothing can pass through it`;
  const types = [...new Set(Object.values(ports.outputs).map(({ type }) => type))];
  if (types.length === 0) return `${id} gives nothing to others, so there is nothing to pass on: mute it instead`;
  const takes = (type: string) => Object.values(ports.inputs).some((input) => input.refusal(type) === undefined);
  return types.some(takes)
    ? undefined
    : `${id} gives ${types.join(' and ')} and takes none, so nothing can pass through it: mute it instead`;
}

function bypassWords(passes: readonly (readonly [port: string, Passing | undefined])[]): string {
  const words = passes.flatMap(([port, through]) =>
    through ? [through.input === port ? port : `${through.input} as ${port}`] : [],
  );
  return words.length > 0 ? `bypassed: ${words.join(', ')} passes through` : 'bypassed';
}

function nothingToPass(flat: Flat, id: string, port: string, type: string | undefined): Problem {
  const what = type === undefined ? `fits its output "${port}"` : `is of the type ${type} comes in for its output`;
  return {
    path: dottedPath([...flat.place(id), 'mode']),
    message: `${id} cannot be bypassed: nothing that ${what}${type === undefined ? ' comes in' : ` "${port}"`}`,
    hint: 'Let it run, or mute it with what depends on it',
    node: id,
    blocks: 'running',
  };
}

interface Passing {
  readonly input: string;
  readonly sources: readonly string[];
}

/** The input that goes out as `port`: the one of that name first, then by name; its wires carry the port's very type. */
function passing(
  node: GraphNode,
  port: string,
  type: string | undefined,
  typeOf: (source: string) => string | undefined,
): Passing | undefined {
  if (type === undefined) return undefined;
  const inputs = Object.keys(node.inputs ?? {}).sort(
    (a, b) => Number(b === port) - Number(a === port) || (a < b ? -1 : 1),
  );
  for (const input of inputs) {
    const sources = [node.inputs?.[input] ?? []].flat();
    if (sources.length > 0 && sources.every((source) => typeOf(source) === type)) return { input, sources };
  }
  return undefined;
}

/** Output ports of a node that others are wired to. */
function usedOutputs(document: GraphDocument, id: string): string[] {
  const used = Object.values(document.nodes).flatMap((node) =>
    wiresInto(node).flatMap(({ source }) => (source.node === id ? [source.port] : [])),
  );
  return [...new Set(used)].sort();
}

function rewired(node: GraphNode, passed: ReadonlyMap<string, readonly string[]>): GraphNode {
  if (!wiresInto(node).some(({ source }) => passed.has(`${source.node}.${source.port}`))) return node;
  const inputs = Object.entries(node.inputs ?? {}).map(([port, wired]) => {
    const sources = [wired].flat().flatMap((source) => passed.get(source) ?? [source]);
    return [port, typeof wired === 'string' && sources.length === 1 ? (sources[0] as string) : sources] as const;
  });
  return { ...node, inputs: Object.fromEntries(inputs) };
}

/** The type of an output, `node.port`; undefined where it is not known. */
function outputTypes(document: GraphDocument, catalog: KindCatalog, facts: FactsByNode) {
  const known = new Map<string, PortsInfo | undefined>();
  return (source: string): string | undefined => {
    const dot = source.indexOf('.');
    const id = source.slice(0, dot);
    const node = Object.hasOwn(document.nodes, id) ? document.nodes[id] : undefined;
    if (!known.has(id)) known.set(id, node && portsOf(node, catalog, facts[id]));
    const outputs = known.get(id)?.outputs ?? {};
    const port = source.slice(dot + 1);
    return Object.hasOwn(outputs, port) ? outputs[port]?.type : undefined;
  };
}

function portsOf(node: GraphNode, catalog: KindCatalog, facts?: Readonly<Record<string, unknown>>) {
  const info = catalog.get(node.kind);
  const parsed = info?.parseParams(node.params ?? {});
  return info && parsed && 'params' in parsed ? info.ports(parsed.params, facts) : undefined;
}
