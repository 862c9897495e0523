import { add, scalar } from '../functions.ts';
import type { Graph, Handle } from '../graph.ts';
import { gradientRule } from './rules.ts';
import './rules/index.ts';

/**
 * Reverse-mode differentiation over the operators of a graph (Baydin et al. 2018, §3.2): adds the operators that make
 * the gradient of `loss` (a scalar) with respect to each of `wrt`, in their order and of their shapes. Only what lies
 * between them is differentiated, so frozen parts cost nothing. Throws where `loss` does not depend on one of them, or
 * where an operator between has no gradient.
 */
export function gradients(g: Graph, loss: Handle, wrt: readonly Handle[]): Handle[] {
  const forward = [...g.nodes];
  const active = dependents(g, wrt);
  const sums = new Map<string, Handle>([[loss.name, scalar(g, 1, loss.dtype)]]);
  const accumulate = ({ name }: Handle, gradient: Handle) => {
    const sum = sums.get(name);
    sums.set(name, sum ? add(g, sum, gradient) : gradient);
  };
  for (const node of forward.reverse()) {
    const outputs = node.outputs.map(({ name }) => sums.get(name));
    if (!outputs.some(Boolean) || !node.inputs.some((input) => input && active.has(input.name))) continue;
    const needs = (index: number) => active.has(node.inputs[index]?.name ?? '');
    const made = g.scope('gradient', () => gradientRule(node.op)({ g, node, outputs, needs }));
    node.inputs.forEach((input, index) => {
      const gradient = made[index];
      if (input && gradient && active.has(input.name)) accumulate(input, gradient);
    });
  }
  return wrt.map(({ name }) => {
    const gradient = sums.get(name);
    if (!gradient) throw new Error(`the loss does not depend on "${name}"`);
    return gradient;
  });
}

/** Names of the floating-point values that depend on any of `sources`, these included. */
function dependents(g: Graph, sources: readonly Handle[]): ReadonlySet<string> {
  const names = new Set(sources.map(({ name }) => name));
  for (const { inputs, outputs, attributes } of g.nodes) {
    if ('stopGradient' in attributes || !inputs.some((input) => input && names.has(input.name))) continue;
    for (const { name, dtype } of outputs) if (dtype.startsWith('float')) names.add(name);
  }
  return names;
}
