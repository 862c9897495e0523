import type { DType, Tensor } from '../values.ts';
import type { Dim } from './dims.ts';
import type { Graph, Handle } from './graph.ts';

/** Attributes of an operator. A bare number is an int, a list of numbers is ints; floats say so. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: Tensor }
  | { readonly graph: Graph }
  /** Known to the builder alone, and not written: shapes of outputs that inputs do not tell, or a count. */
  | { readonly shapes: readonly (readonly Dim[])[] }
  | { readonly outputs: readonly OpOutput[] }
  | { readonly dim: Dim };

export type Attributes = Readonly<Record<string, Attribute>>;

export interface OpOutput {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  readonly value?: readonly Dim[];
}

/**
 * What Patchbay knows of an ONNX operator: one place for its shapes and its cost (and, for the trainer, its gradient).
 */
export interface OpDefinition {
  /** '' for the standard opset, `com.microsoft` for ONNX Runtime's own. */
  readonly domain?: string;
  /** Outputs that only training on ONNX Runtime wants; written as absent. */
  readonly absentOutputs?: readonly number[];
  /** Type and shape of each output; throws a sentence where the inputs do not fit. */
  infer(inputs: readonly (Handle | undefined)[], attributes: Attributes): readonly OpOutput[];
  /** Floating-point operations (multiply and add are two); element-wise and moving operators count nothing. */
  flops?(inputs: readonly (Handle | undefined)[], outputs: readonly OpOutput[], attributes: Attributes): Dim;
}

const definitions = new Map<string, OpDefinition>();

export function defineOp(name: string, definition: OpDefinition): void {
  definitions.set(name, definition);
}

export function opDefinition(name: string): OpDefinition {
  const definition = definitions.get(name);
  if (!definition) throw new Error(`the operator ${name} is not defined in nodes/onnx/ops`);
  return definition;
}
