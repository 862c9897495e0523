import type { DType, Tensor } from '../values.ts';
import type { Dim } from './dims.ts';
import { type Attributes, type OpOutput, opDefinition } from './ops.ts';
import type { Init, ParamSpec } from './weights.ts';

/** A tensor in a graph under construction: a name, a type and a symbolic shape. */
export interface Handle {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** Elements of a small integer tensor (rank 0 or 1) where they are known, such as those of a shape. */
  readonly value?: readonly Dim[];
}

export interface OpNode {
  readonly op: string;
  readonly domain: string;
  /** Path of the module that made it. */
  readonly scope: string;
  /** An absent optional input is `undefined`. */
  readonly inputs: readonly (Handle | undefined)[];
  readonly outputs: readonly Handle[];
  readonly attributes: Attributes;
}

/** `fp32`, `fp16`: weights and activations. `q4`: linear weights in 4 bits (MatMulNBits), the rest fp32. */
export type Precision = 'fp32' | 'fp16' | 'q4';

export interface GraphOptions {
  readonly precision: Precision;
  /**
   * Fused operators of ONNX Runtime (`com.microsoft`), or their twins in plain opset operators; or those fused operators
   * that may be used, by name.
   */
  readonly fused: boolean | ReadonlySet<string>;
}

/**
 * A graph under construction. Ops infer their output's type and shape as they are added, so that a mistake is an
 * error where it is made. Parameters are named by the scope they are made in: the names are the module tree.
 */
export class Graph {
  readonly inputs: Handle[] = [];
  readonly outputs: { readonly name: string; readonly handle: Handle }[] = [];
  readonly nodes: OpNode[] = [];
  readonly constants: { readonly handle: Handle; readonly tensor: Tensor }[] = [];
  readonly #root: Graph;
  readonly #params = new Map<string, { handle: Handle; spec: ParamSpec }>();
  readonly #constantsByValue = new Map<string, Handle>();
  readonly #scopes: string[] = [];
  #count = 0;
  #sharing = false;

  constructor(
    readonly options: GraphOptions = { precision: 'fp32', fused: true },
    parent?: Graph,
  ) {
    this.#root = parent ? parent.#root : this;
  }

  /** Parameters in the order they were made, those made inside bodies included. */
  get params(): readonly ParamSpec[] {
    return [...this.#root.#params.values()].map(({ spec }) => spec);
  }

  /** The type of weights and activations at this precision. */
  get dtype(): DType {
    return this.options.precision === 'fp16' ? 'float16' : 'float32';
  }

  /** May this fused operator be used? */
  fuses(op: string): boolean {
    const { fused } = this.options;
    return typeof fused === 'boolean' ? fused : fused.has(op);
  }

  /** In a body the name is made unique. */
  input(name: string, dtype: DType, shape: readonly Dim[]): Handle {
    const handle = { name: this.#root === this ? name : this.#fresh(name), dtype, shape };
    this.inputs.push(handle);
    return handle;
  }

  /** In a body the name is made unique. */
  output(name: string, handle: Handle): void {
    const names = this.#root === this ? [...this.inputs, ...this.outputs, handle].map((taken) => taken.name) : [];
    if (names.includes(name)) throw new Error(`the output needs a name of its own, not "${name}"`);
    this.outputs.push({ name: this.#root === this ? name : this.#fresh(name), handle });
  }

  /** A weight. In a body it belongs to the outermost graph and is captured by name, so it exists once. */
  param(
    name: string,
    shape: readonly number[],
    init: Init,
    extra: { readonly dtype?: DType; readonly parameters?: number } = {},
  ): Handle {
    const path = this.path(name);
    const known = this.#root.#params.get(path);
    if (known && this.#root.#sharing && `${known.spec.shape}` === `${shape}`) return known.handle;
    if (known) throw new Error(`parameter "${path}" is made twice`);
    const dtype = extra.dtype ?? this.dtype;
    const parameters = extra.parameters ?? shape.reduce((count, size) => count * size, 1);
    const handle = { name: path, dtype, shape };
    this.#root.#params.set(path, { handle, spec: { name: path, shape, dtype, init, parameters } });
    return handle;
  }

  /**
   * Makes parameters values of the graph instead of weights: `producers`, operators whose outputs bear their names, are
   * put before all others. What was built over the parameters stays as it is.
   */
  replaceParams(names: readonly string[], producers: readonly OpNode[]): void {
    for (const name of names) {
      if (!this.#root.#params.delete(name)) throw new Error(`there is no parameter "${name}" to replace`);
    }
    this.nodes.unshift(...producers);
  }

  /** A small tensor kept in the graph itself; equal ones are shared. */
  constant(tensor: Tensor): Handle {
    const key = `${tensor.dtype}[${tensor.dims}]${tensor.data.join()}`;
    const known = this.#constantsByValue.get(key);
    if (known) return known;
    const value = knownValue(tensor);
    const handle = { name: this.#fresh('const'), dtype: tensor.dtype, shape: tensor.dims, ...(value && { value }) };
    this.constants.push({ handle, tensor });
    this.#constantsByValue.set(key, handle);
    return handle;
  }

  /** The handle of a parameter that was made before. */
  paramHandle(path: string): Handle {
    const known = this.#root.#params.get(path);
    if (!known) throw new Error(`there is no parameter "${path}"`);
    return known.handle;
  }

  /** Adds an operator with one output. */
  op(op: string, inputs: readonly (Handle | undefined)[], attributes: Attributes = {}): Handle {
    const [output] = this.ops(op, inputs, attributes);
    if (!output) throw new Error(`${op} has no output`);
    return output;
  }

  /** Adds an operator; its definition in ops.ts says what comes out. */
  ops(op: string, inputs: readonly (Handle | undefined)[], attributes: Attributes = {}): readonly Handle[] {
    const definition = opDefinition(op);
    let inferred: readonly OpOutput[];
    try {
      inferred = definition.infer(inputs, attributes);
    } catch (error) {
      const shapes = inputs.map((input) => (input ? `[${input.shape.join(', ')}]` : '–')).join(' ');
      throw new Error(`${this.path(op)} over ${shapes}: ${error instanceof Error ? error.message : error}`);
    }
    const outputs = inferred.map((output) => ({ ...output, name: this.#fresh(op) }));
    this.nodes.push({
      op,
      domain: definition.domain ?? '',
      scope: this.#scopes.join('.'),
      inputs,
      outputs,
      attributes,
    });
    return outputs;
  }

  /** Runs `make` with `name` added to the path of everything it makes. */
  scope<T>(name: string, make: () => T): T {
    this.#scopes.push(name);
    try {
      return make();
    } finally {
      this.#scopes.pop();
    }
  }

  /** Runs `make`, in which parameters made before are used again: a module applied once more with the same weights. */
  sharing<T>(make: () => T): T {
    const before = this.#root.#sharing;
    this.#root.#sharing = true;
    try {
      return make();
    } finally {
      this.#root.#sharing = before;
    }
  }

  /** A subgraph (of Loop or If) that sees this graph's handles. Its scope continues this one's. */
  body(): Graph {
    const body = new Graph(this.options, this);
    body.#scopes.push(...this.#scopes);
    return body;
  }

  path(name: string): string {
    return [...this.#scopes, name].join('.');
  }

  /** Unique over the outermost graph and all bodies: ONNX forbids shadowing. */
  #fresh(op: string): string {
    this.#root.#count += 1;
    return `${this.path(op)}#${this.#root.#count}`;
  }
}

const LARGEST_VALUE = 16;

function knownValue({ dtype, dims, data }: Tensor): readonly number[] | undefined {
  if ((dtype !== 'int64' && dtype !== 'int32') || dims.length > 1 || data.length > LARGEST_VALUE) return undefined;
  return Array.from(data, Number);
}
