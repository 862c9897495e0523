import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import type { DType } from '../../values.ts';
import { addDims, type Dim, symbol } from '../dims.ts';
import type { Handle } from '../graph.ts';
import { ONNX_TYPES } from '../ops/elementwise.ts';
import type { Attribute, Attributes } from '../ops.ts';

/** What stands in an ONNX file, in the terms of our own graphs. */

/** bfloat16 and the float8 and float4 types, which our own graphs do not have: their sizes do not matter here. */
const OTHER_FLOATS: ReadonlySet<number> = new Set([16, 17, 18, 19, 20, 23]);

export function dtypeOf(type: number): DType {
  const [known] = Object.entries(ONNX_TYPES).find(([, number]) => number === type) ?? [];
  return (known as DType | undefined) ?? (OTHER_FLOATS.has(type) ? 'float16' : 'int32');
}

/** Elements of a shape or a list of axes; undefined for other tensors. */
function elementsOf({ dataType, dims, rawData, int64Data, int32Data }: TensorProto): readonly number[] | undefined {
  const [int32, int64] = [ONNX_TYPES.int32, ONNX_TYPES.int64];
  if (dims.length > 1 || (dataType !== int32 && dataType !== int64)) return undefined;
  const count = Number(dims[0] ?? 1n);
  const width = dataType === int64 ? 8 : 4;
  if (rawData.length > 0 && rawData.length === count * width) {
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    return Array.from({ length: count }, (_, i) =>
      width === 8 ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true),
    );
  }
  const listed = dataType === int64 ? int64Data.map(Number) : int32Data;
  return listed.length === count ? listed : undefined;
}

export function tensorHandle(tensor: TensorProto, name = tensor.name): Handle {
  const value = elementsOf(tensor);
  return { name, dtype: dtypeOf(tensor.dataType), shape: tensor.dims.map(Number), ...(value && { value }) };
}

/** Makes a size that a file leaves open without a name. */
export type OpenSize = () => Dim;

/** What a file says of a value; undefined where it does not tell its rank. `openSize`: of an axis. */
export function infoHandle({ name, type }: ValueInfoProto, openSize: (axis: number) => Dim): Handle | undefined {
  if (type?.value.case !== 'tensorType') return undefined;
  const { elemType, shape } = type.value.value;
  if (!shape) return undefined;
  const dims = shape.dim.map(({ value }, axis): Dim => {
    if (value.case === 'dimValue') return Number(value.value);
    return value.case === 'dimParam' && value.value !== '' ? namedSize(value.value) : openSize(axis);
  });
  return { name, dtype: dtypeOf(elemType), shape: dims };
}

/** A size by the name that an exporter gave it, which may be a sum: `past_sequence_length + 1`. */
function namedSize(text: string): Dim {
  const terms = text.split('+').map((term) => term.trim());
  if (!terms.every((term) => /^[\w.]+$/.test(term))) return openSymbol(text);
  return terms.map((term) => (/^\d+$/.test(term) ? Number(term) : symbol(term))).reduce(addDims);
}

/** A symbol under a name that may hold what polynomials are written with. */
export const openSymbol = (name: string): Dim => symbol(name.replaceAll(/[*+\s]/g, '_'));

/** Those that shapes and operations are told from. */
export function attributesOf({ attribute }: NodeProto): Attributes {
  return Object.fromEntries(
    attribute.flatMap((one) => {
      const value = attributeOf(one);
      return value === undefined ? [] : [[one.name, value]];
    }),
  );
}

function attributeOf({ type, i, ints, f, s, t }: AttributeProto): Attribute | undefined {
  if (type === AttributeType.INT) return Number(i);
  if (type === AttributeType.INTS) return ints.map(Number);
  if (type === AttributeType.FLOAT) return { float: f };
  if (type === AttributeType.STRING) return new TextDecoder().decode(s);
  // Of a tensor its type is all that a shape hangs on.
  if (type === AttributeType.TENSOR && t)
    return { tensor: { dtype: dtypeOf(t.dataType), dims: [], data: new Float32Array(0) } };
  return undefined;
}
