import { type Dim, dimName, dimsEqual, divDims, mulDims, product } from '../dims.ts';
import { defineOp, type OpDefinition } from '../ops.ts';
import {
  broadcast,
  dimAt,
  intAttribute,
  intsAttribute,
  needed,
  type Shape,
  sameType,
  shapesAttribute,
  sizeAt,
} from './shapes.ts';

/** Products of matrices, and convolution. */

const batchedProduct: OpDefinition = {
  infer(inputs, attributes) {
    const { dtype } = sameType(inputs);
    const { transBatchA, transBatchB } = attributes;
    if (transBatchA === 1 || transBatchB === 1) throw new Error('batches that are turned are not known');
    const a = turnedIf(attributes.transA === 1, needed(inputs, 0).shape);
    const b = turnedIf(attributes.transB === 1, needed(inputs, 1).shape);
    sameInner(dimAt(a, -1), dimAt(b, -2));
    const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
    return [{ dtype, shape: [...batch, dimAt(a, -2), dimAt(b, -1)] }];
  },
  flops(inputs, [output], attributes) {
    const a = turnedIf(attributes.transA === 1, needed(inputs, 0).shape);
    return mulDims(2, mulDims(dimAt(a, -1), product(output?.shape ?? [])));
  },
};

defineOp('MatMul', batchedProduct);

/** `alpha · A · B`, either matrix turned first (`transA`, `transB`). */
defineOp('FusedMatMul', { ...batchedProduct, domain: 'com.microsoft' });

defineOp('Gemm', {
  infer(inputs, attributes) {
    const { dtype } = sameType(inputs);
    const a = oriented(needed(inputs, 0).shape, attributes.transA === 1);
    const b = oriented(needed(inputs, 1).shape, attributes.transB === 1);
    sameInner(dimAt(a, 1), dimAt(b, 0));
    return [{ dtype, shape: [dimAt(a, 0), dimAt(b, 1)] }];
  },
  flops(inputs, [output], attributes) {
    const a = oriented(needed(inputs, 0).shape, attributes.transA === 1);
    return mulDims(2, mulDims(dimAt(a, 1), product(output?.shape ?? [])));
  },
});

/** Weights in 4 bits: `[N, blocks, blockSize / 2]` bytes, scales `[N, blocks]`, zero point 8. */
defineOp('MatMulNBits', {
  domain: 'com.microsoft',
  infer(inputs, attributes) {
    const { dtype, shape } = needed(inputs, 0);
    sameInner(dimAt(shape, -1), intAttribute(attributes, 'K'));
    return [{ dtype, shape: [...shape.slice(0, -1), intAttribute(attributes, 'N')] }];
  },
  flops: (inputs, [output]) => mulDims(2, mulDims(dimAt(needed(inputs, 0).shape, -1), product(output?.shape ?? []))),
});

defineOp('Conv', {
  infer(inputs, attributes) {
    const { dtype } = sameType(inputs);
    const [x, weight] = [needed(inputs, 0).shape, needed(inputs, 1).shape];
    const [given] = shapesAttribute(attributes, 'result') ?? [];
    if (given) return [{ dtype, shape: given }];
    sameInner(dimAt(x, 1), mulDims(dimAt(weight, 1), intAttribute(attributes, 'group', 1)));
    const rank = x.length - 2;
    const strides = intsAttribute(attributes, 'strides') ?? Array(rank).fill(1);
    const pads = intsAttribute(attributes, 'pads') ?? Array(2 * rank).fill(0);
    const spatial = strides.map((stride, axis) =>
      convolved(dimAt(x, axis + 2), sizeAt(weight, axis + 2), stride, (pads[axis] ?? 0) + (pads[axis + rank] ?? 0)),
    );
    return [{ dtype, shape: [dimAt(x, 0), dimAt(weight, 0), ...spatial] }];
  },
  flops(inputs, [output]) {
    const kernel = product(needed(inputs, 1).shape.slice(1));
    return mulDims(2, mulDims(kernel, product(output?.shape ?? [])));
  },
});

/** The gradient of `Conv` by its picture; the shape is given. */
defineOp('ConvTranspose', {
  infer(inputs, attributes) {
    const [shape] = shapesAttribute(attributes, 'result') ?? [];
    if (!shape) throw new Error('the shape of a transposed convolution must be given');
    return [{ dtype: needed(inputs, 0).dtype, shape }];
  },
  flops(inputs) {
    const kernel = product(needed(inputs, 1).shape.slice(1));
    return mulDims(2, mulDims(kernel, product(needed(inputs, 0).shape)));
  },
});

function turnedIf(turned: boolean, shape: Shape): Shape {
  if (shape.length < 2) throw new Error('both sides need two dimensions at least');
  return turned ? [...shape.slice(0, -2), dimAt(shape, -1), dimAt(shape, -2)] : shape;
}

function oriented(shape: Shape, transposed: boolean): Shape {
  if (shape.length !== 2) throw new Error('both sides need two dimensions');
  return turnedIf(transposed, shape);
}

function sameInner(a: Dim, b: Dim): void {
  if (!dimsEqual(a, b)) throw new Error(`the inner dimensions differ: ${dimName(a)} and ${dimName(b)}`);
}

function convolved(size: Dim, kernel: number, stride: number, padding: number): Dim {
  if (typeof size === 'number') return Math.floor((size + padding - kernel) / stride) + 1;
  if (kernel === stride && padding === 0) return divDims(size, stride);
  if (stride === 1 && padding === kernel - 1) return size;
  throw new Error(`a varying size (${dimName(size)}) needs a stride equal to the kernel, or padding that keeps it`);
}
