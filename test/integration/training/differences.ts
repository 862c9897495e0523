import { gradients } from '../../../nodes/onnx/autodiff/backward.ts';
import { identity } from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { floats, runGraph } from '../../helpers/onnx.ts';

/** Inputs of a loss by name, in double precision. */
export type Point = Readonly<Record<string, Float64Array>>;

export interface LossCase {
  /** Shapes of the inputs that are differentiated. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Where they stand, if not at random within ±1. */
  readonly at?: Readonly<Record<string, readonly number[]>>;
  readonly make: (g: Graph, inputs: Readonly<Record<string, Handle>>) => Handle;
}

/** A loss and its gradients as ONNX Runtime works them out in double precision. */
export async function evaluated({ shapes, at, make }: LossCase): Promise<{
  readonly point: Point;
  readonly loss: number;
  readonly gradients: Point;
}> {
  const g = new Graph({ precision: 'fp32', fused: false });
  const names = Object.keys(shapes);
  const point = Object.fromEntries(
    names.map((name, i) => [name, Float64Array.from(at?.[name] ?? floatsOf(shapes[name] ?? [], i + 1))]),
  );
  const inputs = Object.fromEntries(names.map((name) => [name, g.input(name, 'float64', shapes[name] ?? [])]));
  const loss = make(g, inputs);
  const made = gradients(g, loss, Object.values(inputs));
  g.output('loss', loss);
  names.forEach((name, i) => {
    g.output(`gradient.${name}`, identity(g, made[i] as Handle));
  });
  const feeds = Object.fromEntries(
    names.map((name) => [
      name,
      { dtype: 'float64', dims: shapes[name] ?? [], data: point[name] as Float64Array } as const,
    ]),
  );
  const results = await runGraph(g, feeds);
  const gradientOf = (name: string) => results[`gradient.${name}`]?.data as Float64Array;
  return {
    point,
    loss: Number(results.loss?.data[0]),
    gradients: Object.fromEntries(names.map((name) => [name, gradientOf(name)])),
  };
}

export function floatsOf(shape: readonly number[], seed: number): number[] {
  return Array.from(floats(shape, seed).data as Float32Array);
}

/** Slopes of `value` in one of its inputs by central differences. */
export function slopes(value: (point: Point) => number, point: Point, name: string, step = 1e-5): number[] {
  const start = point[name] as Float64Array;
  const valueAt = (index: number, by: number) =>
    value({ ...point, [name]: start.with(index, (start[index] as number) + by) });
  return Array.from(start, (_, i) => (valueAt(i, step) - valueAt(i, -step)) / (2 * step));
}

/** Largest gap of two lists over the largest number of the second. */
export function relativeGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} and ${b.length} numbers were to be compared`);
  const largest = (numbers: readonly number[]) => Math.max(...numbers.map(Math.abs));
  return largest(Array.from(b, (x, i) => x - (a[i] as number))) / largest(Array.from(b));
}
