import { concat, ints, reshape } from '../onnx/functions.ts';
import type { Graph, Handle, OpNode } from '../onnx/graph.ts';
import type { ParamSpec } from '../onnx/weights.ts';

/** Where a parameter stands in the flat vector of all that train. */
export interface FlatEntry {
  readonly spec: ParamSpec;
  /** In elements. */
  readonly offset: number;
  readonly size: number;
}

export interface FlatLayout {
  readonly entries: readonly FlatEntry[];
  /** Elements of the whole vector. */
  readonly size: number;
  /** The first this many decay. */
  readonly decayed: number;
}

/**
 * One vector for all parameters that train, so that clipping and AdamW are a few operators. Matrices stand first: they
 * decay; biases, scales, gates and other vectors do not (Loshchilov and Hutter 2019; the usual practice since GPT-3).
 */
export function flatLayout(specs: readonly ParamSpec[]): FlatLayout {
  const decays = ({ shape }: ParamSpec) => shape.filter((size) => size > 1).length > 1;
  const entries: FlatEntry[] = [];
  let offset = 0;
  const append = (spec: ParamSpec) => {
    const size = spec.shape.reduce((count, dim) => count * dim, 1);
    entries.push({ spec, offset, size });
    offset += size;
  };
  specs.filter(decays).forEach(append);
  const decayed = offset;
  specs.filter((spec) => !decays(spec)).forEach(append);
  return { entries, size: offset, decayed };
}

/**
 * Makes the parameters of the layout parts of `flat [size]` instead of weights of the graph. Everything built over them
 * stays as it is.
 */
export function bindFlat(g: Graph, { entries }: FlatLayout, flat: Handle): void {
  const parts = entries.map(({ spec, size }) => ({ name: `${spec.name}.flat`, dtype: spec.dtype, shape: [size] }));
  const sizes = ints(
    g,
    entries.map(({ size }) => size),
  );
  const plain = { domain: '', scope: 'parameters', attributes: {} };
  const cut: OpNode = { ...plain, op: 'Split', inputs: [flat, sizes], outputs: parts, attributes: { axis: 0 } };
  const shaped = entries.map(({ spec: { name, dtype, shape } }, index): OpNode => {
    return { ...plain, op: 'Reshape', inputs: [parts[index], ints(g, shape)], outputs: [{ name, dtype, shape }] };
  });
  g.replaceParams(
    entries.map(({ spec }) => spec.name),
    [cut, ...shaped],
  );
}

/** Tensors in the layout's order as one vector. */
export function flatten(g: Graph, tensors: readonly Handle[]): Handle {
  return concat(
    g,
    tensors.map((tensor) => reshape(g, tensor, [tensor.shape.reduce<number>((count, dim) => count * Number(dim), 1)])),
    0,
  );
}
