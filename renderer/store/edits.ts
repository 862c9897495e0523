import { type GraphDocument, type GraphNode, type NodeMode, SCHEMA_VERSION } from '../../graphs/document.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { itemOf, moveItems, withoutItems } from './items.ts';
import { defaultsOf, paramsOf } from './library.ts';

/** Every change a person can make to a document, as a pure function: document in, document out, the rest shared. */

export interface Wiring {
  readonly source: string;
  readonly sourcePort: string;
  readonly target: string;
  readonly targetPort: string;
}

export type Point = readonly [x: number, y: number];

export const emptyDocument = (): GraphDocument => ({ schemaVersion: SCHEMA_VERSION, title: 'Untitled', nodes: {} });

export function addNode(document: GraphDocument, id: string, kind: string, at: Point): GraphDocument {
  return {
    ...document,
    nodes: { ...document.nodes, [id]: { kind } },
    layout: { ...document.layout, [id]: [Math.round(at[0]), Math.round(at[1])] },
  };
}

/** An id that is free: the kind, then the kind with a number. */
export function freeId(document: GraphDocument, kind: string): string {
  return freeName(kind, (id) => Object.hasOwn(document.nodes, id));
}

/** The name, or the name with the first number from 2 on that is free. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name;
  let number = 2;
  while (isTaken(`${name}-${number}`)) number += 1;
  return `${name}-${number}`;
}

/** Removes nodes with their wires, and notes and groups, by their keys. */
export function removeNodes(whole: GraphDocument, ids: ReadonlySet<string>): GraphDocument {
  if (ids.size === 0) return whole;
  const document = withoutItems(whole, ids);
  if (![...ids].some((id) => Object.hasOwn(document.nodes, id))) return document;
  const nodes = Object.entries(document.nodes)
    .filter(([id]) => !ids.has(id))
    .map(([id, node]) => [id, keepSources(node, (source) => !ids.has(source.slice(0, source.indexOf('.'))))] as const);
  const layout = Object.entries(document.layout ?? {}).filter(([id]) => !ids.has(id));
  return { ...document, nodes: Object.fromEntries(nodes), layout: Object.fromEntries(layout) };
}

/** Moves nodes, notes and groups by their keys. */
export function moveNodes(whole: GraphDocument, to: Readonly<Record<string, Point>>): GraphDocument {
  const document = moveItems(whole, to);
  const moved = Object.entries(to)
    .filter(([id]) => !itemOf(id))
    .map(([id, [x, y]]): [string, [number, number]] => [id, [Math.round(x), Math.round(y)]])
    .filter(([id, [x, y]]) => x !== document.layout?.[id]?.[0] || y !== document.layout[id][1]);
  if (moved.length === 0) return document;
  return { ...document, layout: { ...document.layout, ...Object.fromEntries(moved) } };
}

/** Wires an output to an input. A single input gives up the wire it had; a multiple one takes the new wire last. */
export function addWire(document: GraphDocument, wiring: Wiring, multiple: boolean): GraphDocument {
  const node = document.nodes[wiring.target];
  if (!node) return document;
  const source = `${wiring.source}.${wiring.sourcePort}`;
  const present = sourcesAt(node, wiring.targetPort);
  if (present.includes(source)) return document;
  return withInput(document, wiring.target, wiring.targetPort, multiple ? [...present, source] : source);
}

/**
 * Puts a node into a wire: what the wire carried goes into `input` (last, where that takes `several`), and `output`
 * comes in its place, in the same order where the end of the wire takes several.
 */
export function splice(
  document: GraphDocument,
  wire: Wiring,
  node: { readonly id: string; readonly input: string; readonly output: string; readonly several: boolean },
): GraphDocument {
  const end = document.nodes[wire.target]?.inputs?.[wire.targetPort];
  if (end === undefined) return document;
  const replaced = (source: string) =>
    source === `${wire.source}.${wire.sourcePort}` ? `${node.id}.${node.output}` : source;
  const fed = addWire(document, { ...wire, target: node.id, targetPort: node.input }, node.several);
  return withInput(fed, wire.target, wire.targetPort, typeof end === 'string' ? replaced(end) : end.map(replaced));
}

export function removeWires(document: GraphDocument, wirings: readonly Wiring[]): GraphDocument {
  return wirings.reduce((current, wiring) => {
    const node = current.nodes[wiring.target];
    if (!node) return current;
    const gone = `${wiring.source}.${wiring.sourcePort}`;
    const input = node.inputs?.[wiring.targetPort];
    const left = typeof input === 'string' ? [] : (input ?? []).filter((source) => source !== gone);
    return withInput(current, wiring.target, wiring.targetPort, left.length > 0 ? left : undefined);
  }, document);
}

/** Sets a parameter; one that equals its default is left out of the document. */
export function setParam(document: GraphDocument, id: string, name: string, value: unknown): GraphDocument {
  const node = document.nodes[id];
  if (!node) return document;
  const definition = definitionOf(node.kind);
  const { [name]: _, ...others } = node.params ?? {};
  const isDefault = definition && Object.is(defaultsOf(definition)[name], value);
  const params = isDefault ? others : { ...others, [name]: value };
  const { params: __, ...rest } = node;
  return withNode(document, id, Object.keys(params).length > 0 ? { ...rest, params } : rest);
}

/** Sets the model that a node holds; parameters follow of which this model wants another value than the one before it. */
export function setModel(document: GraphDocument, id: string, model: string): GraphDocument {
  const node = document.nodes[id];
  if (!node) return document;
  const wanted = (of: unknown): Readonly<Record<string, unknown>> =>
    definitionOf(node.kind)?.wantedBy?.(String(of)) ?? {};
  const before = wanted(paramsOf(node).model);
  const follow = Object.entries(wanted(model)).filter(([name, value]) => value !== before[name]);
  const held = setParam(document, id, 'model', model);
  return follow.reduce((current, [name, value]) => setParam(current, id, name, value), held);
}

export function setTitle(document: GraphDocument, title: string): GraphDocument {
  return { ...document, title };
}

/** A name shown instead of the kind's title; an empty one goes back to the kind's. */
export function setNodeTitle(document: GraphDocument, id: string, title: string): GraphDocument {
  const node = document.nodes[id];
  if (!node) return document;
  const { title: _, ...rest } = node;
  return withNode(document, id, title.trim() ? { ...rest, title } : rest);
}

/** Bypasses or mutes nodes, or lets them run. */
export function setMode(document: GraphDocument, ids: readonly string[], mode: NodeMode | undefined): GraphDocument {
  return ids.reduce((current, id) => {
    const node = current.nodes[id];
    if (!node || node.mode === mode) return current;
    const { mode: _, ...rest } = node;
    return withNode(current, id, mode === undefined ? rest : { ...rest, mode });
  }, document);
}

export function sourcesAt(node: GraphNode, port: string): readonly string[] {
  const input = node.inputs?.[port];
  return typeof input === 'string' ? [input] : (input ?? []);
}

function withNode(document: GraphDocument, id: string, node: GraphNode): GraphDocument {
  return { ...document, nodes: { ...document.nodes, [id]: node } };
}

function withInput(
  document: GraphDocument,
  id: string,
  port: string,
  input: string | string[] | undefined,
): GraphDocument {
  const node = document.nodes[id];
  if (!node) return document;
  const { [port]: _, ...others } = node.inputs ?? {};
  const inputs = input === undefined ? others : { ...others, [port]: input };
  const { inputs: __, ...rest } = node;
  return withNode(document, id, Object.keys(inputs).length > 0 ? { ...rest, inputs } : rest);
}

/** The node without the wires whose source (`node.port`) is not to be kept. */
export function keepSources(node: GraphNode, keep: (source: string) => boolean): GraphNode {
  return mapSources(node, (source) => (keep(source) ? source : undefined));
}

/** The node with other sources (`node.port`) at its inputs; wires without one are gone. The same node where all stay. */
export function mapSources(node: GraphNode, to: (source: string) => string | undefined): GraphNode {
  if (!node.inputs) return node;
  let same = true;
  const mapped = (source: string) => {
    const now = to(source);
    same &&= now === source;
    return now === undefined ? [] : [now];
  };
  const inputs = Object.entries(node.inputs).flatMap(([port, input]) => {
    const left = [input].flat().flatMap(mapped);
    const [first] = left;
    return first === undefined ? [] : [[port, typeof input === 'string' ? first : left] as const];
  });
  if (same) return node;
  const { inputs: _, ...rest } = node;
  return inputs.length > 0 ? { ...rest, inputs: Object.fromEntries(inputs) } : rest;
}
