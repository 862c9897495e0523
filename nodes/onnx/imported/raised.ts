import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  TensorProtoSchema,
} from 'onnx-buf';
import { ONNX_TYPES } from '../ops/elementwise.ts';
import { AXES_SINCE, bodiesOf } from './lowered.ts';

/** The oldest opset that `raised` knows all changes since. */
export const RAISED_FROM = 11;

/**
 * Writes the operators of a graph of opset `from`, 11 or later, as opset `to` has them (Changelog.md of onnx): those that are
 * not named here only took in more. Changes the graph, and those in it. Throws a clause where one cannot be written so.
 */
export function raised(graph: GraphProto, from: number, to: number): void {
  graph.node = graph.node.flatMap((node) => {
    for (const body of bodiesOf(node)) raised(body, from, to);
    if (node.domain !== '' && node.domain !== 'ai.onnx') return [node];
    const { opType: op } = node;
    const crosses = (version: number) => from < version && to >= version;
    if (MEANS_ANOTHER[op] && crosses(MEANS_ANOTHER[op]))
      throw new Error(`${op} of opset ${from} means another thing in opset ${to}`);
    if (crosses(13) && OVER_ROWS.has(op)) return overRows(node);
    if (crosses(AXES_SINCE[op] ?? 0)) asInput(node, 'axes', graph);
    if (op === 'Split' && crosses(13)) asInput(node, 'split', graph);
    if (op === 'Split' && crosses(18) && node.input.length === 1) put(node, 'num_outputs', node.output.length);
    if (op === 'RoiAlign' && crosses(16)) put(node, 'coordinate_transformation_mode', 'output_half_pixel');
    if (op === 'GridSample' && crosses(20)) put(node, 'mode', gridMode(node));
    return [node];
  });
}

/** Before opset 13 these took a tensor for rows, which begin at `axis`. */
const OVER_ROWS: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Hardmax']);

function overRows(node: NodeProto): NodeProto[] {
  const axis = node.attribute.find(({ name }) => name === 'axis')?.i ?? 1n;
  if (axis === -1n) return [node];
  const [x = ''] = node.input;
  const [y = ''] = node.output;
  const named = (of: string) => `${y}:${of}`;
  const other = (opType: string, input: string[], output: string) =>
    create(NodeProtoSchema, { opType, name: named(opType), input, output: [output] });
  const flat = other('Flatten', [x], named('rows'));
  put(flat, 'axis', Number(axis));
  const over = { ...node, input: [named('rows')], output: [named('over')] };
  put(over, 'axis', -1);
  return [other('Shape', [x], named('shape')), flat, over, other('Reshape', [named('over'), named('shape')], y)];
}

/** Operators that no attribute brings over, and the opset that changed them. */
const MEANS_ANOTHER: Readonly<Record<string, number>> = { GroupNormalization: 21, DFT: 20, Dropout: 12 };

function asInput(node: NodeProto, field: string, graph: GraphProto): void {
  const numbers = node.attribute.find(({ name }) => name === field)?.ints;
  if (!numbers) return;
  const name = `${node.output[0]}:${field}`;
  const rawData = new Uint8Array(BigInt64Array.from(numbers).buffer);
  graph.initializer.push(
    create(TensorProtoSchema, { name, dims: [BigInt(numbers.length)], dataType: ONNX_TYPES.int64, rawData }),
  );
  node.input = [node.input[0] ?? '', name];
  node.attribute = node.attribute.filter((each) => each.name !== field);
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
