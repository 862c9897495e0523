import { Graph, type OpNode } from '../../nodes/onnx/graph.ts';
import { floatAttribute, intAttribute, intsAttribute } from '../../nodes/onnx/ops/shapes.ts';
import type { Attributes } from '../../nodes/onnx/ops.ts';
import type { Tensor } from '../../nodes/values.ts';
import { type OpenGraph, openGraph } from './onnx.ts';

/**
 * A graph in double precision, run operator by operator: by ONNX Runtime where it has such a kernel, and where it has
 * none, by the operator's definition below. What the graph is given afterwards is not run.
 */
export async function openInDouble(graph: Graph): Promise<OpenGraph> {
  const [constants, outputs] = [[...graph.constants], [...graph.outputs]];
  const steps = await Promise.all(graph.nodes.map((node) => stepOf(graph, node)));
  return {
    async run(feeds) {
      let known: Readonly<Record<string, Tensor>> = {
        ...feeds,
        ...Object.fromEntries(constants.map(({ handle, tensor }) => [handle.name, tensor])),
      };
      for (const step of steps) known = { ...known, ...(await step.run(known)) };
      return Object.fromEntries(outputs.map(({ name, handle }) => [name, known[handle.name] as Tensor]));
    },
    async release() {
      await Promise.all(steps.map((step) => step.release()));
    },
  };
}

async function stepOf(graph: Graph, node: OpNode): Promise<OpenGraph> {
  const define = DEFINITIONS[node.op];
  const [output] = node.outputs;
  if (define && output) {
    return {
      async run(known) {
        const inputs = node.inputs.map((input) => input && known[input.name]);
        const dims = output.shape.map(Number);
        const data = Float64Array.from(indices(dims), (at) => define(inputs, node.attributes, at));
        return { [output.name]: { dtype: 'float64', dims, data } };
      },
      release: async () => undefined,
    };
  }
  const alone = new Graph(graph.options);
  alone.nodes.push(node);
  const given = new Map(node.inputs.flatMap((input) => (input ? [[input.name, input] as const] : [])));
  alone.constants.push(...graph.constants.filter(({ handle }) => given.delete(handle.name)));
  alone.inputs.push(...given.values());
  for (const made of node.outputs) alone.outputs.push({ name: made.name, handle: made });
  const session = await openGraph(alone);
  return {
    run: (known) => session.run(Object.fromEntries([...given.keys()].map((name) => [name, known[name] as Tensor]))),
    release: () => session.release(),
  };
}

/** One element of the output, by its indices. */
type Definition = (inputs: readonly (Tensor | undefined)[], attributes: Attributes, at: readonly number[]) => number;

const DEFINITIONS: Readonly<Record<string, Definition>> = {
  Erf: ([x], _, at) => erf(read(x, at)),
  /** `x · Φ(x)`, or its approximation by tanh (Hendrycks and Gimpel 2016, §2). */
  Gelu([x], { approximate }, at) {
    const value = read(x, at);
    const inner = Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3);
    return 0.5 * value * (1 + (approximate === 'tanh' ? Math.tanh(inner) : erf(value * Math.SQRT1_2)));
  },
  QuickGelu([x], attributes, at) {
    const value = read(x, at);
    return value / (1 + Math.exp(-floatAttribute(attributes, 'alpha') * value));
  },
  FusedMatMul([a, b], attributes, at) {
    const { transA, transB } = attributes;
    const [batch, row, column] = [at.slice(0, -2), at.at(-2) ?? 0, at.at(-1) ?? 0];
    const products = Array.from({ length: size(a, transA ? -2 : -1) }, (_, k) => {
      const left = read(a, [...broadcast(batch, a), ...(transA ? [k, row] : [row, k])]);
      return left * read(b, [...broadcast(batch, b), ...(transB ? [column, k] : [k, column])]);
    });
    return floatAttribute(attributes, 'alpha') * sum(products);
  },
  /** `x: [batch, tokens, heads · width]`; a head's first half turns with its second (Su et al. 2021, eq. 34). */
  RotaryEmbedding([x, positions, cos, sin], attributes, [batch = 0, token = 0, place = 0]) {
    const width = size(x, 2) / intAttribute(attributes, 'num_heads');
    const half = width / 2;
    const angle = [read(positions, [batch, token]), place % half];
    const first = place % width < half;
    const other = read(x, [batch, token, first ? place + half : place - half]) * read(sin, angle);
    return read(x, [batch, token, place]) * read(cos, angle) + (first ? -other : other);
  },
  /** `y[o, p] = bias[o] + Σ x[c, stride · p + dilation · k - pad] · weight[o, c, k]`, without groups. */
  Conv([x, weight, bias], attributes, [picture = 0, out = 0, ...at]) {
    const { strides, pads, dilations } = placesOf(attributes);
    const products = indices(dimsOf(weight).slice(1)).map(([channel = 0, ...kernel]) => {
      const seen = at.map((place, axis) => place * strides(axis) + (kernel[axis] ?? 0) * dilations(axis) - pads(axis));
      return read(x, [picture, channel, ...seen]) * read(weight, [out, channel, ...kernel]);
    });
    return sum(products) + (bias ? read(bias, [out]) : 0);
  },
  /** What `Conv` gives each place of `y` from a place of `x`, given back: `weight: [of y, of x, …kernel]`. */
  ConvTranspose([y, weight], attributes, [picture = 0, channel = 0, ...at]) {
    const { strides, pads, dilations } = placesOf(attributes);
    const [outs = 0, , ...sizes] = dimsOf(weight);
    const products = indices([outs, ...sizes]).map(([out = 0, ...kernel]) => {
      const places = at.map(
        (place, axis) => (place + pads(axis) - (kernel[axis] ?? 0) * dilations(axis)) / strides(axis),
      );
      return places.every(Number.isInteger)
        ? read(y, [picture, out, ...places]) * read(weight, [out, channel, ...kernel])
        : 0;
    });
    return sum(products);
  },
};

/** How a kernel's places lie on the picture, by axis. */
function placesOf(attributes: Attributes) {
  const at = (name: string, fallback: number) => (axis: number) => intsAttribute(attributes, name)?.[axis] ?? fallback;
  return { strides: at('strides', 1), pads: at('pads', 0), dilations: at('dilations', 1) };
}

/** `2/√π · Σ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1))`: to the last digits within ±2. */
function erf(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18; n++) {
    term *= -(x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** Indices into a side's own batch, numpy's rules: the last ones, 0 where it has one for all. */
function broadcast(batch: readonly number[], side: Tensor | undefined): readonly number[] {
  const own = dimsOf(side).slice(0, -2);
  return own.map((length, axis) => (length === 1 ? 0 : (batch[axis + batch.length - own.length] ?? 0)));
}

/** 0 outside, where a convolution pads. */
function read(tensor: Tensor | undefined, at: readonly number[]): number {
  let offset = 0;
  for (const [axis, length] of dimsOf(tensor).entries()) {
    const index = at[axis] ?? 0;
    if (index < 0 || index >= length) return 0;
    offset = offset * length + index;
  }
  return Number(tensor?.data[offset]);
}

function indices(shape: readonly number[]): readonly (readonly number[])[] {
  return shape.reduce<readonly (readonly number[])[]>(
    (all, length) => all.flatMap((at) => Array.from({ length }, (_, index) => [...at, index])),
    [[]],
  );
}

function dimsOf(tensor: Tensor | undefined): readonly number[] {
  if (!tensor) throw new Error('an input is missing');
  return tensor.dims;
}

function size(tensor: Tensor | undefined, axis: number): number {
  return dimsOf(tensor).at(axis) ?? 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
