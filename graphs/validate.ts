import type { FactsByNode, KindCatalog, KindInfo, PortsInfo } from './catalog.ts';
import type { GraphDocument, GraphNode, Problem } from './document.ts';
import { dottedPath } from './issues.ts';
import { activePart } from './modes.ts';
import { type Flat, flatten, notConnected } from './subgraphs.ts';
import { didYouMean } from './suggest.ts';
import { topologicalOrder, type Wire, wiresInto } from './wires.ts';

/**
 * Everything that keeps nodes of a document from running, each with its path and node; empty for a graph that can run.
 * What is wrong with a node that does not run does not matter.
 * The document opens all the same: the canvas shows such nodes broken, with their wires.
 */
export function validate(document: GraphDocument, catalog: KindCatalog, facts: FactsByNode = {}): Problem[] {
  const flat = flatten(document);
  const { document: active, problems } = activePart(flat, catalog, facts);
  return [...new Set([...flat.problems, ...problems, ...validateFlat({ ...flat, document: active }, catalog, facts)])];
}

/** The same for a document whose subgraphs, with the problems of their own, were put in the place of their nodes. */
export function validateFlat(flat: Flat, catalog: KindCatalog, facts: FactsByNode = {}): Problem[] {
  const { document } = flat;
  const known = new Map(
    Object.entries(document.nodes).map(([id, node]) => [id, inspect(node, catalog, own(facts, id))]),
  );
  const problems: Problem[] = [];
  for (const [id, node] of Object.entries(document.nodes)) {
    const report = (path: readonly PropertyKey[], message: string, hint?: string) =>
      problems.push({ path: dottedPath([...flat.place(id), ...path]), message, hint, node: id, blocks: 'running' });
    const kind = known.get(id);
    if (!kind?.info) {
      const like = didYouMean(node.kind, catalog.kinds);
      report(['kind'], `there is no node kind "${node.kind}"${like}`, 'Update Patchbay, or replace the node');
      continue;
    }
    for (const { path, message } of kind.paramProblems) report(['params', ...path], message);
    const unfed = (port: string) => {
      const lost = flat.lost.get(`${id}.${port}`);
      if (lost) problems.push(lost);
      else report(['inputs', port], notConnected(port));
    };
    if (kind.ports) checkInputs(node, kind.ports, known, report, unfed);
  }
  return [...problems, ...cycleProblems(flat)];
}

interface Inspected {
  readonly info?: KindInfo;
  readonly ports?: PortsInfo;
  readonly paramProblems: readonly { readonly path: readonly string[]; readonly message: string }[];
}

type Report = (path: readonly PropertyKey[], message: string, hint?: string) => void;

function inspect(node: GraphNode, catalog: KindCatalog, facts?: Readonly<Record<string, unknown>>): Inspected {
  const info = catalog.get(node.kind);
  if (!info) return { paramProblems: [] };
  const names = Object.keys(info.defaults);
  const raw = node.params ?? {};
  const unknown = Object.keys(raw).filter((name) => !names.includes(name));
  const wrong = problemsOf(info, raw);
  // A wrong parameter must not hide what is wrong with the wires: ports are those of its default.
  const usable = Object.entries(raw).filter(([name]) => !wrong.some(({ path }) => path[0] === name));
  const parsed = info.parseParams(Object.fromEntries(usable));
  return {
    info,
    ports: 'params' in parsed ? info.ports(parsed.params, facts) : undefined,
    paramProblems: [
      ...unknown.map((name) => ({
        path: [name],
        message: `"${node.kind}" has no parameter "${name}"${didYouMean(name, names)}`,
      })),
      ...wrong,
    ],
  };
}

function problemsOf(info: KindInfo, raw: Readonly<Record<string, unknown>>) {
  const parsed = info.parseParams(raw);
  return 'problems' in parsed ? parsed.problems.map(({ name, message }) => ({ path: name.split('.'), message })) : [];
}

function checkInputs(
  node: GraphNode,
  ports: PortsInfo,
  known: ReadonlyMap<string, Inspected>,
  report: Report,
  unfed: (port: string) => void,
): void {
  const wires = wiresInto(node);
  for (const [port, input] of Object.entries(ports.inputs)) {
    const into = wires.filter((wire) => wire.port === port);
    if (into.length === 0 && !input.optional) unfed(port);
    if (into.length > 1 && !input.multiple)
      report(['inputs', port], `the input "${port}" takes one wire, found ${into.length}`);
  }
  for (const wire of wires) {
    const path = ['inputs', wire.port, ...(wire.index === undefined ? [] : [wire.index])];
    const message = wireProblem(wire, node.kind, ports, known);
    if (message) report(path, message);
  }
}

function wireProblem(
  { port, source }: Wire,
  kind: string,
  ports: PortsInfo,
  known: ReadonlyMap<string, Inspected>,
): string | undefined {
  const input = own(ports.inputs, port);
  if (!input && !ports.open) return `"${kind}" has no input "${port}"${didYouMean(port, Object.keys(ports.inputs))}`;
  const from = known.get(source.node);
  if (!from) return `there is no node "${source.node}"${didYouMean(source.node, [...known.keys()])}`;
  if (!from.ports) return undefined;
  const output = own(from.ports.outputs, source.port);
  if (!output && !from.ports.open)
    return `"${source.node}" has no output "${source.port}"${didYouMean(source.port, Object.keys(from.ports.outputs))}`;
  return output && input?.refusal(output.type);
}

function cycleProblems(flat: Flat): Problem[] {
  return topologicalOrder(flat.document).cycles.flatMap((cycle) => {
    const [first] = cycle;
    if (first === undefined) return [];
    return {
      path: dottedPath([...flat.place(first), 'inputs']),
      message: `the wires go round in a circle: ${[...cycle, first].join(' → ')}`,
      hint: 'Remove one of these wires',
      node: first,
      blocks: 'running',
    };
  });
}

/** A field of its own, never one inherited from `Object.prototype`. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
