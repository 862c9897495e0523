/** Losses as their papers write them, in plain double-precision arithmetic over lists of rows. */

export type Rows = readonly (readonly number[])[];

export const sum = (numbers: readonly number[]) => numbers.reduce((total, x) => total + x, 0);
export const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length;
export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
export const logSoftmax = (row: readonly number[]) => row.map((x) => x - Math.log(sum(row.map(Math.exp))));
const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((x, i) => x * (b[i] as number)));
const unit = (row: readonly number[]) => row.map((x) => x / Math.sqrt(dot(row, row)));

export function rowsOf(flat: ArrayLike<number>, width: number): number[][] {
  const numbers = Array.from(flat);
  return Array.from({ length: numbers.length / width }, (_, i) => numbers.slice(i * width, (i + 1) * width));
}

/** `torch.nn.CrossEntropyLoss`: the target is `(1 - ε) · one-hot + ε / classes`; a mean over what counts. */
export function crossEntropyOf(
  logits: Rows,
  targets: readonly number[],
  weights: readonly number[],
  smoothing = 0,
): number {
  const each = logits.map((row, i) => {
    const wanted = row.map((_, at) => (at === targets[i] ? 1 - smoothing : 0) + smoothing / row.length);
    return -dot(wanted, logSoftmax(row));
  });
  return dot(each, weights) / sum(weights);
}

/** Figure 3 of Radford et al. 2021, line by line. */
export function clipOf(images: Rows, texts: Rows, scale: number): number {
  const logits = images.map((image) => texts.map((text) => dot(unit(image), unit(text)) * Math.exp(scale)));
  const turned = texts.map((_, j) => logits.map((row) => row[j] as number));
  const side = (matrix: Rows) => mean(matrix.map((row, i) => -(logSoftmax(row)[i] as number)));
  return (side(logits) + side(turned)) / 2;
}

/** Algorithm 1 of Zhai et al. 2023: `-Σ log σ(±(t · x·y + b)) / n`. */
export function siglipOf(images: Rows, texts: Rows, scale: number, bias: number): number {
  const each = images.flatMap((image, i) =>
    texts.map((text, j) => {
      const logit = Math.exp(scale) * dot(unit(image), unit(text)) + bias;
      return Math.log(sigmoid((i === j ? 1 : -1) * logit));
    }),
  );
  return -sum(each) / images.length;
}
