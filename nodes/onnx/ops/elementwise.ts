import type { DType } from '../../values.ts';
import { addDims, type Dim, divDims, mulDims } from '../dims.ts';
import { defineOp, type OpOutput } from '../ops.ts';
import { broadcast, type Inputs, intAttribute, needed, type Shape, sameType } from './shapes.ts';

/** Operators over single elements, with numpy's broadcasting. */

const valueRules: Readonly<Record<string, (a: Dim, b: Dim) => Dim>> = {
  Add: addDims,
  Sub: (a, b) => addDims(a, mulDims(-1, b)),
  Mul: mulDims,
  Div: divDims,
};

for (const name of ['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'BitwiseAnd', 'BitwiseXor', 'BitShift']) {
  defineOp(name, {
    infer(inputs) {
      const { dtype } = sameType(inputs);
      const shape = broadcast(needed(inputs, 0).shape, needed(inputs, 1).shape);
      return [{ dtype, shape, ...combined(inputs, valueRules[name]) }];
    },
  });
}

/** The exponent may have another type than the base. */
defineOp('Pow', {
  infer(inputs) {
    const base = needed(inputs, 0);
    return [{ dtype: base.dtype, shape: broadcast(base.shape, needed(inputs, 1).shape) }];
  },
});

for (const name of ['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or']) {
  defineOp(name, {
    infer(inputs) {
      sameType(inputs);
      return [{ dtype: 'bool', shape: broadcast(needed(inputs, 0).shape, needed(inputs, 1).shape) }];
    },
  });
}

for (const name of [
  'Sqrt',
  'Neg',
  'Erf',
  'Exp',
  'Log',
  'Tanh',
  'Sigmoid',
  'Relu',
  'Gelu',
  'Cos',
  'Sin',
  'Floor',
  'Not',
  'Identity',
]) {
  defineOp(name, { infer: asFirst });
}
for (const name of ['Softmax', 'LogSoftmax']) defineOp(name, { infer: asFirst });
defineOp('QuickGelu', { domain: 'com.microsoft', infer: asFirst });

defineOp('Where', {
  infer(inputs) {
    const [condition, yes, no] = [needed(inputs, 0), needed(inputs, 1), needed(inputs, 2)];
    if (condition.dtype !== 'bool') throw new Error('the condition must be bool');
    const { dtype } = sameType([yes, no]);
    return [{ dtype, shape: broadcast(condition.shape, broadcast(yes.shape, no.shape)) }];
  },
});

/** Numbers of TensorProto.DataType. */
export const ONNX_TYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

defineOp('Cast', {
  infer(inputs, attributes) {
    const { shape, value } = needed(inputs, 0);
    const to = intAttribute(attributes, 'to');
    const [dtype] = Object.entries(ONNX_TYPES).find(([, number]) => number === to) ?? [];
    if (!dtype) throw new Error(`no type has the number ${to}`);
    return [{ dtype: dtype as DType, shape, ...(value && { value }) }];
  },
});

function asFirst(inputs: Inputs): readonly OpOutput[] {
  const { dtype, shape } = needed(inputs, 0);
  return [{ dtype, shape }];
}

/** Elements of the result, where those of both sides are known. */
function combined(inputs: Inputs, rule: ((a: Dim, b: Dim) => Dim) | undefined): { value?: Shape } {
  const [a, b] = [needed(inputs, 0).value, needed(inputs, 1).value];
  if (!rule || !a || !b) return {};
  try {
    return {
      value: Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
        rule(a[a.length === 1 ? 0 : index] ?? 0, b[b.length === 1 ? 0 : index] ?? 0),
      ),
    };
  } catch {
    // An inexact division: the elements are not known.
    return {};
  }
}
