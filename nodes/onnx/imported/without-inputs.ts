import { create } from '@bufbuild/protobuf';
import { type GraphProto, type NodeProto, NodeProtoSchema } from 'onnx-buf';
import { bodiesOf } from './lowered.ts';

/**
 * A graph that is given nothing at some of its inputs: what they would be put into (`ScatterND`, `Where`) goes on as it is, and
 * what is left without use goes, its weights too. As it was where an output cannot be had without them. The inputs stay, so
 * that it is called as before. Changes the graph.
 */
export function withoutInputs(graph: GraphProto, inputs: ReadonlySet<string>): void {
  const held = new Set(inputs);
  const instead = new Map<string, string>();
  const whole = (name: string) => instead.get(name) ?? name;
  const kept: NodeProto[] = [];
  for (const each of graph.node) {
    const node = { ...each, input: each.input.map(whole) };
    const free = !namesIn(node).some((name) => held.has(name));
    const [other] = free ? [] : putInto(node).filter((name) => !held.has(name));
    if (free) kept.push(node);
    else if (other) instead.set(node.output[0] ?? '', other);
    else for (const name of node.output) held.add(name);
  }
  if (graph.output.some(({ name }) => held.has(name))) return;
  for (const { name } of graph.output) {
    const from = instead.get(name);
    if (from) kept.push(create(NodeProtoSchema, { opType: 'Identity', name, input: [from], output: [name] }));
  }
  const needed = new Set(graph.output.map(({ name }) => name));
  graph.node = kept.toReversed().filter((node) => {
    const used = node.output.some((name) => needed.has(name));
    if (used) for (const name of namesIn(node)) needed.add(name);
    return used;
  });
  graph.node.reverse();
  graph.initializer = graph.initializer.filter(({ name }) => needed.has(name));
}

/** What an operator puts something into, or leaves where it does not: the values that are as they were where there is nothing to put. */
function putInto({ opType, input }: NodeProto): string[] {
  if (opType === 'ScatterND') return input.slice(0, 1);
  return opType === 'Where' ? input.slice(1, 3) : [];
}

/** Names that an operator reads, in its bodies too. */
function namesIn(node: NodeProto): string[] {
  return [...node.input, ...bodiesOf(node).flatMap((body) => body.node.flatMap(namesIn))];
}
