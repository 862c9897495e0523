import { describe, expect, it } from 'vitest';
import { gradients } from '../../../nodes/onnx/autodiff/backward.ts';
import { FUSED_IN_TRAINING } from '../../../nodes/onnx/autodiff/rules/fused.ts';
import { differentiableOps } from '../../../nodes/onnx/autodiff/rules.ts';
import * as f from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { gelu, geluTanh, quickGelu } from '../../../nodes/onnx/layers/mlp.ts';
import type { Attributes } from '../../../nodes/onnx/ops.ts';
import type { DType, Tensor } from '../../../nodes/values.ts';
import { openInDouble } from '../../helpers/double.ts';
import { difference, floats, int64s, type OpenGraph, openGraph, runGraph } from '../../helpers/onnx.ts';

/**
 * Every operator's gradient against central differences, in double precision. Where ONNX Runtime has no such kernel, the
 * operator's definition stands in, and its kernel must do the same.
 */

interface Case {
  readonly op: string;
  readonly name?: string;
  /** Shapes of the inputs that are differentiated. */
  readonly inputs: readonly (readonly number[])[];
  /** Moves the inputs, drawn from ±1, to where the function is smooth. */
  readonly from?: (value: number, input: number) => number;
  readonly make: (g: Graph, inputs: readonly Handle[]) => Handle;
  /** With the fused operators that training uses, in its gradients too. */
  readonly fused?: true;
}

const positive = (value: number) => 1.5 + value;
const apart = (value: number) => value + 0.3 * Math.sign(value);
const shape = [2, 3, 4];
const unary = (op: string, make: (g: Graph, x: Handle) => Handle, from?: Case['from']): Case => ({
  op,
  inputs: [shape],
  make: (g, [x]) => make(g, x as Handle),
  ...(from && { from }),
});
const binary = (op: string, make: (g: Graph, a: Handle, b: Handle) => Handle, from?: Case['from']): Case[] =>
  [
    [shape, shape],
    [shape, [4]],
    [[3, 1], shape],
  ].map((inputs) => ({
    op,
    name: `${op} ${inputs.join(' · ')}`,
    inputs,
    make: (g, [a, b]) => make(g, a as Handle, b as Handle),
    ...(from && { from }),
  }));
const two = (op: string, inputs: Case['inputs'], make: (g: Graph, a: Handle, b: Handle) => Handle): Case => ({
  op,
  name: `${op} ${inputs.join(' · ')}`,
  inputs,
  make: (g, [a, b]) => make(g, a as Handle, b as Handle),
});
const ids = (g: Graph, values: readonly number[], dims: readonly number[]) => f.values(g, values, dims, 'int64');
const epsilon = { axis: -1, epsilon: { float: 1e-5 } };

const gemms: readonly Attributes[] = [{}, { transA: 1 }, { transB: 1 }, { transA: 1, transB: 1 }];

const cases: readonly Case[] = [
  ...binary('Add', f.add),
  ...binary('Sub', f.sub),
  ...binary('Mul', f.mul),
  ...binary('Div', f.div, positive),
  ...binary('Pow', f.pow, positive),
  unary('Pow', (g, x) => f.pow(g, x, 2)),
  unary('Pow', (g, x) => f.pow(g, x, 3)),
  ...binary('Min', f.minimum),
  ...binary('Max', f.maximum),
  unary('Sqrt', f.sqrt, positive),
  unary('Neg', f.neg),
  unary('Exp', f.exp),
  unary('Log', f.log, positive),
  unary('Tanh', f.tanh),
  unary('Sigmoid', f.sigmoid),
  unary('Relu', f.relu, apart),
  unary('Cos', f.cos),
  unary('Sin', f.sin),
  unary('Identity', f.identity),
  unary('Cast', (g, x) => f.cast(g, f.cast(g, f.mul(g, x, x), 'float64'), x.dtype)),
  unary('Softmax', (g, x) => f.softmax(g, x)),
  unary('Softmax', (g, x) => f.softmax(g, x, 1)),
  unary('LogSoftmax', (g, x) => f.logSoftmax(g, x)),
  ...binary('Where', (g, a, b) => f.where(g, f.greater(g, f.values(g, [1, -1, 1, 1], [4], a.dtype), 0), a, b)),
  two(
    'MatMul',
    [
      [2, 3, 4],
      [4, 5],
    ],
    f.matmul,
  ),
  two(
    'MatMul',
    [
      [2, 2, 3, 4],
      [2, 2, 4, 3],
    ],
    f.matmul,
  ),
  two(
    'MatMul',
    [
      [2, 3, 3, 4],
      [1, 3, 4, 3],
    ],
    f.matmul,
  ),
  ...gemms.map(
    (turns): Case => ({
      op: 'Gemm',
      name: `Gemm ${Object.keys(turns)}`,
      inputs: [turns.transA ? [3, 2] : [2, 3], turns.transB ? [4, 3] : [3, 4], [4]],
      make: (g, inputs) => g.op('Gemm', inputs, turns),
    }),
  ),
  unary('Reshape', (g, x) => f.reshape(g, x, [6, 4])),
  unary('Unsqueeze', (g, x) => f.unsqueeze(g, x, [1])),
  { op: 'Squeeze', inputs: [[2, 1, 3]], make: (g, [x]) => f.squeeze(g, x as Handle, [1]) },
  unary('Transpose', (g, x) => f.transpose(g, x, [2, 0, 1])),
  { op: 'Expand', inputs: [[3, 1]], make: (g, [x]) => f.expand(g, x as Handle, [2, 3, 4]) },
  two(
    'Concat',
    [
      [2, 1, 4],
      [2, 3, 4],
    ],
    (g, a, b) => f.concat(g, [a, b], 1),
  ),
  unary('Split', (g, x) => {
    const [a, b] = f.split(g, x, [2, 2], 2) as [Handle, Handle];
    return f.mul(g, a, b);
  }),
  unary('Split', (g, x) => f.split(g, x, [1, 3], 2)[1] as Handle),
  unary('Slice', (g, x) => f.slice(g, x, 1, 1, 2)),
  unary('Slice', (g, x) => f.slice(g, x, 1, -1)),
  unary('Slice', (g, x) => f.slice(g, x, 2, 0, 3)),
  // Rows picked twice must add up.
  { op: 'Gather', inputs: [[5, 3]], make: (g, [x]) => f.gather(g, x as Handle, ids(g, [0, 2, 2, 4, 2, 0], [2, 3])) },
  unary('Gather', (g, x) => f.gather(g, x, ids(g, [2, 0, 2], [3]), 1)),
  unary('GatherElements', (g, x) => f.gatherElements(g, x, ids(g, [0, 1, 1, 0, 2, 2], [2, 3, 1]), 2)),
  two(
    'ScatterND',
    [
      [4, 3],
      [2, 3],
    ],
    (g, a, b) => f.scatterND(g, a, ids(g, [3, 1], [2, 1]), b),
  ),
  two(
    'ScatterElements',
    [
      [4, 3],
      [2, 3],
    ],
    (g, a, b) => f.scatterElements(g, a, ids(g, [0, 1, 2, 3, 0, 1], [2, 3]), b, 0),
  ),
  unary('ReduceSum', (g, x) => f.reduceSum(g, x, [1], { keep: false })),
  unary('ReduceMean', (g, x) => f.reduceMean(g, x, [0, 2])),
  unary('ReduceMax', (g, x) => f.reduceMax(g, x, [-1])),
  unary('ReduceMin', (g, x) => f.reduceMin(g, x, [-1], { keep: false })),
  unary('ReduceL2', (g, x) => f.reduceL2(g, x, [-1])),
  unary('CumSum', (g, x) => f.cumSum(g, x, 1)),
  unary('CumSum', (g, x) => f.cumSum(g, x, 1, { exclusive: true })),
  unary('TopK', (g, x) => f.topK(g, x, 2).values),
  {
    op: 'LayerNormalization',
    inputs: [shape, [4], [4]],
    make: (g, inputs) => g.op('LayerNormalization', inputs, epsilon),
  },
  {
    op: 'SimplifiedLayerNormalization',
    inputs: [shape, [4]],
    make: (g, inputs) => g.op('SimplifiedLayerNormalization', inputs, epsilon),
  },
  unary('Tanh', geluTanh),
];

/** Operators without a kernel in double precision, and cases from which the gradient or ONNX Runtime makes such. */
const defined: readonly Case[] = [
  unary('Erf', f.erf),
  unary('Erf', gelu),
  unary('Gelu', (g, x) => g.op('Gelu', [x])),
  unary('Gelu', (g, x) => g.op('Gelu', [x], { approximate: 'tanh' })),
  unary('Sigmoid', quickGelu),
  unary('QuickGelu', (g, x) => g.op('QuickGelu', [x], { alpha: { float: 1.702 } })),
  unary('QuickGelu', (g, x) => g.op('QuickGelu', [x], { alpha: { float: 1 } })),
  // The second time, one matrix for both of the first's.
  ...[
    [2, 5, 4],
    [1, 5, 4],
  ].map((second): Case => {
    const made = (g: Graph, a: Handle, b: Handle) => f.scaledMatmul(g, a, b, { transB: true, scale: 0.3 });
    return { ...two('FusedMatMul', [shape, second], made), fused: true };
  }),
  { ...two('MatMul', [shape, [2, 4, 5]], f.matmul), fused: true },
  {
    op: 'RotaryEmbedding',
    inputs: [[2, 3, 8]],
    make(g, [x]) {
      const angles = f.values(g, [0, 0, 0.3, 0.1, 0.6, 0.2], [3, 2], (x as Handle).dtype);
      const rows = ids(g, [0, 1, 2, 2, 0, 1], [2, 3]);
      const tables = [f.cos(g, angles), f.sin(g, angles)];
      return g.op('RotaryEmbedding', [x, rows, ...tables], { num_heads: 2, rotary_embedding_dim: 0 });
    },
  },
  ...[
    { stride: 1, padding: 0, size: 5 },
    { stride: 2, padding: 1, size: 6 },
    { stride: 2, padding: 0, size: 5 },
    // Here kernels do not overlap, and the last leaves rows that none reaches.
    { stride: 3, padding: 0, size: 6 },
    { stride: 4, padding: 1, size: 8 },
    { stride: 3, padding: 1, size: 6 },
  ].map(
    ({ stride, padding, size }): Case => ({
      op: 'Conv',
      name: `Conv stride ${stride}, padding ${padding}, ${size} px`,
      inputs: [[2, 3, size, size], [4, 3, 3, 3], [4]],
      make: (g, [x, weight, bias]) => f.conv(g, x as Handle, weight as Handle, bias, { stride, padding }),
    }),
  ),
];

type Open = (graph: Graph) => Promise<OpenGraph>;

interface Opened {
  readonly start: readonly Tensor[];
  lossAt(inputs: readonly Tensor[]): Promise<number>;
  /** The loss and its gradient by each input: `gradient0`, … */
  gradientsAt(inputs: readonly Tensor[]): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}

/** A case's operator, a loss that weighs its output, and the gradients. */
async function openCase(test: Case, dtype: DType, open: Open): Promise<Opened> {
  const g = new Graph({ precision: 'fp32', fused: test.fused ? FUSED_IN_TRAINING : false });
  const inputs = test.inputs.map((dims, i) => g.input(`x${i}`, dtype, dims));
  const y = test.make(g, inputs);
  const weights = g.input('weights', dtype, y.shape);
  const loss = f.reduceSum(
    g,
    f.mul(g, y, weights),
    y.shape.map((_, axis) => axis),
    { keep: false },
  );
  g.output('loss', loss);
  const forward = await open(g);
  gradients(g, loss, inputs).forEach((gradient, i) => {
    g.output(`gradient${i}`, f.identity(g, gradient));
  });
  const fixed = { weights: moved(floats(y.shape as number[], 9), dtype, (value) => value) };
  const both = await open(g);
  const feeds = (tensors: readonly Tensor[]) => ({
    ...fixed,
    ...Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor])),
  });
  return {
    start: test.inputs.map((dims, i) => moved(floats(dims, i + 1), dtype, (value) => test.from?.(value, i) ?? value)),
    lossAt: async (tensors) => Number((await forward.run(feeds(tensors))).loss?.data[0]),
    gradientsAt: (tensors) => both.run(feeds(tensors)),
    async release() {
      await Promise.all([forward.release(), both.release()]);
    },
  };
}

/** Largest gap between the gradient and central differences, over the largest gradient. */
async function relativeError(test: Case, open: Open): Promise<number> {
  const step = 1e-5;
  const { start, lossAt, gradientsAt, release } = await openCase(test, 'float64', open);
  try {
    const results = await gradientsAt(start);
    let [gap, largest] = [0, 0];
    for (const [i, tensor] of start.entries()) {
      const gradient = results[`gradient${i}`];
      expect(gradient).toMatchObject({ dtype: 'float64', dims: tensor.dims });
      for (let at = 0; at < tensor.data.length; at++) {
        const beside = (by: number) => {
          const data = tensor.data.slice() as Float64Array;
          data[at] = (data[at] as number) + by;
          return lossAt(start.with(i, { ...tensor, data }));
        };
        const slope = ((await beside(step)) - (await beside(-step))) / (2 * step);
        largest = Math.max(largest, Math.abs(slope));
        gap = Math.max(gap, Math.abs(slope - Number(gradient?.data[at])));
      }
    }
    return gap / largest;
  } finally {
    await release();
  }
}

function moved(tensor: Tensor, dtype: DType, move: (value: number) => number): Tensor {
  const values = Array.from(tensor.data as Float32Array, move);
  const data = dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
  return { dtype, dims: tensor.dims, data };
}

/** Largest gap between what single precision gives (on ONNX Runtime alone) and double, over the largest value of each output. */
async function singleFromDouble(test: Case): Promise<number> {
  const [single, double] = await Promise.all([
    openCase(test, 'float32', openGraph),
    openCase(test, 'float64', openInDouble),
  ]);
  try {
    const [rough, exact] = [await single.gradientsAt(single.start), await double.gradientsAt(double.start)];
    const gaps = Object.entries(exact).map(([name, tensor]) => {
      const largest = Math.max(...Array.from(tensor.data as Float64Array, Math.abs));
      return difference(rough[name], tensor) / largest;
    });
    return Math.max(...gaps);
  } finally {
    await Promise.all([single.release(), double.release()]);
  }
}

const named = (all: readonly Case[]) => all.map((test) => [test.name ?? test.op, test] as const);

describe('gradients equal central differences', () => {
  it.each(named(cases))('%s', async (_, test) => {
    expect(await relativeError(test, openGraph)).toBeLessThan(1e-6);
  });

  it.each(named(defined))('%s, by its definition', async (_, test) => {
    expect(await relativeError(test, openInDouble)).toBeLessThan(1e-6);
  });

  it.each(named(defined))('%s on ONNX Runtime, in single precision', async (_, test) => {
    expect(await singleFromDouble(test)).toBeLessThan(1e-5);
  });

  it('adds up every row that is picked, however often and on however many threads', async () => {
    const [count, width] = [4096, 64];
    const g = new Graph();
    const table = g.input('table', 'float32', [3, width]);
    const ids = g.input('ids', 'int64', [count]);
    const [gradient] = gradients(g, f.reduceSum(g, f.gather(g, table, ids), [0, 1], { keep: false }), [table]);
    g.output('gradient', f.identity(g, gradient as Handle));
    const picked = Array.from({ length: count }, (_, i) => (i * 7919) % 3);
    const feeds = { table: floats([3, width]), ids: int64s([count], picked) };
    const results = await runGraph(g, feeds);
    const expected = [0, 1, 2].flatMap((row) => Array(width).fill(picked.filter((id) => id === row).length));
    expect(Array.from(results.gradient?.data ?? [], Number)).toEqual(expected);
  });

  it('covers every operator that has one', () => {
    const tested = new Set([...cases, ...defined].map(({ op }) => op));
    expect(differentiableOps().filter((op) => !tested.has(op))).toEqual([]);
  });
});
