import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
} from 'onnx-buf';
import { ONNX_TYPES } from '../ops/elementwise.ts';
import { bodiesOf } from './lowered.ts';

/** Of `MatMulNBits`: activations are rounded to 8 bits, and weights packed with their scales for that. */
const ROUNDED = 4n;

/**
 * Products with 4-bit weights in half precision (`MatMulNBits` of a `_q4f16` file) whose activations are rounded, in single
 * precision, between casts. The CPU has them in single precision only: ONNX Runtime 1.30 puts the casts there itself, but,
 * within a loop, packs the weights before it has cast their scales, and answers wrongly. Here scales are cast in `main`, where
 * that is done once, as the session is loaded. Changes `main`, and the graphs in it.
 */
export function singleScales(main: GraphProto): void {
  const halves = new Set(
    main.initializer.flatMap(({ name, dataType }) => (dataType === ONNX_TYPES.float16 ? name : [])),
  );
  const scales = new Map<string, string>();
  const walk = (graph: GraphProto): void => {
    graph.node = graph.node.flatMap((node) => {
      for (const body of bodiesOf(node)) walk(body);
      const level = node.attribute.find(({ name }) => name === 'accuracy_level')?.i;
      if (node.opType !== 'MatMulNBits' || level !== ROUNDED || !halves.has(node.input[2] ?? '')) return [node];
      const [x = '', weight = '', ...rest] = node.input;
      const [y = ''] = node.output;
      const [single, made] = [`${y}:single`, `${y}:product`];
      const kept = rest.map((name) => {
        if (!halves.has(name)) return name;
        scales.set(name, `${name}:single`);
        return `${name}:single`;
      });
      return [
        castNode(x, single, 'float32'),
        { ...node, input: [single, weight, ...kept], output: [made] },
        castNode(made, y, 'float16'),
      ];
    });
  };
  walk(main);
  main.node.unshift(...[...scales].map(([name, single]) => castNode(name, single, 'float32')));
}

function castNode(from: string, to: string, dtype: 'float32' | 'float16'): NodeProto {
  const attribute = create(AttributeProtoSchema, { name: 'to', type: AttributeType.INT, i: BigInt(ONNX_TYPES[dtype]) });
  return create(NodeProtoSchema, {
    opType: 'Cast',
    name: `${to}:cast`,
    input: [from],
    output: [to],
    attribute: [attribute],
  });
}
