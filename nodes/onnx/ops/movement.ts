import { addDims, type Dim, dimName, dimsEqual, divDims, mulDims, product } from '../dims.ts';
import { defineOp } from '../ops.ts';
import {
  axisOf,
  broadcast,
  dimAt,
  intAttribute,
  intsAttribute,
  needed,
  numbersOf,
  type Shape,
  sameType,
  shapesAttribute,
  valuesOf,
} from './shapes.ts';

/** Operators that move elements and change shapes. */

/** A value kept as it is, if it is known. */
const known = (value: Shape | undefined) => value && { value };

defineOp('Reshape', {
  infer(inputs) {
    const { dtype, shape, value } = needed(inputs, 0);
    const target = valuesOf(inputs, 1).map((dim, index) => (dim === 0 ? dimAt(shape, index) : dim));
    const rest = product(target.filter((dim) => dim !== -1));
    const whole = product(shape);
    if (!target.includes(-1) && !dimsEqual(rest, whole)) {
      throw new Error(`${dimName(whole)} elements do not fit [${target.map(dimName).join(', ')}]`);
    }
    const resolved = target.map((dim) => (dim === -1 ? divDims(whole, rest) : dim));
    return [{ dtype, shape: resolved, ...(resolved.length <= 1 && known(value)) }];
  },
});

defineOp('Transpose', {
  infer(inputs, attributes) {
    const { dtype, shape } = needed(inputs, 0);
    const order = intsAttribute(attributes, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
    if (order.length !== shape.length) throw new Error(`${order.length} axes for ${shape.length} dimensions`);
    return [{ dtype, shape: order.map((axis) => dimAt(shape, axis)) }];
  },
});

defineOp('Unsqueeze', {
  infer(inputs) {
    const { dtype, shape, value } = needed(inputs, 0);
    const axes = numbersOf(inputs, 1);
    const rank = shape.length + axes.length;
    const added = new Set(axes.map((axis) => axisOf(axis, rank)));
    const rest = [...shape];
    const result = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1)));
    return [{ dtype, shape: result, ...(rank <= 1 && known(value)) }];
  },
});

defineOp('Squeeze', {
  infer(inputs) {
    const { dtype, shape, value } = needed(inputs, 0);
    const removed = new Set(numbersOf(inputs, 1).map((axis) => axisOf(axis, shape.length)));
    for (const axis of removed) {
      if (shape[axis] !== 1) throw new Error(`dimension ${axis} is ${dimName(dimAt(shape, axis))}, not 1`);
    }
    return [{ dtype, shape: shape.filter((_, axis) => !removed.has(axis)), ...known(value) }];
  },
});

defineOp('Expand', {
  infer(inputs) {
    const { dtype, shape } = needed(inputs, 0);
    return [{ dtype, shape: broadcast(shape, valuesOf(inputs, 1)) }];
  },
});

defineOp('ConstantOfShape', {
  infer(inputs, attributes) {
    const { value } = attributes;
    const dtype = typeof value === 'object' && 'tensor' in value ? value.tensor.dtype : 'float32';
    return [{ dtype, shape: valuesOf(inputs, 0) }];
  },
});

defineOp('Concat', {
  infer(inputs, attributes) {
    const { dtype, shape } = sameType(inputs);
    const axis = axisOf(intAttribute(attributes, 'axis'), shape.length);
    const parts = inputs.map((_, index) => needed(inputs, index));
    for (const part of parts) {
      const fits =
        part.shape.length === shape.length &&
        shape.every((dim, i) => i === axis || dimsEqual(dim, dimAt(part.shape, i)));
      if (!fits) throw new Error(`the parts differ in more than axis ${axis}`);
    }
    const length = parts.reduce<Dim>((sum, part) => addDims(sum, dimAt(part.shape, axis)), 0);
    const values = parts.map((part) => part.value);
    const value = values.every((part) => part !== undefined) ? values.flat() : undefined;
    return [{ dtype, shape: shape.with(axis, length), ...(shape.length === 1 && known(value)) }];
  },
});

defineOp('Split', {
  infer(inputs, attributes) {
    const { dtype, shape } = needed(inputs, 0);
    const axis = axisOf(intAttribute(attributes, 'axis'), shape.length);
    const sizes = valuesOf(inputs, 1);
    const whole = sizes.reduce<Dim>(addDims, 0);
    if (!dimsEqual(whole, dimAt(shape, axis))) {
      throw new Error(`the parts add up to ${dimName(whole)}, not ${dimName(dimAt(shape, axis))}`);
    }
    return sizes.map((size) => ({ dtype, shape: shape.with(axis, size) }));
  },
});

/** Ends at or beyond this mean "to the end". */
export const TO_THE_END = 2 ** 31 - 1;

defineOp('Slice', {
  infer(inputs, attributes) {
    const { dtype, shape, value } = needed(inputs, 0);
    const [given] = shapesAttribute(attributes, 'result') ?? [];
    if (given) return [{ dtype, shape: given }];
    const [starts, ends, axes] = [valuesOf(inputs, 1), valuesOf(inputs, 2), numbersOf(inputs, 3)];
    const steps = inputs[4] ? numbersOf(inputs, 4) : axes.map(() => 1);
    let result = shape;
    axes.forEach((at, index) => {
      const axis = axisOf(at, shape.length);
      const size = dimAt(shape, axis);
      const start = bound(starts[index] ?? 0, size);
      const end = bound(ends[index] ?? size, size);
      result = result.with(axis, stepped(addDims(end, mulDims(-1, start)), steps[index] ?? 1));
    });
    const [start, end] = [starts[0], ends[0]];
    const plain = typeof start === 'number' && typeof end === 'number' && steps[0] === 1;
    return [{ dtype, shape: result, ...(plain && known(value?.slice(start, end))) }];
  },
});

function bound(at: Dim, size: Dim): Dim {
  if (typeof at !== 'number') return at;
  if (at >= TO_THE_END) return size;
  if (at < 0) return addDims(size, at);
  return typeof size === 'number' ? Math.min(at, size) : at;
}

function stepped(length: Dim, step: number): Dim {
  if (step < 1) throw new Error('steps must be positive');
  return typeof length === 'number' ? Math.ceil(Math.max(length, 0) / step) : divDims(length, step);
}

defineOp('Gather', {
  infer(inputs, attributes) {
    const { dtype, shape, value } = needed(inputs, 0);
    const indices = needed(inputs, 1);
    const axis = axisOf(intAttribute(attributes, 'axis', 0), shape.length);
    const picked = indices.value?.map((at) => (typeof at === 'number' ? value?.at(at) : undefined));
    const all = picked?.every((dim) => dim !== undefined) ? picked : undefined;
    return [{ dtype, shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)], ...known(all) }];
  },
});

defineOp('GatherElements', {
  infer: (inputs) => [{ dtype: needed(inputs, 0).dtype, shape: needed(inputs, 1).shape }],
});

/** Indices `[..., k]` pick along the first `k` dimensions. */
defineOp('GatherND', {
  infer(inputs) {
    const { dtype, shape } = needed(inputs, 0);
    const indices = needed(inputs, 1).shape;
    const depth = dimAt(indices, -1);
    if (typeof depth !== 'number') throw new Error('the depth of the indices must be a number');
    return [{ dtype, shape: [...indices.slice(0, -1), ...shape.slice(depth)] }];
  },
});

for (const name of ['ScatterElements', 'ScatterND']) {
  defineOp(name, {
    infer(inputs) {
      const { dtype, shape } = needed(inputs, 0);
      return [{ dtype, shape }];
    },
  });
}

defineOp('Shape', {
  infer(inputs, attributes) {
    const { shape } = needed(inputs, 0);
    const start = intAttribute(attributes, 'start', 0);
    const value = shape.slice(start, intAttribute(attributes, 'end', shape.length));
    return [{ dtype: 'int64', shape: [value.length], value }];
  },
});

defineOp('Range', {
  infer(inputs) {
    const { dtype } = sameType(inputs);
    const [start, limit, step] = [valuesOf(inputs, 0)[0], valuesOf(inputs, 1)[0], numbersOf(inputs, 2)[0]];
    return [{ dtype, shape: [stepped(addDims(limit ?? 0, mulDims(-1, start ?? 0)), step ?? 1)] }];
  },
});

/** Sizes (input 4) as known values; scales are not used. */
defineOp('Resize', {
  infer(inputs) {
    return [{ dtype: needed(inputs, 0).dtype, shape: valuesOf(inputs, 3) }];
  },
});
