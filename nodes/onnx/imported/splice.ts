import { create } from '@bufbuild/protobuf';
import {
  type GraphProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
} from 'onnx-buf';
import { bodiesOf, lowered, OLDEST } from './lowered.ts';
import { RAISED_FROM, raised } from './raised.ts';

/**
 * Puts models of other exporters into a graph of ours: each node `Imported` gives way to the operators of the part that it
 * names, whose inputs and outputs are the node's, in order. A part that stands in several places brings its weights once:
 * they become those of the whole.
 */

/** The models that `Imported` nodes name. */
export type Parts = Readonly<Record<string, ModelProto>>;

/** Changes `host` and the parts. Throws a clause that says why where the parts cannot run together. */
export function splice(host: ModelProto, parts: Parts): ModelProto {
  if (!host.graph) throw new Error('it holds no graph');
  const version = commonOpset(Object.values(parts));
  lowered(host.graph, version);
  const weights: TensorProto[] = [];
  for (const [name, part] of Object.entries(parts)) {
    const { graph } = part;
    if (!graph) throw new Error('it holds no graph');
    if (graph.sparseInitializer.length > 0) throw new Error('it has sparse weights');
    raised(graph, opsetOf(part), version);
    weights.push(...graph.initializer.map((each) => ({ ...each, name: weightName(name, each.name) })));
  }
  let places = 0;
  const into = (graph: GraphProto): void => {
    graph.node = graph.node.flatMap((node) => {
      for (const body of bodiesOf(node)) into(body);
      if (node.domain !== 'patchbay') return [node];
      const name = new TextDecoder().decode(node.attribute.find((each) => each.name === 'part')?.s);
      const part = parts[name]?.graph;
      if (!part) throw new Error(`there is no part "${name}"`);
      return placed(part, node, name, places++);
    });
  };
  into(host.graph);
  host.graph.initializer.push(...weights);
  takeOver(host, Object.values(parts), version);
  return host;
}

const weightName = (part: string, name: string) => `${part}:${name}`;

/** The operators of a part in the place of `node`, under names of their own. */
function placed(part: GraphProto, node: NodeProto, name: string, place: number): NodeProto[] {
  const names = new Map<string, string>();
  const weights = new Set(part.initializer.map((each) => each.name));
  for (const each of weights) names.set(each, weightName(name, each));
  inputsOf(part).forEach((input, at) => {
    names.set(input.name, node.input[at] ?? '');
  });
  const copies: NodeProto[] = [];
  part.output.forEach((output, at) => {
    const given = node.output[at];
    if (!given) return;
    // What is an input or a weight has a name already.
    const known = names.get(output.name);
    if (known === undefined) names.set(output.name, given);
    else copies.push(create(NodeProtoSchema, { opType: 'Identity', input: [known], output: [given], name: given }));
  });
  const here = (value: string) => (value === '' ? '' : `${weightName(name, value)}@${place}`);
  const rename: Rename = { node: here, value: (value) => names.get(value) ?? here(value) };
  return [...part.node.map((each) => renamedNode(each, rename)), ...copies];
}

/** What a graph takes beside its weights, which files of old list among the inputs. */
export function inputsOf(graph: GraphProto): GraphProto['input'] {
  const weights = new Set(graph.initializer.map((each) => each.name));
  return graph.input.filter(({ name }) => !weights.has(name));
}

/** Names of operators are their own: one may be called as a value is. */
interface Rename {
  node(name: string): string;
  value(name: string): string;
}

function renamedNode(node: NodeProto, rename: Rename): NodeProto {
  return {
    ...node,
    name: rename.node(node.name),
    input: node.input.map(rename.value),
    output: node.output.map(rename.value),
    attribute: node.attribute.map((each) => ({
      ...each,
      ...(each.g && { g: renamedGraph(each.g, rename) }),
      graphs: each.graphs.map((graph) => renamedGraph(graph, rename)),
    })),
  };
}

function renamedGraph(graph: GraphProto, rename: Rename): GraphProto {
  const named = <T extends { readonly name: string }>(list: readonly T[]) =>
    list.map((each) => ({ ...each, name: rename.value(each.name) }));
  return {
    ...graph,
    node: graph.node.map((node) => renamedNode(node, rename)),
    initializer: named(graph.initializer),
    input: named(graph.input),
    output: named(graph.output),
    valueInfo: [],
    quantizationAnnotation: [],
  };
}

/** `ai.onnx` is another name of the domain without one. */
const isOnnx = (domain: string) => domain === '' || domain === 'ai.onnx';

export function opsetOf({ opsetImport }: ModelProto): number {
  return Number(opsetImport.find(({ domain }) => isOnnx(domain))?.version ?? 0n);
}

/** The newest opset of the parts, and no older than our own operators can be: in it all are written. */
function commonOpset(parts: readonly ModelProto[]): number {
  const versions = parts.map(opsetOf);
  const oldest = Math.min(...versions);
  if (oldest < RAISED_FROM) throw new Error(`it is of opset ${oldest}, before ${RAISED_FROM}`);
  return Math.max(OLDEST, ...versions);
}

/** Opsets and functions of the parts. */
function takeOver(host: ModelProto, parts: readonly ModelProto[], version: number): void {
  const versions = new Map(host.opsetImport.map((each) => [each.domain, each.version]));
  for (const part of parts) {
    for (const each of part.opsetImport)
      if (!isOnnx(each.domain)) versions.set(each.domain, max(versions.get(each.domain) ?? 0n, each.version));
    for (const each of part.functions) {
      const known = host.functions.some(({ name, domain }) => name === each.name && domain === each.domain);
      if (!known) host.functions.push(each);
    }
    host.irVersion = max(host.irVersion, part.irVersion);
  }
  versions.set('', BigInt(version));
  host.opsetImport = [...versions].map(([domain, each]) => create(OperatorSetIdProtoSchema, { domain, version: each }));
}

const max = (a: bigint, b: bigint) => (a > b ? a : b);
