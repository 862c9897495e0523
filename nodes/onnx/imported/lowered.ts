import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf';
import { ONNX_TYPES } from '../ops/elementwise.ts';

/** The oldest opset that our own operators are written in: Squeeze and its kin take axes as an input since then. */
export const OLDEST = 13;

/** Bodies of Loop, If and Scan. */
export function bodiesOf(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap(({ g, graphs }) => [...(g ? [g] : []), ...graphs]);
}

/** Writes the operators of a graph that we built in an older opset. Changes the graph, and those in it. */
export function lowered(graph: GraphProto, version: number): void {
  const known = new Map<string, TensorProto>();
  const walk = (one: GraphProto): void => {
    for (const each of one.initializer) known.set(each.name, each);
    one.node = one.node.flatMap((node) => {
      for (const body of bodiesOf(node)) walk(body);
      if (version < 15 && node.opType === 'Shape') return shapeOf15(node, one);
      if (version < (AXES_SINCE[node.opType] ?? 0)) return [withAttribute(node, 'axes', known)];
      if (version < 13 && node.opType === 'Split') return [withAttribute(node, 'split', known)];
      return [node];
    });
  };
  walk(graph);
}

/** The opset since which an operator takes its axes as an input. */
export const AXES_SINCE: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['Squeeze', 'Unsqueeze', 'ReduceSum'].map((op) => [op, 13])),
  ...Object.fromEntries(
    ['Max', 'Min', 'Mean', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp', 'SumSquare'].map((of) => [`Reduce${of}`, 18]),
  ),
};

/** The second input, whose numbers stand in the graph, as an attribute. */
function withAttribute(node: NodeProto, name: string, known: ReadonlyMap<string, TensorProto>): NodeProto {
  const numbers = known.get(node.input[1] ?? '');
  if (!numbers) throw new Error(`the ${name} of ${node.opType} are not known`);
  const view = new DataView(numbers.rawData.buffer, numbers.rawData.byteOffset, numbers.rawData.byteLength);
  const ints = Array.from({ length: numbers.rawData.byteLength / 8 }, (_, i) => view.getBigInt64(8 * i, true));
  const attribute = create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints });
  return { ...node, input: node.input.slice(0, 1), attribute: [...node.attribute, attribute] };
}

/** `start` and `end` of Shape, since opset 15, as a Slice. */
function shapeOf15(node: NodeProto, graph: GraphProto): NodeProto[] {
  const bound = (name: string) => node.attribute.find((each) => each.name === name)?.i;
  const [start, end] = [bound('start'), bound('end')];
  if (start === undefined && end === undefined) return [node];
  const [whole, output = ''] = [`${node.output[0]}:whole`, node.output[0]];
  const bounds = [start ?? 0n, end ?? BigInt(Number.MAX_SAFE_INTEGER)].map((value, i) => {
    const name = `${output}:${i}`;
    const rawData = new Uint8Array(BigInt64Array.of(value).buffer);
    graph.initializer.push(create(TensorProtoSchema, { name, dims: [1n], dataType: ONNX_TYPES.int64, rawData }));
    return name;
  });
  return [
    { ...node, name: whole, output: [whole], attribute: [] },
    create(NodeProtoSchema, { opType: 'Slice', name: output, input: [whole, ...bounds], output: [output] }),
  ];
}
