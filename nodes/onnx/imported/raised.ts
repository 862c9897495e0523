import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type NodeProto,
  TensorProtoSchema,
} from 'onnx-buf';
import { ONNX_TYPES } from '../ops/elementwise.ts';
import { AXES_SINCE, bodiesOf } from './lowered.ts';

/**
 * Writes the operators of a graph of opset `from`, 13 or later, as opset `to` has them (Changelog.md of onnx): those that are
 * not named here only took in more. Changes the graph, and those in it. Throws a clause where one cannot be written so.
 */
export function raised(graph: GraphProto, from: number, to: number): void {
  for (const node of graph.node) {
    for (const body of bodiesOf(node)) raised(body, from, to);
    if (node.domain !== '' && node.domain !== 'ai.onnx') continue;
    const { opType: op } = node;
    const crosses = (version: number) => from < version && to >= version;
    if (MEANS_ANOTHER[op] && crosses(MEANS_ANOTHER[op]))
      throw new Error(`its parts are of opsets ${from} and ${to}, between which ${op} got another meaning`);
    if (crosses(AXES_SINCE[op] ?? 0)) axesAsInput(node, graph);
    if (op === 'Split' && crosses(18) && node.input.length === 1) put(node, 'num_outputs', node.output.length);
    if (op === 'RoiAlign' && crosses(16)) put(node, 'coordinate_transformation_mode', 'output_half_pixel');
    if (op === 'GridSample' && crosses(20)) put(node, 'mode', gridMode(node));
  }
}

/** Operators that no attribute brings over, and the opset that changed them. */
const MEANS_ANOTHER: Readonly<Record<string, number>> = { GroupNormalization: 21, DFT: 20 };

function axesAsInput(node: NodeProto, graph: GraphProto): void {
  const axes = node.attribute.find(({ name }) => name === 'axes')?.ints;
  if (!axes) return;
  const name = `${node.output[0]}:axes`;
  const rawData = new Uint8Array(BigInt64Array.from(axes).buffer);
  graph.initializer.push(
    create(TensorProtoSchema, { name, dims: [BigInt(axes.length)], dataType: ONNX_TYPES.int64, rawData }),
  );
  node.input = [node.input[0] ?? '', name];
  node.attribute = node.attribute.filter((each) => each.name !== 'axes');
}

function gridMode(node: NodeProto): string {
  const mode = new TextDecoder().decode(node.attribute.find(({ name }) => name === 'mode')?.s);
  return { '': 'linear', bilinear: 'linear', bicubic: 'cubic' }[mode] ?? mode;
}

/** An attribute, where the node does not state it in the same words. */
function put(node: NodeProto, name: string, value: number | string): void {
  const given =
    typeof value === 'number'
      ? { type: AttributeType.INT, i: BigInt(value) }
      : { type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  node.attribute = [
    ...node.attribute.filter((each) => each.name !== name),
    create(AttributeProtoSchema, { name, ...given }),
  ];
}
