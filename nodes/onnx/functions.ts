import type { DType, Tensor, TensorData } from '../values.ts';
import { type Dim, dimName, dimsEqual, symbol } from './dims.ts';
import type { Graph, Handle } from './graph.ts';
import { toHalf } from './half.ts';
import { ONNX_TYPES } from './ops/elementwise.ts';
import type { Attributes } from './ops.ts';
import './ops/index.ts';
import { TO_THE_END } from './ops/movement.ts';

/** Operators as functions of handles. Shapes and types are checked as they are added. */

/** A number becomes a constant of the other side's type. */
export type Operand = Handle | number;

// Constants

export function ints(g: Graph, values: readonly number[]): Handle {
  return g.constant({ dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) });
}

export function scalar(g: Graph, value: number, dtype: DType): Handle {
  return g.constant(tensorOf([value], [], dtype));
}

/** A constant in the graph, of the given type whatever the numbers were. */
export function values(g: Graph, numbers: ArrayLike<number>, dims: readonly number[], dtype: DType): Handle {
  return g.constant(tensorOf(numbers, dims, dtype));
}

const arrays: Readonly<Record<DType, (numbers: ArrayLike<number>) => TensorData>> = {
  float32: (numbers) => Float32Array.from(numbers),
  float64: (numbers) => Float64Array.from(numbers),
  float16: (numbers) => Uint16Array.from(numbers, toHalf),
  int64: (numbers) => BigInt64Array.from(Array.from(numbers, BigInt)),
  int32: (numbers) => Int32Array.from(numbers),
  uint8: (numbers) => Uint8Array.from(numbers),
  int8: (numbers) => Int8Array.from(numbers),
  bool: (numbers) => Uint8Array.from(numbers),
};

function tensorOf(numbers: ArrayLike<number>, dims: readonly number[], dtype: DType): Tensor {
  return { dtype, dims, data: arrays[dtype](numbers) };
}

// Elements

function binary(op: string) {
  return (g: Graph, a: Operand, b: Operand): Handle => {
    const dtype = typeof a === 'number' ? (typeof b === 'number' ? g.dtype : b.dtype) : a.dtype;
    const [left, right] = [a, b].map((side) => (typeof side === 'number' ? scalar(g, side, dtype) : side));
    return g.op(op, [left, right]);
  };
}

function unary(op: string) {
  return (g: Graph, x: Handle): Handle => g.op(op, [x]);
}

export const add = binary('Add');
export const sub = binary('Sub');
export const mul = binary('Mul');
export const div = binary('Div');
export const pow = binary('Pow');
export const minimum = binary('Min');
export const maximum = binary('Max');
export const equal = binary('Equal');
export const greater = binary('Greater');
export const greaterOrEqual = binary('GreaterOrEqual');
export const less = binary('Less');
export const lessOrEqual = binary('LessOrEqual');
export const and = binary('And');
export const or = binary('Or');

export const sqrt = unary('Sqrt');
export const neg = unary('Neg');
export const erf = unary('Erf');
export const exp = unary('Exp');
export const log = unary('Log');
export const tanh = unary('Tanh');
export const sigmoid = unary('Sigmoid');
export const relu = unary('Relu');
export const cos = unary('Cos');
export const sin = unary('Sin');
export const floor = unary('Floor');
export const not = unary('Not');
export const identity = unary('Identity');

export function softmax(g: Graph, x: Handle, axis = -1): Handle {
  return g.op('Softmax', [x], { axis });
}

export function logSoftmax(g: Graph, x: Handle, axis = -1): Handle {
  return g.op('LogSoftmax', [x], { axis });
}

export function where(g: Graph, condition: Handle, yes: Operand, no: Operand): Handle {
  const dtype = typeof yes === 'number' ? (typeof no === 'number' ? g.dtype : no.dtype) : yes.dtype;
  const [a, b] = [yes, no].map((side) => (typeof side === 'number' ? scalar(g, side, dtype) : side));
  return g.op('Where', [condition, a, b]);
}

export function cast(g: Graph, x: Handle, dtype: DType): Handle {
  return x.dtype === dtype ? x : g.op('Cast', [x], { to: ONNX_TYPES[dtype] });
}

// Linear algebra

export function matmul(g: Graph, a: Handle, b: Handle): Handle {
  return g.op('MatMul', [a, b]);
}

/** `scale · a[…, m, k] · b[…, k, n]`, either side turned first: `transA` takes `a` as `[…, k, m]`, `transB` `b` as `[…, n, k]`. */
export function scaledMatmul(
  g: Graph,
  a: Handle,
  b: Handle,
  options: { readonly transA?: boolean; readonly transB?: boolean; readonly scale?: number } = {},
): Handle {
  const { transA = false, transB = false, scale = 1 } = options;
  if (g.fuses('FusedMatMul')) {
    return g.op('FusedMatMul', [a, b], { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: scale } });
  }
  const turned = (x: Handle) => {
    const axes = x.shape.map((_, axis) => axis);
    return transpose(g, x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  };
  const left = transA ? turned(a) : a;
  return matmul(g, scale === 1 ? left : mul(g, left, scale), transB ? turned(b) : b);
}

/** `a[m, k] · b[k, n] + c`; with `transB`, `b` is `[n, k]`. */
export function gemm(g: Graph, a: Handle, b: Handle, c?: Handle, options: { readonly transB?: boolean } = {}): Handle {
  return g.op('Gemm', [a, b, c], options.transB ? { transB: 1 } : {});
}

/** `x: [n, channels, height, width]`, `weight: [out, channels, kernel, kernel]` */
export function conv(
  g: Graph,
  x: Handle,
  weight: Handle,
  bias?: Handle,
  options: { readonly stride?: number; readonly padding?: number } = {},
): Handle {
  const { stride = 1, padding = 0 } = options;
  const pads = [padding, padding, padding, padding];
  const kernel = weight.shape.slice(2).map((size) => Number(size));
  return g.op('Conv', [x, weight, bias], { kernel_shape: kernel, strides: [stride, stride], pads });
}

// Shapes

/** Dimensions `start` to `end` of `x` at run time, int64 `[end - start]`. */
export function shapeOf(g: Graph, x: Handle, start = 0, end = x.shape.length): Handle {
  return g.op('Shape', [x], { start, end });
}

/**
 * Sizes as an int64 tensor `[dims]`, worked out at run time where they vary: each symbol must be a dimension of one of
 * `sources`.
 */
export function sizes(g: Graph, dims: readonly Dim[], sources: readonly Handle[]): Handle {
  if (dims.every((dim) => typeof dim === 'number')) return ints(g, dims);
  return concat(
    g,
    dims.map((dim) => sizeOf(g, dim, sources)),
    0,
  );
}

/** One size as int64 `[1]`. */
function sizeOf(g: Graph, dim: Dim, sources: readonly Handle[]): Handle {
  if (typeof dim === 'number') return ints(g, [dim]);
  for (const source of sources) {
    const axis = source.shape.findIndex((candidate) => dimsEqual(candidate, dim));
    if (axis >= 0) return shapeOf(g, source, axis, axis + 1);
  }
  const terms = [...dim.terms];
  const [first] = terms;
  if (!first || (terms.length === 1 && first[1] === 1 && !first[0].includes('*'))) {
    throw new Error(`no tensor at hand has the dimension ${dimName(dim)}`);
  }
  const products = terms.map(([monomial, factor]) => {
    const symbols = monomial.split('*').filter(Boolean).map(symbol);
    const factors = factor === 1 && symbols.length > 0 ? symbols : [factor, ...symbols];
    return factors.map((part) => sizeOf(g, part, sources)).reduce((a, b) => mul(g, a, b));
  });
  return products.reduce((a, b) => add(g, a, b));
}

/** One dimension of `x` as an int64 scalar. */
export function dimension(g: Graph, x: Handle, axis: number): Handle {
  const at = axis < 0 ? axis + x.shape.length : axis;
  return squeeze(g, shapeOf(g, x, at, at + 1), [0]);
}

/** `sources`: more tensors whose dimensions `dims` may name, where `x` does not have them. */
export function reshape(g: Graph, x: Handle, dims: readonly Dim[], sources: readonly Handle[] = []): Handle {
  const kept = dims.map((dim, axis) => {
    const same = x.shape[axis];
    return typeof dim !== 'number' && same !== undefined && dimsEqual(dim, same) ? 0 : dim;
  });
  const varying = kept.findIndex((dim) => typeof dim !== 'number');
  const target = varying < 0 ? kept : kept.with(varying, -1);
  return g.op('Reshape', [
    x,
    target.every((dim) => typeof dim === 'number') ? ints(g, target) : sizes(g, dims, [x, ...sources]),
  ]);
}

export function transpose(g: Graph, x: Handle, perm: readonly number[]): Handle {
  return g.op('Transpose', [x], { perm });
}

export function unsqueeze(g: Graph, x: Handle, axes: readonly number[]): Handle {
  return g.op('Unsqueeze', [x, ints(g, axes)]);
}

export function squeeze(g: Graph, x: Handle, axes: readonly number[]): Handle {
  return g.op('Squeeze', [x, ints(g, axes)]);
}

/** Broadcasts `x` to `dims`. */
export function expand(g: Graph, x: Handle, dims: readonly Dim[], sources: readonly Handle[] = []): Handle {
  return g.op('Expand', [x, sizes(g, dims, [x, ...sources])]);
}

/** A tensor of `dims` filled with `value`. */
export function full(
  g: Graph,
  dims: readonly Dim[],
  value: number,
  dtype: DType,
  sources: readonly Handle[] = [],
): Handle {
  return g.op('ConstantOfShape', [sizes(g, dims, sources)], { value: { tensor: tensorOf([value], [1], dtype) } });
}

export function concat(g: Graph, parts: readonly Handle[], axis: number): Handle {
  const [only] = parts;
  return parts.length === 1 && only ? only : g.op('Concat', parts, { axis });
}

export function split(g: Graph, x: Handle, parts: readonly number[], axis: number): readonly Handle[] {
  return g.ops('Split', [x, ints(g, parts)], { axis });
}

/**
 * Elements `start` to `end` (not included; to the end if absent) along an axis. A bound may be a handle, int64 `[1]`;
 * where its value is not known while building, `length` says how long the result is.
 */
export function slice(
  g: Graph,
  x: Handle,
  axis: number,
  start: Operand,
  end: Operand = TO_THE_END,
  options: { readonly step?: number; readonly length?: Dim } = {},
): Handle {
  const { step = 1, length } = options;
  const [from, to] = [start, end].map((bound) => (typeof bound === 'number' ? ints(g, [bound]) : bound));
  const at = axis < 0 ? axis + x.shape.length : axis;
  const result: Attributes = length === undefined ? {} : { result: { shapes: [x.shape.with(at, length)] } };
  return g.op('Slice', [x, from, to, ints(g, [at]), ints(g, [step])], result);
}

export function gather(g: Graph, x: Handle, indices: Handle, axis = 0): Handle {
  return g.op('Gather', [x, indices], { axis });
}

export function gatherElements(g: Graph, x: Handle, indices: Handle, axis: number): Handle {
  return g.op('GatherElements', [x, indices], { axis });
}

export function gatherND(g: Graph, x: Handle, indices: Handle): Handle {
  return g.op('GatherND', [x, indices]);
}

export function scatterElements(g: Graph, x: Handle, indices: Handle, updates: Handle, axis: number): Handle {
  return g.op('ScatterElements', [x, indices, updates], { axis });
}

export function scatterND(g: Graph, x: Handle, indices: Handle, updates: Handle): Handle {
  return g.op('ScatterND', [x, indices, updates]);
}

/** `start, start + 1, … limit - 1`; both int64 scalars whose values the builder knows (sums of dimensions). */
export function range(g: Graph, start: Operand, limit: Operand): Handle {
  const [from, to] = [start, limit].map((side) => (typeof side === 'number' ? scalar(g, side, 'int64') : side));
  return g.op('Range', [from, to, scalar(g, 1, 'int64')]);
}

/** `[n, channels, height, width]` to the given height and width. */
export function resize(
  g: Graph,
  x: Handle,
  size: readonly [Dim, Dim],
  mode: 'linear' | 'cubic' | 'nearest',
  sources: readonly Handle[] = [],
): Handle {
  const target = sizes(g, [...x.shape.slice(0, 2), ...size], [x, ...sources]);
  return g.op('Resize', [x, undefined, undefined, target], {
    mode,
    coordinate_transformation_mode: 'half_pixel',
    ...(mode === 'cubic' && { cubic_coeff_a: { float: -0.75 } }),
    ...(mode === 'nearest' && { nearest_mode: 'floor' }),
  });
}

// Reductions and orders

function reduction(op: string) {
  return (g: Graph, x: Handle, axes: readonly number[], options: { readonly keep?: boolean } = {}): Handle =>
    g.op(op, [x, ints(g, axes)], { keepdims: options.keep === false ? 0 : 1 });
}

export const reduceMean = reduction('ReduceMean');
export const reduceSum = reduction('ReduceSum');
export const reduceMax = reduction('ReduceMax');
export const reduceMin = reduction('ReduceMin');
export const reduceL2 = reduction('ReduceL2');

export function argMax(g: Graph, x: Handle, axis: number, options: { readonly keep?: boolean } = {}): Handle {
  return g.op('ArgMax', [x], { axis, keepdims: options.keep ? 1 : 0 });
}

/** The `count` largest, sorted: values and int64 indices. `count` may be an int64 `[1]` of known value. */
export function topK(
  g: Graph,
  x: Handle,
  count: Operand,
  axis = -1,
): { readonly values: Handle; readonly indices: Handle } {
  const [top, indices] = g.ops('TopK', [x, typeof count === 'number' ? ints(g, [count]) : count], { axis });
  if (!top || !indices) throw new Error('TopK gives two outputs');
  return { values: top, indices };
}

/** `exclusive`: each sum leaves its own element out. */
export function cumSum(g: Graph, x: Handle, axis: number, options: { readonly exclusive?: boolean } = {}): Handle {
  return g.op('CumSum', [x, scalar(g, axis < 0 ? axis + x.shape.length : axis, 'int64')], {
    exclusive: options.exclusive ? 1 : 0,
  });
}

// Control

export interface LoopStep {
  /** Bool scalar: go on? Absent: until the trip count. */
  readonly proceed?: Handle;
  /** Next values of what is carried, in its order. */
  readonly carried: readonly Handle[];
  /** Values whose rows, one an iteration, are stacked. */
  readonly scanned?: readonly Handle[];
}

export interface LoopOptions {
  /** Most iterations, int64 scalar. */
  readonly trips: Handle;
  /** How many that is: for costs, and the first dimension of what is scanned. */
  readonly tripCount: Dim;
  /** Bool scalar: run the first iteration? True if absent. */
  readonly proceed?: Handle;
  readonly carried: readonly Handle[];
  /** Shapes of the carried values inside, where they change from one iteration to the next. */
  readonly inside?: readonly (readonly Dim[])[];
  /** Shapes of the last values of what is carried; as they entered, if absent. */
  readonly after?: readonly (readonly Dim[])[];
  step(body: Graph, carried: readonly Handle[], iteration: Handle): LoopStep;
}

/** ONNX `Loop`: the carried values after the last iteration, and the scanned rows `[iterations, …]`. */
export function loop(
  g: Graph,
  options: LoopOptions,
): { readonly carried: readonly Handle[]; readonly scanned: readonly Handle[] } {
  const body = g.body();
  const iteration = body.input('iteration', 'int64', []);
  const proceed = body.input('proceed', 'bool', []);
  const inside = options.carried.map(({ dtype, shape }, index) =>
    body.input(`carried.${index}`, dtype, options.inside?.[index] ?? shape),
  );
  const step = options.step(body, inside, iteration);
  const types = (handles: readonly Handle[]) => handles.map(({ dtype }) => dtype).join(', ');
  if (types(step.carried) !== types(options.carried)) {
    throw new Error(`a loop that carries ${types(options.carried)} must hand on the same, not ${types(step.carried)}`);
  }
  body.output('proceed', step.proceed ?? proceed);
  for (const handle of [...step.carried, ...(step.scanned ?? [])]) body.output('next', handle);
  const rows = (step.scanned ?? []).map(({ shape }) => [options.tripCount, ...shape]);
  const after = options.after ?? options.carried.map(({ shape }) => shape);
  const outputs = g.ops(
    'Loop',
    [
      options.trips,
      options.proceed ?? g.constant({ dtype: 'bool', dims: [], data: Uint8Array.of(1) }),
      ...options.carried,
    ],
    { body: { graph: body }, tripCount: { dim: options.tripCount }, results: { shapes: [...after, ...rows] } },
  );
  const count = options.carried.length;
  return { carried: outputs.slice(0, count), scanned: outputs.slice(count) };
}

/** ONNX `If`: values of the branch that `condition` (bool scalar) picks. `shapes` says them where the branches differ. */
export function ifElse(
  g: Graph,
  condition: Handle,
  yes: (branch: Graph) => readonly Handle[],
  no: (branch: Graph) => readonly Handle[],
  shapes?: readonly (readonly Dim[])[],
): readonly Handle[] {
  const [thenBranch, elseBranch] = [yes, no].map((make) => {
    const branch = g.body();
    for (const handle of make(branch)) branch.output('result', handle);
    return branch;
  });
  if (!thenBranch || !elseBranch) throw new Error('If needs two branches');
  return g.ops('If', [condition], {
    then_branch: { graph: thenBranch },
    else_branch: { graph: elseBranch },
    ...(shapes && { results: { shapes } }),
  });
}
