import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { Tensor } from '../values.ts';
import { dimName } from './dims.ts';
import type { Graph, Handle } from './graph.ts';
import type { OnnxModel, WeightFile } from './model.ts';
import { ONNX_TYPES } from './ops/elementwise.ts';
import { type Attribute, opDefinition } from './ops.ts';
import { bytesOf, type ParamSpec } from './weights.ts';

const OPSET = 21;
const IR_VERSION = 10n;
/** Offsets of weights, for SIMD loads and views of any element type. */
const ALIGNMENT = 64;
const GIB = 2 ** 30;

export interface SerializeOptions {
  /** Most bytes in one file of weights; a tensor larger than this has a file of its own. */
  readonly fileBytes?: number;
}

/** The graph as ONNX (opset 21 and `com.microsoft` 1), its parameters as external data. */
export function buildModel(graph: Graph, { fileBytes = GIB }: SerializeOptions = {}): OnnxModel {
  const files = layOut(graph.params, fileBytes);
  return { graph, bytes: toBinary(ModelProtoSchema, modelProto(graph, files)), files };
}

/** The graph as a message, its parameters in `files`. */
export function modelProto(graph: Graph, files: readonly WeightFile[] = []): ModelProto {
  const proto = graphProto(graph, 'main', new Map());
  for (const file of files) {
    for (const { spec, offset } of file.entries) proto.initializer.push(externalTensor(spec, file.path, offset));
  }
  return create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'patchbay',
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(OPSET) }),
      create(OperatorSetIdProtoSchema, { domain: 'com.microsoft', version: 1n }),
    ],
    graph: proto,
  });
}

/** Places parameters in files, in order. */
function layOut(params: readonly ParamSpec[], fileBytes: number): WeightFile[] {
  const files: { path: string; bytes: number; entries: { spec: ParamSpec; offset: number }[] }[] = [];
  for (const spec of params) {
    const size = bytesOf(spec);
    let file = files.at(-1);
    let offset = file ? Math.ceil(file.bytes / ALIGNMENT) * ALIGNMENT : 0;
    if (!file || offset + size > fileBytes) {
      file = { path: `weights-${files.length}.bin`, bytes: 0, entries: [] };
      files.push(file);
      offset = 0;
    }
    file.entries.push({ spec, offset });
    file.bytes = offset + size;
  }
  return files;
}

function externalTensor(spec: ParamSpec, path: string, offset: number): TensorProto {
  const entries = { location: path, offset: `${offset}`, length: `${bytesOf(spec)}` };
  return create(TensorProtoSchema, {
    name: spec.name,
    dims: spec.shape.map(BigInt),
    dataType: ONNX_TYPES[spec.dtype],
    dataLocation: DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  });
}

/** Names of handles that leave a graph under another name. */
type Renames = Map<string, string>;

function graphProto(graph: Graph, name: string, renames: Renames): GraphProto {
  const copies = nameOutputs(graph, renames);
  return create(GraphProtoSchema, {
    name,
    input: graph.inputs.map((input) => valueInfo(input.name, input)),
    output: graph.outputs.map((output) => valueInfo(output.name, output.handle)),
    initializer: graph.constants.map(({ handle, tensor }) => inlineTensor(tensor, handle.name)),
    node: [...graph.nodes.map((node) => nodeProto(node, renames)), ...copies],
  });
}

/**
 * Nodes make outputs under the outputs' names. What no node of this graph makes (an input, a weight, a value of the outer
 * graph), and the second name of a value, is copied by a node of its own.
 */
function nameOutputs(graph: Graph, renames: Renames): NodeProto[] {
  const own = new Set(graph.nodes.flatMap((node) => node.outputs.map((output) => output.name)));
  return graph.outputs.flatMap(({ name, handle }) => {
    if (own.has(handle.name) && !renames.has(handle.name)) {
      renames.set(handle.name, name);
      return [];
    }
    return [create(NodeProtoSchema, { opType: 'Identity', name, input: [nameOf(handle, renames)], output: [name] })];
  });
}

function nameOf(handle: Handle | undefined, renames: Renames): string {
  return handle ? (renames.get(handle.name) ?? handle.name) : '';
}

function nodeProto(node: Graph['nodes'][number], renames: Renames): NodeProto {
  const absent = opDefinition(node.op).absentOutputs ?? [];
  return create(NodeProtoSchema, {
    opType: node.op,
    domain: node.domain,
    name: node.outputs[0]?.name ?? node.op,
    input: node.inputs.map((input) => nameOf(input, renames)),
    output: node.outputs.map((output, index) => (absent.includes(index) ? '' : nameOf(output, renames))),
    attribute: Object.entries(node.attributes).flatMap(([name, value]) => attributeProto(name, value, renames)),
  });
}

/** None for what only the builder knows. */
function attributeProto(name: string, value: Attribute, renames: Renames): AttributeProto[] {
  const of = (init: Partial<Omit<AttributeProto, '$typeName' | '$unknown'>>) => [
    create(AttributeProtoSchema, { name, ...init }),
  ];
  if (typeof value === 'number') return of({ type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string') return of({ type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  if ('float' in value) return of({ type: AttributeType.FLOAT, f: value.float });
  if ('floats' in value) return of({ type: AttributeType.FLOATS, floats: [...value.floats] });
  if ('tensor' in value) return of({ type: AttributeType.TENSOR, t: inlineTensor(value.tensor, '') });
  if ('graph' in value) return of({ type: AttributeType.GRAPH, g: graphProto(value.graph, name, renames) });
  if ('shapes' in value || 'outputs' in value || 'dim' in value) return [];
  return of({ type: AttributeType.INTS, ints: value.map(BigInt) });
}

function inlineTensor({ dtype, dims, data }: Tensor, name: string): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: ONNX_TYPES[dtype],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice(),
  });
}

function valueInfo(name: string, { dtype, shape }: Handle): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === 'number'
          ? { case: 'dimValue', value: BigInt(size) }
          : { case: 'dimParam', value: dimName(size) },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: ONNX_TYPES[dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}
