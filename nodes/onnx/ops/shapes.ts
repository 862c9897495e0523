import { type Dim, dimName, dimsEqual } from '../dims.ts';
import type { Handle } from '../graph.ts';
import type { Attributes } from '../ops.ts';

/** What the definitions of operators share: reading inputs and attributes, and shape rules. */

export type Inputs = readonly (Handle | undefined)[];
export type Shape = readonly Dim[];

export function needed(inputs: Inputs, index: number): Handle {
  const input = inputs[index];
  if (!input) throw new Error(`input ${index + 1} is missing`);
  return input;
}

export function dimAt(shape: Shape, index: number): Dim {
  const dim = shape.at(index);
  if (dim === undefined) throw new Error(`[${shape.map(dimName).join(', ')}] has no dimension ${index}`);
  return dim;
}

/** A dimension that must be a plain number, such as a width. */
export function sizeAt(shape: Shape, index: number): number {
  const dim = dimAt(shape, index);
  if (typeof dim !== 'number') throw new Error(`dimension ${index} must be a number, not ${dimName(dim)}`);
  return dim;
}

export function axisOf(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw new Error(`axis ${axis} of a tensor of rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

/** The shape of both, numpy's rules. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const left = a[index - rank + a.length] ?? 1;
    const right = b[index - rank + b.length] ?? 1;
    if (left === 1 || dimsEqual(left, right)) return right;
    if (right === 1) return left;
    throw new Error(`${dimName(left)} and ${dimName(right)} do not broadcast (dimension ${index})`);
  });
}

export function sameType(inputs: Inputs): Handle {
  const first = needed(inputs, 0);
  for (const input of inputs) {
    if (input && input.dtype !== first.dtype) throw new Error(`${first.dtype} does not go with ${input.dtype}`);
  }
  return first;
}

export function intAttribute(attributes: Attributes, name: string, fallback?: number): number {
  const value = attributes[name] ?? fallback;
  if (typeof value !== 'number') throw new Error(`the attribute ${name} must be a number`);
  return value;
}

export function floatAttribute(attributes: Attributes, name: string): number {
  const value = attributes[name];
  if (typeof value !== 'object' || !('float' in value)) throw new Error(`the attribute ${name} must be a float`);
  return value.float;
}

export function intsAttribute(attributes: Attributes, name: string): readonly number[] | undefined {
  const value = attributes[name];
  if (value !== undefined && !isInts(value)) throw new Error(`the attribute ${name} must be a list of numbers`);
  return value;
}

export function shapesAttribute(attributes: Attributes, name: string): readonly Shape[] | undefined {
  const value = attributes[name];
  return typeof value === 'object' && 'shapes' in value ? value.shapes : undefined;
}

/** Elements of an integer input that must be known while building. */
export function valuesOf(inputs: Inputs, index: number): Shape {
  const { value } = needed(inputs, index);
  if (!value) throw new Error(`the elements of input ${index + 1} must be known while building`);
  return value;
}

export function numbersOf(inputs: Inputs, index: number): readonly number[] {
  return valuesOf(inputs, index).map((dim) => {
    if (typeof dim !== 'number') throw new Error(`input ${index + 1} must hold plain numbers, not ${dimName(dim)}`);
    return dim;
  });
}

function isInts(value: unknown): value is readonly number[] {
  return Array.isArray(value);
}
