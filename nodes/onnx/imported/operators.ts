import { type Dim, mulDims, product } from '../dims.ts';
import type { Handle } from '../graph.ts';
import '../ops/index.ts';
import { dimAt, type Inputs, intAttribute, intsAttribute, needed, numbersOf } from '../ops/shapes.ts';
import { type Attributes, type OpOutput, opDefinition } from '../ops.ts';
import type { OpenSize } from './values.ts';

/**
 * Operators of other exporters: what nodes/onnx/ops tells of those that we build ourselves, forms of earlier opsets brought to
 * today's, and shapes of those that are in files only.
 */

export interface FileOperator {
  readonly op: string;
  readonly inputs: Inputs;
  readonly attributes: Attributes;
  /** How many outputs are used. */
  readonly outputs: number;
}

type Infer = (operator: FileOperator, openSize: OpenSize) => readonly OpOutput[];

/** Type and shape of what an operator makes; undefined where neither is told by what it reads. */
export function inferred(operator: FileOperator, openSize: OpenSize): readonly OpOutput[] | undefined {
  const today = brought(operator);
  try {
    const own = OWN[today.op];
    return own ? own(today, openSize) : opDefinition(today.op).infer(today.inputs, today.attributes);
  } catch {
    // An operator that is not known, or sizes that are known when the model runs only.
    return undefined;
  }
}

/** Floating-point operations; undefined where they are not told. */
export function flopsOf(operator: FileOperator, outputs: readonly (OpOutput | undefined)[]): Dim | undefined {
  const { op, inputs, attributes } = brought(operator);
  try {
    const made = outputs.flatMap((output) => output ?? []);
    const work = WORK[op] ?? opDefinition(op).flops;
    return work ? (made.length > 0 ? work(inputs, made, attributes) : undefined) : 0;
  } catch {
    return HEAVY.has(op) ? undefined : 0;
  }
}

/** Products whose operations count; of any other operator none do. */
const HEAVY: ReadonlySet<string> = new Set([
  ...[
    'MatMul',
    'Gemm',
    'Conv',
    'ConvTranspose',
    'Einsum',
    'MatMulInteger',
    'ConvInteger',
    'QLinearMatMul',
    'QLinearConv',
  ],
  ...[
    'LSTM',
    'GRU',
    'RNN',
    'Attention',
    'MultiHeadAttention',
    'GroupQueryAttention',
    'QAttention',
    'DecoderMaskedMultiHeadAttention',
  ],
  ...['FusedMatMul', 'FusedGemm', 'FusedConv', 'MatMulNBits', 'MoE', 'QMoE', 'DeformConv'],
]);

/** The same operator under the name, and with the inputs, that it has in opset 21. */
function brought({ op, inputs, attributes, outputs }: FileOperator): FileOperator {
  const axes = intsAttribute(attributes, 'axes');
  const withAxes = (at: number) => (inputs[at] || !axes ? inputs : [...inputs.slice(0, at), ints(axes)]);
  if (op === 'Squeeze' || op === 'Unsqueeze') return { op, inputs: withAxes(1), attributes, outputs };
  if (op === 'Slice') return { op, inputs: sliced(inputs, attributes, axes), attributes, outputs };
  if (op === 'Split' && !inputs[1])
    return { op, inputs: [inputs[0], parts(inputs, attributes, outputs)], attributes, outputs };
  return { op: TWINS[op] ?? op, inputs, attributes, outputs };
}

const TWINS: Readonly<Record<string, string>> = {
  FusedGemm: 'Gemm',
  FusedConv: 'Conv',
  RMSNormalization: 'SimplifiedLayerNormalization',
};

const ints = (value: readonly number[]): Handle => ({ name: '', dtype: 'int64', shape: [value.length], value });

function sliced(inputs: Inputs, attributes: Attributes, axes: readonly number[] | undefined): Inputs {
  const [starts, ends] = [intsAttribute(attributes, 'starts'), intsAttribute(attributes, 'ends')];
  const [x, from = starts && ints(starts), to = ends && ints(ends), along, steps] = inputs;
  const all = (from?.value ?? []).map((_, axis) => axis);
  return [x, from, to, along ?? ints(axes ?? all), steps];
}

function parts(inputs: Inputs, attributes: Attributes, outputs: number): Handle | undefined {
  const split = intsAttribute(attributes, 'split');
  if (split) return ints(split);
  const size = inputs[0]?.shape.at(intAttribute(attributes, 'axis', 0));
  if (typeof size !== 'number') return undefined;
  const part = Math.ceil(size / outputs);
  return ints(Array.from({ length: outputs }, (_, i) => Math.min(part, size - i * part)));
}

const asInput =
  (at = 0): Infer =>
  ({ inputs, outputs }) => {
    const { dtype, shape } = needed(inputs, at);
    return Array.from({ length: outputs }, () => ({ dtype, shape }));
  };

const SAME = [
  ...['BatchNormalization', 'InstanceNormalization', 'GroupNormalization', 'LpNormalization', 'LRN', 'Dropout', 'Clip'],
  ...[
    'LeakyRelu',
    'PRelu',
    'Elu',
    'Selu',
    'Celu',
    'HardSwish',
    'HardSigmoid',
    'Softplus',
    'Softsign',
    'Mish',
    'ThresholdedRelu',
  ],
  ...[
    'Abs',
    'Ceil',
    'Round',
    'Reciprocal',
    'Sign',
    'Tan',
    'Asin',
    'Acos',
    'Atan',
    'Sinh',
    'Cosh',
    'IsNaN',
    'Trilu',
    'Hardmax',
  ],
  ...['DequantizeLinear', 'QuantizeLinear', 'BiasGelu', 'FastGelu', 'CastLike', 'Swish', 'BitwiseNot'],
];

const OWN: Readonly<Record<string, Infer>> = {
  ...Object.fromEntries(SAME.map((op) => [op, asInput()])),
  Conv: ({ inputs, attributes }, openSize) => [windowed(inputs, attributes, openSize, inputs[1])],
  QLinearConv: ({ inputs, attributes }, openSize) => [windowed(inputs, attributes, openSize, inputs[3])],
  ConvInteger: ({ inputs, attributes }, openSize) => [windowed(inputs, attributes, openSize, inputs[1])],
  MaxPool: ({ inputs, attributes }, openSize) => [windowed(inputs, attributes, openSize)],
  AveragePool: ({ inputs, attributes }, openSize) => [windowed(inputs, attributes, openSize)],
  GlobalAveragePool: pooled,
  GlobalMaxPool: pooled,
  Flatten({ inputs, attributes }) {
    const { dtype, shape } = needed(inputs, 0);
    const axis = intAttribute(attributes, 'axis', 1);
    return [{ dtype, shape: [product(shape.slice(0, axis)), product(shape.slice(axis))] }];
  },
  Pad({ inputs, attributes }) {
    const { dtype, shape } = needed(inputs, 0);
    const pads = intsAttribute(attributes, 'pads') ?? numbersOf(inputs, 1);
    const padded = shape.map((size, axis) => {
      const more = (pads[axis] ?? 0) + (pads[axis + shape.length] ?? 0);
      if (more !== 0 && typeof size !== 'number') throw new Error('a size that is open is padded');
      return typeof size === 'number' ? size + more : size;
    });
    return [{ dtype, shape: padded }];
  },
  Tile({ inputs }) {
    const { dtype, shape } = needed(inputs, 0);
    return [{ dtype, shape: numbersOf(inputs, 1).map((times, axis) => mulDims(dimAt(shape, axis), times)) }];
  },
  MatMulInteger: ({ inputs }) => opDefinition('MatMul').infer([inputs[0], alike(inputs[1], inputs[0])], {}),
  QLinearMatMul: ({ inputs }) => opDefinition('MatMul').infer([inputs[0], alike(inputs[3], inputs[0])], {}),
};

/** The work of operators that only files have; outputs are known. */
const WORK: Readonly<Record<string, (inputs: Inputs, outputs: readonly OpOutput[], attributes: Attributes) => Dim>> = {
  MatMulInteger: (inputs, [made]) =>
    mulDims(2, mulDims(dimAt(needed(inputs, 0).shape, -1), product(made?.shape ?? []))),
  QLinearMatMul: (inputs, [made]) =>
    mulDims(2, mulDims(dimAt(needed(inputs, 0).shape, -1), product(made?.shape ?? []))),
  QLinearConv: (inputs, [made]) =>
    mulDims(2, mulDims(product(needed(inputs, 3).shape.slice(1)), product(made?.shape ?? []))),
  ConvInteger: (inputs, [made]) =>
    mulDims(2, mulDims(product(needed(inputs, 1).shape.slice(1)), product(made?.shape ?? []))),
};

const alike = (handle: Handle | undefined, other: Handle | undefined) =>
  handle && other && { ...handle, dtype: other.dtype };

function pooled({ inputs }: FileOperator): readonly OpOutput[] {
  const { dtype, shape } = needed(inputs, 0);
  return [{ dtype, shape: shape.map((size, axis) => (axis < 2 ? size : 1)) }];
}

/** A window moved over a picture: a convolution by a `weight`, or a pooling that keeps the channels. */
function windowed(inputs: Inputs, attributes: Attributes, openSize: OpenSize, weight?: Handle): OpOutput {
  const { dtype, shape } = needed(inputs, 0);
  const kernel = intsAttribute(attributes, 'kernel_shape') ?? weight?.shape.slice(2).map(Number) ?? [];
  const at = (name: string, axis: number, usual: number) => intsAttribute(attributes, name)?.[axis] ?? usual;
  const round = intAttribute(attributes, 'ceil_mode', 0) === 1 ? Math.ceil : Math.floor;
  const spatial = kernel.map((length, axis): Dim => {
    const [size, stride] = [dimAt(shape, axis + 2), at('strides', axis, 1)];
    const reach = at('dilations', axis, 1) * (length - 1);
    const pads = at('pads', axis, 0) + at('pads', axis + kernel.length, 0);
    const same = String(attributes.auto_pad ?? '').startsWith('SAME');
    if (typeof size !== 'number') return stride === 1 && (same || pads === reach) ? size : openSize();
    return same ? Math.ceil(size / stride) : round((size + pads - reach - 1) / stride) + 1;
  });
  return { dtype, shape: [dimAt(shape, 0), weight ? dimAt(weight.shape, 0) : dimAt(shape, 1), ...spatial] };
}
