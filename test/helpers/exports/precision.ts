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
import { toHalf } from '../../../nodes/onnx/half.ts';
import { bodiesOf } from '../../../nodes/onnx/imported/lowered.ts';

/**
 * Precisions as tools of the Hub write them into files: half (onnxconverter-common), 8 bits (onnxruntime.quantization,
 * dynamic), 4 bits in blocks (MatMulNBitsQuantizer), and those with the rest in half.
 */
export type Written = 'fp16' | 'q8' | 'q4' | 'q4f16';

export const SUFFIXES: Readonly<Record<Written, string>> = {
  fp16: '_fp16',
  q8: '_quantized',
  q4: '_q4',
  q4f16: '_q4f16',
};

/** What stays in single precision where the rest becomes half: no port, all but the cache, all. */
type Kept = 'none' | 'all but the cache' | 'all';

export interface InPrecision {
  readonly kept?: Kept;
  /** Products with 4-bit weights may round activations to 8 bits, as the builder of onnxruntime-genai lets them. */
  readonly rounded?: boolean;
}

/** Changes the graph, whose weights are in it. */
export function inPrecision(
  graph: GraphProto,
  written: Written,
  { kept = 'all but the cache', rounded = false }: InPrecision,
): void {
  if (written === 'q8') packed(graph, eightBits, eightBitRows);
  if (written === 'q4' || written === 'q4f16')
    packed(graph, fourBits(rounded ? { accuracy_level: 4 } : {}), fourBitRows);
  if (written !== 'fp16' && written !== 'q4f16') return;
  halve(graph);
  const keeps = (name: string) => kept === 'all' || (kept === 'all but the cache' && !/^(past|present)/.test(name));
  for (const port of [...graph.input, ...graph.output])
    if (elementType(port)?.elemType === HALF && keeps(port.name)) throughCast(graph, port);
}

const [SINGLE, UINT8, HALF] = [1, 2, 10];

type Port = GraphProto['input'][number];

function elementType({ type }: Port): { elemType: number } | undefined {
  return type?.value.case === 'tensorType' ? type.value.value : undefined;
}

// Half precision

function halve(graph: GraphProto): void {
  for (const tensor of graph.initializer) halveTensor(tensor);
  for (const port of [...graph.input, ...graph.output, ...graph.valueInfo]) {
    const type = elementType(port);
    if (type?.elemType === SINGLE) type.elemType = HALF;
  }
  for (const node of graph.node) {
    for (const body of bodiesOf(node)) halve(body);
    for (const attribute of node.attribute) {
      if (attribute.t) halveTensor(attribute.t);
      if (node.opType === 'Cast' && attribute.name === 'to' && attribute.i === BigInt(SINGLE))
        attribute.i = BigInt(HALF);
    }
  }
}

function halveTensor(tensor: TensorProto): void {
  if (tensor.dataType !== SINGLE) return;
  tensor.rawData = new Uint8Array(Uint16Array.from(floatsIn(tensor), toHalf).buffer);
  Object.assign(tensor, { dataType: HALF, floatData: [] });
}

/** The port stays as it was, and a cast stands behind it or before. */
function throughCast(graph: GraphProto, port: Port): void {
  const type = elementType(port);
  if (type) type.elemType = SINGLE;
  const inner = `${port.name}:half`;
  const isInput = graph.input.includes(port);
  rename(graph, port.name, inner);
  const [input, output, to] = isInput ? [port.name, inner, HALF] : [inner, port.name, SINGLE];
  const cast = node('Cast', [input], [output], { to });
  if (isInput) graph.node.unshift(cast);
  else graph.node.push(cast);
}

function rename(graph: GraphProto, from: string, to: string): void {
  const named = (name: string) => (name === from ? to : name);
  for (const each of graph.node) {
    each.input = each.input.map(named);
    each.output = each.output.map(named);
    for (const body of bodiesOf(each)) rename(body, from, to);
  }
}

// Packed weights

type Product = (node: NodeProto, matrix: Matrix, put: Put) => NodeProto[];
type Lookup = (node: NodeProto, matrix: Matrix, put: Put) => NodeProto[];
/** Adds a weight to the graph, and gives its name. */
type Put = (
  name: string,
  dataType: number,
  dims: readonly number[],
  data: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
) => string;

/** `[rows, cols]`, row by row. */
interface Matrix {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}

const BLOCK = 32;

/** Products with weights, and the tables that ids look up; weights of few rows stay as they are. */
function packed(graph: GraphProto, product: Product, lookup: Lookup): void {
  const weights = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const put: Put = (name, dataType, dims, data) => {
    if (!graph.initializer.some((each) => each.name === name)) {
      const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      graph.initializer.push(create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), rawData }));
    }
    return name;
  };
  graph.node = graph.node.flatMap((each) => {
    const tensor = weights.get(each.input[each.opType === 'Gather' ? 0 : 1] ?? '');
    if (tensor?.dataType !== SINGLE || tensor.dims.length !== 2) return [each];
    const [rows = 0, cols = 0] = tensor.dims.map(Number);
    const matrix = { name: tensor.name, rows, cols, data: floatsIn(tensor) };
    if (each.opType === 'Gather') return cols % BLOCK === 0 ? lookup(each, matrix, put) : [each];
    const across = each.opType === 'Gemm' ? transposed(matrix) : matrix;
    if (!['MatMul', 'Gemm'].includes(each.opType) || across.rows % BLOCK !== 0) return [each];
    return product(each, across, put);
  });
  const read = new Set(graph.node.flatMap(({ input }) => input));
  graph.initializer = graph.initializer.filter(({ name }) => read.has(name));
}

function transposed({ name, rows, cols, data }: Matrix): Matrix {
  const turned = Float32Array.from(data, (_, i) => data[(i % rows) * cols + Math.floor(i / rows)] ?? 0);
  return { name: `${name}:T`, rows: cols, cols: rows, data: turned };
}

/** Whole numbers 0 … 255 with a scale and a zero point of the tensor. */
function levels({ data }: Matrix): { bytes: Uint8Array<ArrayBuffer>; scale: number; zero: number } {
  const [low, high] = data.reduce(([least, most], x) => [Math.min(least, x), Math.max(most, x)], [0, 0]);
  const scale = (high - low) / 255;
  const zero = Math.round(-low / scale);
  return { bytes: Uint8Array.from(data, (x) => Math.max(0, Math.min(255, Math.round(x / scale) + zero))), scale, zero };
}

function put8(matrix: Matrix, put: Put): [string, string, string] {
  const { name, rows, cols } = matrix;
  const { bytes, scale, zero } = levels(matrix);
  return [
    put(`${name}_quantized`, UINT8, [rows, cols], bytes),
    put(`${name}_scale`, SINGLE, [], Float32Array.of(scale)),
    put(`${name}_zero_point`, UINT8, [], Uint8Array.of(zero)),
  ];
}

const eightBits: Product = ({ input: [x = ''], output: [y = ''] }, matrix, put) => {
  const [weight, scale, zero] = put8(matrix, put);
  return [
    node('DynamicQuantizeLinear', [x], [`${y}:x`, `${y}:x_scale`, `${y}:x_zero`]),
    node('MatMulInteger', [`${y}:x`, weight, `${y}:x_zero`, zero], [`${y}:sums`]),
    node('Cast', [`${y}:sums`], [`${y}:floats`], { to: SINGLE }),
    node('Mul', [`${y}:x_scale`, scale], [`${y}:scale`]),
    node('Mul', [`${y}:floats`, `${y}:scale`], [y]),
  ];
};

const eightBitRows: Lookup = ({ input: [, ids = ''], output: [y = ''] }, matrix, put) => {
  const [table, scale, zero] = put8(matrix, put);
  return [node('Gather', [table, ids], [`${y}:rows`]), node('DequantizeLinear', [`${y}:rows`, scale, zero], [y])];
};

/** Each row in blocks of 32 nibbles, low first, each block with a scale; 8 stands for zero. */
function nibbles({ rows, cols, data }: Matrix): { bytes: Uint8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> } {
  const bytes = new Uint8Array((rows * cols) / 2);
  const scales = new Float32Array((rows * cols) / BLOCK);
  for (const block of scales.keys()) {
    const own = data.subarray(block * BLOCK, (block + 1) * BLOCK);
    const scale = own.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 7 || 1;
    scales[block] = scale;
    own.forEach((x, i) => {
      const at = block * BLOCK + i;
      bytes[at >> 1] = (bytes[at >> 1] ?? 0) | ((Math.round(x / scale) + 8) << (4 * (at & 1)));
    });
  }
  return { bytes, scales };
}

const fourBits =
  (more: Readonly<Record<string, number>>): Product =>
  ({ input: [x = ''], output: [y = ''] }, matrix, put) => {
    const { bytes, scales } = nibbles(transposed(matrix));
    const { name, rows: K, cols: N } = matrix;
    const weight = put(`${name}_Q4`, UINT8, [N, K / BLOCK, BLOCK / 2], bytes);
    const scale = put(`${name}_scales`, SINGLE, [N * (K / BLOCK)], scales);
    return [node('MatMulNBits', [x, weight, scale], [y], { K, N, bits: 4, block_size: BLOCK, ...more })];
  };

const fourBitRows: Lookup = ({ input: [, ids = ''], output: [y = ''] }, matrix, put) => {
  const { bytes, scales } = nibbles(matrix);
  const { name, rows, cols } = matrix;
  const table = put(`${name}_Q4`, UINT8, [rows, cols / 2], bytes);
  const scale = put(`${name}_row_scales`, SINGLE, [rows, cols / BLOCK], scales);
  const attributes = { bits: 4, block_size: BLOCK, gather_axis: 0, quantize_axis: 1 };
  return [node('GatherBlockQuantized', [table, ids, scale], [y], attributes)];
};

const OF_MICROSOFT: ReadonlySet<string> = new Set(['MatMulNBits', 'GatherBlockQuantized']);

function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, number>> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    domain: OF_MICROSOFT.has(opType) ? 'com.microsoft' : '',
    name: `${opType} of ${output[0]}`,
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([name, value]) =>
      create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) }),
    ),
  });
}

function floatsIn({ rawData, floatData }: TensorProto): Float32Array {
  return rawData.length > 0 ? new Float32Array(rawData.slice().buffer) : Float32Array.from(floatData);
}
