import { evaluate } from './dims.ts';
import type { Graph, Handle, OpNode } from './graph.ts';
import { type Attribute, opDefinition } from './ops.ts';
import { bytesOf } from './weights.ts';

export interface Cost {
  /** Weights by their logical count: a packed 4-bit tensor counts what it stands for. */
  readonly parameters: number;
  /** Of matrix products, convolutions and attention; a multiplication and its addition are two. */
  readonly flops: number;
  readonly weightBytes: number;
  /** Most bytes of tensors alive at once, inputs included, were each freed after its last use. */
  readonly activationBytes: number;
}

/** Sizes of the dimensions that vary, e.g. `{ batch: 1, tokens: 576 }`; those of a loop's body stand for a usual iteration. */
export type Bindings = Readonly<Record<string, number>>;

/** What running a graph once takes, walked from its nodes; no weight is made. Throws naming a dimension without a size. */
export function costOf(graph: Graph, bindings: Bindings = {}): Cost {
  let parameters = 0;
  let weightBytes = 0;
  for (const spec of graph.params) {
    parameters += spec.parameters;
    weightBytes += bytesOf(spec);
  }
  return { parameters, weightBytes, flops: flopsOf(graph, bindings), activationBytes: peakBytes(graph, bindings) };
}

/** Floating-point operations of a graph with its bodies: a loop's times its trip count, the dearer branch of an If. */
function flopsOf(graph: Graph, bindings: Bindings): number {
  return graph.nodes.reduce((sum, node) => sum + nodeFlops(node, bindings), 0);
}

export function nodeFlops(node: OpNode, bindings: Bindings): number {
  const bodies = bodiesOf(node);
  if (bodies.length > 0) return tripsOf(node, bindings) * Math.max(...bodies.map((body) => flopsOf(body, bindings)));
  const flops = opDefinition(node.op).flops?.(node.inputs, node.outputs, node.attributes);
  return flops === undefined ? 0 : evaluate(flops, bindings);
}

/** Operators whose output is their input's memory. */
const views = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Identity']);

function peakBytes(graph: Graph, bindings: Bindings): number {
  const owners = new Map<string, string>();
  const ownerOf = (name: string) => owners.get(name) ?? name;
  for (const node of graph.nodes) {
    const [input, output] = [node.inputs[0], node.outputs[0]];
    if (views.has(node.op) && input && output) owners.set(output.name, ownerOf(input.name));
  }
  const used = graph.nodes.map((node) => namesUsed(node).map(ownerOf));
  const lastUse = new Map<string, number>();
  used.forEach((owners, index) => {
    for (const owner of owners) lastUse.set(owner, index);
  });
  for (const { handle } of graph.outputs) lastUse.set(ownerOf(handle.name), graph.nodes.length);

  const alive = new Map(graph.inputs.map((input) => [input.name, handleBytes(input, bindings)]));
  let bytes = [...alive.values()].reduce((sum, size) => sum + size, 0);
  let peak = bytes;
  graph.nodes.forEach((node, index) => {
    for (const output of node.outputs) {
      if (owners.has(output.name) || !lastUse.has(output.name)) continue;
      const size = handleBytes(output, bindings);
      alive.set(output.name, size);
      bytes += size;
    }
    const inside = bodiesOf(node).map((body) => peakBytes(body, bindings));
    peak = Math.max(peak, bytes + Math.max(0, ...inside));
    for (const owner of used[index] ?? []) {
      if (lastUse.get(owner) !== index) continue;
      bytes -= alive.get(owner) ?? 0;
      alive.delete(owner);
    }
  });
  return peak;
}

/** Names a node reads, those that its bodies take from outside included. */
function namesUsed(node: OpNode): string[] {
  const names = node.inputs.flatMap((input) => (input ? [input.name] : []));
  for (const body of bodiesOf(node)) {
    for (const inner of body.nodes) names.push(...namesUsed(inner));
    for (const { handle } of body.outputs) names.push(handle.name);
  }
  return names;
}

function bodiesOf(node: OpNode): Graph[] {
  if (node.op !== 'Loop' && node.op !== 'If') return [];
  return Object.values(node.attributes).flatMap((attribute) => (isBody(attribute) ? [attribute.graph] : []));
}

function isBody(attribute: Attribute): attribute is { readonly graph: Graph } {
  return typeof attribute === 'object' && 'graph' in attribute;
}

function tripsOf(node: OpNode, bindings: Bindings): number {
  const trips = node.attributes.tripCount;
  return typeof trips === 'object' && 'dim' in trips ? evaluate(trips.dim, bindings) : 1;
}

function handleBytes({ shape, dtype }: Handle, bindings: Bindings): number {
  return bytesOf({ shape: shape.map((dim) => evaluate(dim, bindings)), dtype });
}
