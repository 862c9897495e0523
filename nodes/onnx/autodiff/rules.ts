import type { Graph, Handle, OpNode } from '../graph.ts';

/** What the gradient of one operator is made from. */
export interface BackwardStep {
  readonly g: Graph;
  readonly node: OpNode;
  /** Gradients of the outputs; absent where the loss does not depend on one. */
  readonly outputs: readonly (Handle | undefined)[];
  /** Does anything want the gradient of this input? */
  needs(input: number): boolean;
}

/** Gradients of the inputs, in their order, each of its input's shape; absent where none flows or none is wanted. */
export type GradientRule = (step: BackwardStep) => readonly (Handle | undefined)[];

/** On an `Identity`: a value through which no gradient flows. Not written to the model. */
export const STOP_GRADIENT = { stopGradient: { dim: 1 } } as const;

const rules = new Map<string, GradientRule>();

export function defineGradient(op: string, rule: GradientRule): void {
  rules.set(op, rule);
}

/** Throws where the operator has none. */
export function gradientRule(op: string): GradientRule {
  const rule = rules.get(op);
  if (!rule) throw new Error(`the operator ${op} has no gradient`);
  return rule;
}

/** Operators whose gradient is known. */
export function differentiableOps(): readonly string[] {
  return [...rules.keys()];
}

/** The gradient of an operator's only (or first) output. */
export function outputGradient({ node, outputs }: BackwardStep): Handle {
  const [gradient] = outputs;
  if (!gradient) throw new Error(`${node.op} was asked for a gradient without one of its output`);
  return gradient;
}

export function inputOf({ node }: BackwardStep, index: number): Handle {
  const input = node.inputs[index];
  if (!input) throw new Error(`input ${index + 1} of ${node.op} is missing`);
  return input;
}

export function resultOf({ node }: BackwardStep, index = 0): Handle {
  const output = node.outputs[index];
  if (!output) throw new Error(`output ${index + 1} of ${node.op} is missing`);
  return output;
}
