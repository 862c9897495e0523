/** A mean over runs from different seeds, with the 95 % interval of the mean. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Student's t that leaves 2.5 % above it, by degrees of freedom from 2 on. */
const T = [4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622];

/** Student's interval of the mean of `values`, 3 to 10 of them: it holds for few runs, where a normal one is far too narrow. */
export function interval(values: readonly number[]): Interval {
  const t = T[values.length - 3];
  if (t === undefined) throw new Error(`an interval wants 3 to ${T.length + 2} runs, not ${values.length}`);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const reach = t * Math.sqrt(variance / values.length);
  return { mean, low: mean - reach, high: mean + reach };
}

/** Whether runs with the same seeds tell `a` from `b`: the interval of their differences leaves zero out. */
export function toldApart(a: readonly number[], b: readonly number[]): boolean {
  const { low, high } = interval(a.map((value, i) => value - (b[i] as number)));
  return low > 0 || high < 0;
}
