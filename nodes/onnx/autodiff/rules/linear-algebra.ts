import { product } from '../../dims.ts';
import { reduceSum, reshape, scaledMatmul, slice, transpose, values } from '../../functions.ts';
import type { Graph, Handle } from '../../graph.ts';
import { dimAt, intAttribute, intsAttribute } from '../../ops/shapes.ts';
import { defineGradient, inputOf, outputGradient } from '../rules.ts';
import { unbroadcast } from '../shapes.ts';

/** dA = dY · Bᵀ and dB = Aᵀ · dY. A weight shared by all rows takes one product over the rows laid flat. */
defineGradient('MatMul', (step) => {
  const { g, needs } = step;
  const [dy, a, b] = [outputGradient(step), inputOf(step, 0), inputOf(step, 1)];
  if (b.shape.length === 2) {
    return [
      needs(0) ? reshape(g, product2(g, rows(g, dy), b, { transB: 1 }), a.shape, [a]) : undefined,
      needs(1) ? product2(g, rows(g, a), rows(g, dy), { transA: 1 }) : undefined,
    ];
  }
  return [
    needs(0) ? unbroadcast(g, scaledMatmul(g, dy, b, { transB: true }), a) : undefined,
    needs(1) ? unbroadcast(g, scaledMatmul(g, a, dy, { transA: true }), b) : undefined,
  ];
});

defineGradient('Gemm', (step) => {
  const { g, node, needs } = step;
  const [dy, a, b, c] = [outputGradient(step), inputOf(step, 0), inputOf(step, 1), node.inputs[2]];
  const { transA = 0, transB = 0 } = node.attributes;
  const byA = () =>
    transA ? product2(g, b, dy, { transA: transB, transB: 1 }) : product2(g, dy, b, { transB: transB ? 0 : 1 });
  const byB = () =>
    transB ? product2(g, dy, a, { transA: 1, transB: transA }) : product2(g, a, dy, { transA: transA ? 0 : 1 });
  return [
    needs(0) ? byA() : undefined,
    needs(1) ? byB() : undefined,
    c && needs(2) ? unbroadcast(g, dy, c) : undefined,
  ];
});

function product2(g: Graph, a: Handle, b: Handle, turns: Readonly<Record<string, unknown>>): Handle {
  const given = Object.entries(turns).filter(([, turn]) => turn === 1);
  return g.op('Gemm', [a, b], Object.fromEntries(given) as Record<string, number>);
}

/** `[…, width]` → `[rows, width]` */
function rows(g: Graph, x: Handle): Handle {
  return reshape(g, x, [product(x.shape.slice(0, -1)), dimAt(x.shape, -1)], [x]);
}

interface Convolution {
  readonly strides: readonly number[];
  /** Before all axes, then after all. */
  readonly pads: readonly number[];
  /** Rows and columns at the end that no kernel reached. */
  readonly rest: readonly number[];
}

/** By the picture a transposed convolution (Dumoulin and Visin 2016, §4). */
defineGradient('Conv', (step) => {
  const { g, node, needs } = step;
  const [dy, x, weight, bias] = [outputGradient(step), inputOf(step, 0), inputOf(step, 1), node.inputs[2]];
  if (intAttribute(node.attributes, 'group', 1) !== 1) throw new Error('a convolution in groups has no gradient');
  const kernel = weight.shape.slice(2).map(Number);
  const strides = intsAttribute(node.attributes, 'strides') ?? kernel.map(() => 1);
  const pads = intsAttribute(node.attributes, 'pads') ?? [...kernel, ...kernel].map(() => 0);
  const rest = kernel.map((size, axis) => {
    const padded = Number(x.shape[axis + 2]) + (pads[axis] ?? 0) + (pads[axis + kernel.length] ?? 0);
    return (padded - size) % (strides[axis] ?? 1);
  });
  const overlaps = kernel.some((size, axis) => size > (strides[axis] ?? 1));
  const byKernel = overlaps ? gradientByPatches : gradientBySliding;
  return [
    needs(0)
      ? g.op('ConvTranspose', [dy, weight], {
          kernel_shape: kernel,
          strides,
          pads,
          output_padding: rest,
          result: { shapes: [x.shape] },
        })
      : undefined,
    needs(1) ? byKernel(g, x, dy, weight, { strides, pads, rest }) : undefined,
    bias && needs(2) ? reduceSum(g, dy, [0, 2, 3], { keep: false }) : undefined,
  ];
});

/**
 * The gradient times the patches that the kernel saw (Chellapilla et al. 2006). A convolution of each channel alone, whose kernels are 1
 * at one place and 0 elsewhere, lays them out as `[batch, channels · kernel, places]`: a small kernel's, sooner than slices do.
 */
function gradientByPatches(g: Graph, x: Handle, dy: Handle, weight: Handle, { strides, pads }: Convolution): Handle {
  const kernel = weight.shape.slice(2).map(Number);
  const size = kernel.reduce((a, b) => a * b);
  const [batch, channels] = [dimAt(x.shape, 0), dimAt(x.shape, 1)];
  const places = product(dy.shape.slice(2));
  const one = Array.from({ length: size ** 2 }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const kernels = values(g, one, [size, 1, ...kernel], x.dtype);
  const alone = reshape(g, x, [product([batch, channels]), 1, ...x.shape.slice(2)], [x]);
  const laid = g.op('Conv', [alone, kernels], { kernel_shape: kernel, strides, pads });
  const patches = reshape(g, laid, [batch, product([channels, size]), places], [x, dy]);
  const each = scaledMatmul(g, reshape(g, dy, [batch, dimAt(dy.shape, 1), places], [dy]), patches, { transB: true });
  return reshape(g, reduceSum(g, each, [0], { keep: false }), weight.shape);
}

/** A convolution of the picture with the gradient over the batch, in which the stride spreads the gradient. */
function gradientBySliding(
  g: Graph,
  x: Handle,
  dy: Handle,
  weight: Handle,
  { strides, pads, rest }: Convolution,
): Handle {
  const swapped = (value: Handle) => transpose(g, value, [1, 0, 2, 3]);
  const kernel = weight.shape.slice(2).map(Number);
  // Padding that no kernel reached is left away, as far as there is any; what remains is cut off after.
  const unreached = (axis: number) => Math.min(pads[axis + kernel.length] ?? 0, rest[axis] ?? 0);
  const ends = kernel.map((_, axis) => (pads[axis + kernel.length] ?? 0) - unreached(axis));
  const reached = kernel.map((size, axis) => size + (rest[axis] ?? 0) - unreached(axis));
  let slid = g.op('Conv', [swapped(x), swapped(dy)], {
    kernel_shape: dy.shape.slice(2).map(Number),
    dilations: strides,
    pads: [...pads.slice(0, kernel.length), ...ends],
    result: { shapes: [[dimAt(x.shape, 1), dimAt(dy.shape, 1), ...reached]] },
  });
  kernel.forEach((size, axis) => {
    if (reached[axis] !== size) slid = slice(g, slid, axis + 2, 0, size);
  });
  return swapped(slid);
}
