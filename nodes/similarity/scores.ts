import type { FloatTensor } from '../values.ts';

/** Cosine of each row of `a [n, width]` with each row of `b [m, width]`, as n rows of m numbers. */
export function cosines(a: FloatTensor, b: FloatTensor): number[][] {
  const [left, right] = [unitRows(a), unitRows(b)];
  return left.map((x) => right.map((y) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0)));
}

/** `exp(s / temperature)`, normalised over the prompts (CLIP, section 2.3). */
export function softmax(similarities: readonly number[], temperature: number): number[] {
  const largest = Math.max(...similarities);
  const weights = similarities.map((similarity) => Math.exp((similarity - largest) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** `1 / (1 + exp(−s / temperature − bias))` for each prompt by itself (SigLIP, equation 1). */
export function sigmoid(similarities: readonly number[], temperature: number, bias: number): number[] {
  return similarities.map((similarity) => 1 / (1 + Math.exp(-similarity / temperature - bias)));
}

function unitRows({ dims, data }: FloatTensor): Float32Array[] {
  const [n = 0, width = 0] = dims;
  return Array.from({ length: n }, (_, i) => {
    const row = data.subarray(i * width, (i + 1) * width);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
    return row.map((value) => value / length);
  });
}
