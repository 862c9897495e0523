import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { raised } from '../../../nodes/onnx/imported/raised.ts';

type Value = number | readonly number[] | string;

function attribute(name: string, value: Value): AttributeProto {
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  return typeof value === 'number'
    ? create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) })
    : create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

/** One operator over inputs of these types, float32 unless told. */
interface Case {
  readonly op: string;
  readonly from: number;
  readonly inputs: readonly ort.Tensor[];
  readonly outputs?: number;
  readonly attributes?: Readonly<Record<string, Value>>;
}

const ports = (names: readonly string[], types: readonly number[]) =>
  names.map((name, i) =>
    create(ValueInfoProtoSchema, {
      name,
      type: create(TypeProtoSchema, {
        value: { case: 'tensorType', value: create(TypeProto_TensorSchema, { elemType: types[i] ?? 1 }) },
      }),
    }),
  );

function modelOf({ op, from, inputs, outputs = 1, attributes = {} }: Case): ModelProto {
  const [given, made] = [inputs.map((_, i) => `in${i}`), Array.from({ length: outputs }, (_, i) => `out${i}`)];
  const node = create(NodeProtoSchema, {
    opType: op,
    input: given,
    output: made,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });
  const types = inputs.map(({ type }) => (type === 'int64' ? 7 : 1));
  return create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(from) })],
    graph: create(GraphProtoSchema, { name: 'g', node: [node], input: ports(given, types), output: ports(made, []) }),
  });
}

async function outputsOf(model: ModelProto, inputs: readonly ort.Tensor[]): Promise<number[][]> {
  const session = await ort.InferenceSession.create(toBinary(ModelProtoSchema, model), { logSeverityLevel: 3 });
  const made = await session.run(Object.fromEntries(inputs.map((tensor, i) => [`in${i}`, tensor])));
  await session.release();
  return session.outputNames.map((name) => Array.from(made[name]?.data as Float32Array));
}

const floats = (...dims: readonly number[]) => {
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) + 1.5);
  return new ort.Tensor('float32', data, [...dims]);
};
const X = floats(2, 3, 6, 6);
/** Within a picture, whose corners are -1 and 1, and beyond. */
const PLACES = new ort.Tensor(
  'float32',
  floats(2, 4, 4, 2).data.map((v) => v - 1.5),
  [2, 4, 4, 2],
);

const REDUCED = ['Max', 'Min', 'Mean', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp', 'SumSquare'];
const CASES: readonly Case[] = [
  ...REDUCED.map((of) => ({ op: `Reduce${of}`, from: 13, inputs: [X], attributes: { axes: [1, 3], keepdims: 0 } })),
  { op: 'ReduceMean', from: 17, inputs: [X] },
  { op: 'Softmax', from: 12, inputs: [X] },
  { op: 'LogSoftmax', from: 11, inputs: [X], attributes: { axis: 2 } },
  { op: 'Softmax', from: 12, inputs: [X], attributes: { axis: -1 } },
  { op: 'Split', from: 12, inputs: [X], outputs: 2, attributes: { axis: 3, split: [4, 2] } },
  { op: 'ReduceSum', from: 12, inputs: [X], attributes: { axes: [1] } },
  { op: 'Squeeze', from: 11, inputs: [floats(2, 1, 3)], attributes: { axes: [1] } },
  { op: 'Unsqueeze', from: 12, inputs: [X], attributes: { axes: [0, 2] } },
  { op: 'Split', from: 13, inputs: [X], outputs: 3, attributes: { axis: 2 } },
  {
    op: 'GridSample',
    from: 16,
    inputs: [X, PLACES],
  },
  {
    op: 'GridSample',
    from: 16,
    inputs: [X, PLACES],
    attributes: { mode: 'bicubic' },
  },
  {
    op: 'RoiAlign',
    from: 13,
    inputs: [
      X,
      new ort.Tensor('float32', Float32Array.of(0, 0, 4, 3), [1, 4]),
      new ort.Tensor('int64', BigInt64Array.of(1n), [1]),
    ],
    attributes: { output_height: 2, output_width: 2 },
  },
];

test.each(CASES)('$op of opset $from gives in opset 21 what it gave', async (each) => {
  const before = await outputsOf(modelOf(each), each.inputs);
  const model = modelOf(each);
  if (model.graph) raised(model.graph, each.from, 21);
  for (const set of model.opsetImport) set.version = 21n;
  model.irVersion = 10n;
  const after = await outputsOf(model, each.inputs);
  expect(after.map(({ length }) => length)).toEqual(before.map(({ length }) => length));
  after.forEach((values, i) => {
    values.forEach((value, at) => {
      expect(value).toBeCloseTo(before[i]?.[at] ?? Number.NaN, 5);
    });
  });
});

test('an operator that no attribute brings over is named', () => {
  const { graph } = modelOf({ op: 'GroupNormalization', from: 18, inputs: [X] });
  expect(() => graph && raised(graph, 18, 21)).toThrow(
    'GroupNormalization of opset 18 means another thing in opset 21',
  );
  expect(() => graph && raised(graph, 18, 20)).not.toThrow();
});
