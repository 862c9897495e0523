import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { stepGraph } from '../../../nodes/llm/model.ts';
import { LLM_PRESETS } from '../../../nodes/llm/presets.ts';
import type { Graph } from '../../../nodes/onnx/graph.ts';
import { skimmed } from '../../../nodes/onnx/imported/skim.ts';
import { importedTree } from '../../../nodes/onnx/imported/tree.ts';
import { type ModuleTree, moduleTree } from '../../../nodes/onnx/modules.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { definition as projector } from '../../../nodes/projector/definition.ts';
import { definition as encoder } from '../../../nodes/vision-encoder/definition.ts';

const skim = (bytes: Uint8Array) => skimmed({ size: bytes.length, read: (at, length) => bytes.slice(at, at + length) });
const treeOf = (bytes: Uint8Array, sizes?: Record<string, number>) => importedTree(skim(bytes), sizes);
const all = (tree: ModuleTree): ModuleTree[] => [tree, ...tree.children.flatMap(all)];
const at = (tree: ModuleTree, path: string) => all(tree).find((each) => each.path === path);

function built(from: { build(): Graph } | undefined): () => Graph {
  if (!from) throw new Error('its sizes are not known');
  return from.build;
}

describe('a model that was built here, read back from its file', () => {
  const image = { type: 'image', count: 1, width: 224, height: 224 } as const;
  const features = { type: 'features', count: 1, tokens: 257, width: 1024, grid: [16, 16], model: 'x' } as const;
  const config = { ...LLM_PRESETS['smollm2-135m']?.config, layers: 3 } as Parameters<typeof stepGraph>[0];
  const models: Record<string, () => Graph> = {
    'vision encoder': built(
      encoder.modules?.({ params: encoder.params.parse({ model: 'paper:clip-vit-b-32' }), inputs: { image: [image] } }),
    ),
    projector: built(
      projector.modules?.({ params: projector.params.parse({}), inputs: { features: [features as never] } }),
    ),
    'LLM with fused operators': () => stepGraph(config, { precision: 'fp32', fused: true }),
    'LLM of plain operators': () => stepGraph(config, { precision: 'fp32', fused: false }),
  };

  test.each(Object.entries(models))('%s: the same modules, each with as many parameters and operations', (_, build) => {
    const graph = build();
    const ones = new Proxy({}, { get: () => 1 }) as Record<string, number>;
    const own = moduleTree({ build: () => graph, bindings: ones });
    const read = treeOf(buildModel(graph).bytes, ones);
    // A file does not tell a weight from a table that is made with the graph, such as frequencies of rotary embeddings.
    const tables = graph.constants.filter(({ handle }) => handle.dtype === 'float32' && handle.shape.length > 0);
    const elements = tables.reduce((sum, { tensor }) => sum + tensor.data.length, 0);
    expect(read.parameters).toBe(own.parameters + elements);
    expect(read.flops).toBe(own.flops);
    const held = (tree: ModuleTree) =>
      all(tree)
        .filter(({ flops, children }) => flops > 0 && children.length === 0)
        .map(({ path, parameters, flops }) => [path, parameters, flops])
        .sort();
    expect(held(read).length).toBeGreaterThan(1);
    expect(held(read)).toEqual(held(own));
  });
});

const float = 1;
function value(name: string, dims?: readonly (number | string)[]) {
  const dim = dims?.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === 'number' ? { case: 'dimValue', value: BigInt(size) } : { case: 'dimParam', value: size },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: float,
    ...(dim && { shape: create(TensorShapeProtoSchema, { dim }) }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}
const weight = (name: string, dims: readonly number[]) =>
  create(TensorProtoSchema, {
    name,
    dataType: float,
    dims: dims.map(BigInt),
    rawData: new Uint8Array(4 * dims.reduce((count, size) => count * size, 1)),
  });
const shape = (name: string, values: readonly number[]) =>
  create(TensorProtoSchema, { name, dataType: 7, dims: [BigInt(values.length)], int64Data: values.map(BigInt) });
const node = (
  name: string,
  opType: string,
  input: string[],
  output: string[],
  ints: Readonly<Record<string, number | readonly number[]>> = {},
  scopes?: string,
) =>
  create(NodeProtoSchema, {
    name,
    opType,
    input,
    output,
    attribute: Object.entries(ints).map(([key, one]) =>
      typeof one === 'number'
        ? create(AttributeProtoSchema, { name: key, type: AttributeType.INT, i: BigInt(one) })
        : create(AttributeProtoSchema, { name: key, type: AttributeType.INTS, ints: one.map(BigInt) }),
    ),
    metadataProps: scopes
      ? [create(StringStringEntryProtoSchema, { key: 'pkg.torch.onnx.name_scopes', value: scopes })]
      : [],
  });
function file(graph: Parameters<typeof create<typeof GraphProtoSchema>>[1], opset = 17): Uint8Array<ArrayBuffer> {
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })];
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph: create(GraphProtoSchema, { name: 'g', ...graph }) }),
  );
}

/** As PyTorch exports a small convolutional network: shapes in it are stated nowhere. */
const NETWORK = file({
  input: [value('x', ['batch', 3, 64, 48])],
  output: [value('y', ['batch', 10])],
  initializer: [
    weight('features.0.weight', [16, 3, 3, 3]),
    weight('features.0.bias', [16]),
    weight('features.1.weight', [32, 8, 3, 3]),
    weight('onnx::MatMul_41', [32, 10]),
    shape('flat', [-1, 32]),
  ],
  node: [
    node('/features/features.0/Conv', 'Conv', ['x', 'features.0.weight', 'features.0.bias'], ['a'], {
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    }),
    node('/features/features.0/Relu', 'Relu', ['a'], ['b']),
    node('/pool/MaxPool', 'MaxPool', ['b'], ['c'], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
      ceil_mode: 1,
    }),
    node('/features/features.1/Conv', 'Conv', ['c', 'features.1.weight'], ['d'], { dilations: [2, 2], group: 2 }),
    node('/GlobalAveragePool', 'GlobalAveragePool', ['d'], ['e']),
    node('/Reshape', 'Reshape', ['e', 'flat'], ['f']),
    node('/head/MatMul', 'MatMul', ['f', 'onnx::MatMul_41'], ['y']),
  ],
});

test('a file whose exporter states no shapes: they follow, as ONNX Runtime makes them, and so do the operations', async () => {
  const tree = treeOf(NETWORK);
  expect(at(tree, 'features.features.0')).toMatchObject({
    input: ['batch', 3, 64, 48],
    output: ['batch', 16, 32, 24],
    parameters: 16 * 3 * 9 + 16,
    flops: 2 * 27 * 16 * 32 * 24,
    operators: 2,
  });
  expect(at(tree, 'pool')).toMatchObject({ input: ['batch', 16, 32, 24], output: ['batch', 16, 17, 13] });
  expect(at(tree, 'features.features.1')).toMatchObject({
    output: ['batch', 32, 13, 9],
    flops: 2 * 72 * 32 * 13 * 9,
  });
  expect(at(tree, 'head')).toMatchObject({ output: ['batch', 10], parameters: 320, flops: 2 * 32 * 10 });
  expect(at(tree, 'head')?.weights).toEqual([{ name: 'onnx::MatMul_41', shape: [32, 10], parameters: 320 }]);
  expect(tree.open).toEqual([{ name: 'batch', size: 1 }]);
  expect(tree.remarks).toEqual([]);
  expect(treeOf(NETWORK, { batch: 8 }).flops).toBe(8 * tree.flops);
  const session = await ort.InferenceSession.create(NETWORK, { logSeverityLevel: 3 });
  const { y } = await session.run({ x: new ort.Tensor('float32', new Float32Array(2 * 3 * 64 * 48), [2, 3, 64, 48]) });
  expect(y?.dims).toEqual([2, 10]);
  await session.release();
});

test('modules are found where exporters write them: in scopes, in names of weights, else each operator is one', () => {
  const x = { input: [value('x', [1, 8])], output: [value('y')] };
  const dynamo = file({
    ...x,
    initializer: [weight('w', [8, 8])],
    node: [
      node(
        'node_linear_1',
        'MatMul',
        ['x', 'w'],
        ['y'],
        {},
        "['', 'blocks.0.mlp', 'fc1', 'linear_1']".replace("'fc1'", "'blocks.0.mlp.fc1'"),
      ),
    ],
  });
  expect(at(treeOf(dynamo), 'blocks.0.mlp.fc1')).toMatchObject({ parameters: 64, output: [1, 8] });
  const caffe = file({
    ...x,
    initializer: [weight('layer1.0.fc.weight', [8, 8])],
    node: [node('MatMul_0', 'MatMul', ['x', 'layer1.0.fc.weight'], ['y'])],
  });
  expect(at(treeOf(caffe), 'layer1.0.fc')?.weights).toEqual([{ name: 'weight', shape: [8, 8], parameters: 64 }]);
  const flat = file({ ...x, initializer: [weight('w', [8, 8])], node: [node('', 'MatMul', ['x', 'w'], ['y'])] });
  expect(treeOf(flat).children.map(({ name, parameters }) => [name, parameters])).toEqual([['MatMul_0', 64]]);
});

test('sizes that a file leaves open are counted as is usual for their names, or as they are given, sums of them too', () => {
  const bytes = file({
    input: [
      value('x', ['batch_size', 'sequence_length', 8]),
      value('kv', ['batch_size', 8, 'past_sequence_length + sequence_length']),
      value('z', ['', 8]),
    ],
    output: [value('y'), value('u')],
    initializer: [weight('w', [8, 8])],
    node: [node('/a/MatMul', 'MatMul', ['x', 'kv'], ['y']), node('/b/MatMul', 'MatMul', ['z', 'w'], ['u'])],
  });
  const tree = treeOf(bytes);
  expect(tree.open).toEqual([
    { name: 'batch_size', size: 1 },
    { name: 'past_sequence_length', size: 0 },
    { name: 'sequence_length', size: 128 },
    { name: 'z[0]', size: 1 },
  ]);
  expect(at(tree, 'a')?.flops).toBe(2 * 8 * 128 * 128);
  const counted = treeOf(bytes, { batch_size: 2, past_sequence_length: 30, sequence_length: 10, 'z[0]': 5 });
  expect(at(counted, 'a')?.flops).toBe(2 * 2 * 8 * 10 * 40);
  expect(at(counted, 'b')).toMatchObject({ input: ['z[0]', 8], flops: 2 * 5 * 8 * 8 });
});

test('products whose sizes are not told are said not to be counted', () => {
  const tree = treeOf(
    file({
      input: [value('x', [1, 8]), value('z')],
      output: [value('y')],
      node: [node('/a/Foreign', 'Foreign', ['x'], ['h']), node('/a/MatMul', 'MatMul', ['h', 'z'], ['y'])],
    }),
  );
  expect(tree).toMatchObject({ flops: 0, operators: 2 });
  expect(tree.remarks).toEqual(['1 product has sizes that the file does not tell: it is not counted.']);
});

test('what is left of a file without its weights reads as the whole does', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 5 });
  fc.assert(
    fc.property(lengths, fc.string({ maxLength: 3000 }), (weights, docString) => {
      const bytes = file({
        input: [value('x', [1, 8])],
        output: [value('y')],
        docString,
        initializer: weights.map((length, i) => weight(`w${i}`, [length])),
        node: [node('/a/Relu', 'Relu', ['x'], ['y'])],
      });
      const left = skim(bytes);
      expect(left.length).toBeLessThan(4 * 2100 + 2048 + 2048 * weights.length);
      expect(importedTree(left)).toEqual(importedTree(bytes));
      // As a file is read that is longer than a window.
      for (const end of [bytes.length - 1, Math.floor(bytes.length / 2)])
        expect(() => skim(bytes.slice(0, end))).toThrow(/^it /);
    }),
    { numRuns: 60 },
  );
});
