import { describe, expect, test } from 'vitest';
import { gradients } from '../../../nodes/onnx/autodiff/backward.ts';
import { ints, reduceSum, values } from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import {
  accuracy,
  binaryCrossEntropy,
  clipLoss,
  commitmentLoss,
  crossEntropy,
  normalised,
  siglipLoss,
  stopped,
} from '../../../nodes/training/losses.ts';
import { runGraph } from '../../helpers/onnx.ts';
import { evaluated, type LossCase, type Point, relativeGap, slopes } from './differences.ts';
import { clipOf, crossEntropyOf, logSoftmax, mean, rowsOf, siglipOf, sigmoid, sum } from './formulas.ts';

/** Each loss against the formula of its paper in plain double-precision arithmetic, and its gradient against the formula's. */

interface Reference extends LossCase {
  readonly name: string;
  readonly reference: (point: Point) => number;
}

const get = (point: Point, name: string) => point[name] as Float64Array;

const CLASSES = 5;
const logits = { shapes: { logits: [4, CLASSES] } };
const TARGETS = [3, 0, 4, 1];
const floats = (g: Graph, numbers: readonly number[]) => values(g, numbers, [numbers.length], 'float64');
const entropy = (name: string, weights: readonly number[] | undefined, smoothing: number): Reference => ({
  ...logits,
  name: `cross-entropy ${name}`,
  make: (g, { logits }) =>
    crossEntropy(g, logits as Handle, ints(g, TARGETS), { smoothing, ...(weights && { weights: floats(g, weights) }) }),
  reference: (point) =>
    crossEntropyOf(rowsOf(get(point, 'logits'), CLASSES), TARGETS, weights ?? [1, 1, 1, 1], smoothing),
});

/** Right and wrong at the ends of steps, the third and the sixth of six tokens (Lightman et al. 2023, §2.6). */
const STEP_ENDS = [0, 0, 1, 0, 0, 1];
const STEP_LABELS = [0, 0, 1, 0, 0, 0];

const pairs = { images: [4, 6], texts: [4, 6] };
const [WEIGHTED, LABELS] = [
  [1, 0, 0.5, 2],
  [1, 0, 0.3, 1],
];

const references: readonly Reference[] = [
  entropy('over all items', undefined, 0),
  entropy('with items left out', [1, 0, 0, 1], 0),
  entropy('with uneven weights', WEIGHTED ?? [], 0),
  entropy('with smoothed labels', undefined, 0.1),
  entropy('with smoothed labels and items left out', [1, 0, 1, 0], 0.2),
  {
    name: "a process verifier's loss, at the ends of steps alone",
    shapes: { logits: [6, 2] },
    make: (g, { logits }) => crossEntropy(g, logits as Handle, ints(g, STEP_LABELS), { weights: floats(g, STEP_ENDS) }),
    reference: (point) => {
      const ends = rowsOf(get(point, 'logits'), 2).filter((_, i) => STEP_ENDS[i] === 1);
      const labels = STEP_LABELS.filter((_, i) => STEP_ENDS[i] === 1);
      return mean(ends.map((row, i) => -(logSoftmax(row)[labels[i] as number] as number)));
    },
  },
  {
    name: "an outcome verifier's loss",
    shapes: { logits: [4] },
    make: (g, { logits }) => binaryCrossEntropy(g, logits as Handle, floats(g, LABELS ?? [])),
    reference: (point) =>
      mean(
        Array.from(get(point, 'logits'), (x, i) => {
          const label = LABELS?.[i] as number;
          return -(label * Math.log(sigmoid(x)) + (1 - label) * Math.log(1 - sigmoid(x)));
        }),
      ),
  },
  {
    name: "CLIP's loss",
    shapes: { ...pairs, scale: [1] },
    make: (g, { images, texts, scale }) => clipLoss(g, images as Handle, texts as Handle, scale as Handle),
    reference: (point) =>
      clipOf(rowsOf(get(point, 'images'), 6), rowsOf(get(point, 'texts'), 6), get(point, 'scale')[0] as number),
  },
  {
    name: "SigLIP's loss",
    shapes: { ...pairs, scale: [1], bias: [1] },
    make: (g, { images, texts, scale, bias }) =>
      siglipLoss(g, images as Handle, texts as Handle, scale as Handle, bias as Handle),
    reference: (point) => {
      const [scale, bias] = ['scale', 'bias'].map((name) => get(point, name)[0] as number) as [number, number];
      return siglipOf(rowsOf(get(point, 'images'), 6), rowsOf(get(point, 'texts'), 6), scale, bias);
    },
  },
];

describe('a loss equals its formula, and its gradient the slopes of the formula', () => {
  test.each(references.map((each) => [each.name, each] as const))('%s', async (_, { reference, ...loss }) => {
    const found = await evaluated(loss);
    const expected = reference(found.point);
    expect(Math.abs(found.loss - expected)).toBeLessThan(1e-12 * Math.max(1, Math.abs(expected)));
    for (const [name, gradient] of Object.entries(found.gradients))
      expect(relativeGap(gradient, slopes(reference, found.point, name)), name).toBeLessThan(1e-7);
  });
});

describe('a vector quantiser', () => {
  const shapes = { encoded: [3, 4], codes: [3, 4] };
  const loss: LossCase = {
    shapes,
    make: (g, { encoded, codes }) => commitmentLoss(g, encoded as Handle, codes as Handle, { commitment: 0.4 }),
  };
  /** `|sg[encoded] - codes|² + β |encoded - sg[codes]|²`, each term with what is stopped held still. */
  const squared = (a: Float64Array, b: Float64Array) => sum(Array.from(a, (x, i) => (x - (b[i] as number)) ** 2)) / 3;

  test('pays for the gap to its codes from both sides', async () => {
    const { point, loss: found } = await evaluated(loss);
    expect(found).toBeCloseTo(1.4 * squared(get(point, 'encoded'), get(point, 'codes')), 12);
  });

  test('moves the codes at the full rate, the encoder at that of the commitment, each by its own term alone', async () => {
    const { point, gradients: found } = await evaluated(loss);
    const [encoded, codes] = [get(point, 'encoded'), get(point, 'codes')];
    const towardsEncoder = slopes((moved) => squared(encoded, get(moved, 'codes')), point, 'codes');
    const towardsCodes = slopes((moved) => 0.4 * squared(get(moved, 'encoded'), codes), point, 'encoded');
    expect(relativeGap(found.codes ?? [], towardsEncoder)).toBeLessThan(1e-8);
    expect(relativeGap(found.encoded ?? [], towardsCodes)).toBeLessThan(1e-8);
  });

  test('takes no gradient through what is stopped', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [4]);
    const loss = reduceSum(g, stopped(g, x), [0], { keep: false });
    expect(() => gradients(g, loss, [x])).toThrow('the loss does not depend on "x"');
  });
});

describe('where formulas in floating point break', () => {
  const outcome = (at: readonly number[], labels: readonly number[]): LossCase => ({
    shapes: { logits: [at.length] },
    at: { logits: at },
    make: (g, { logits }) => binaryCrossEntropy(g, logits as Handle, floats(g, labels)),
  });

  test('logits far from 0 cost what they are wrong by', async () => {
    const { loss, gradients: found } = await evaluated(outcome([1000, -1000, 1000, -1000], [0, 1, 1, 0]));
    expect(loss).toBe(500);
    expect(Array.from(found.logits ?? [])).toEqual([0.25, -0.25, 0, 0]);
  });

  test('a logit of exactly 0, as a fresh head gives, has the slope σ(0) - label', async () => {
    const { gradients: found } = await evaluated(outcome([0, 0], [1, 0]));
    expect(Array.from(found.logits ?? [])).toEqual([-0.25, 0.25]);
  });

  test('a row of zeros has the slope of x / 10⁻⁶, as the formula says, and spoils no other', async () => {
    const { gradients: found } = await evaluated({
      shapes: { x: [2, 2] },
      at: { x: [0, 0, 3, 4] },
      make: (g, { x }) => reduceSum(g, normalised(g, x as Handle), [0, 1], { keep: false }),
    });
    // d/dx of (x + y) / |(x, y)| at (3, 4): (y² - xy) / 125, (x² - xy) / 125.
    const expected = [1e6, 1e6, 4 / 125, -3 / 125];
    Array.from(found.x ?? []).forEach((gradient, i) => {
      expect(gradient).toBeCloseTo(expected[i] as number, 12);
    });
  });

  test('a batch in which nothing counts costs 0 and moves nothing', async () => {
    const { loss, gradients: found } = await evaluated({
      ...logits,
      make: (g, { logits }) =>
        crossEntropy(g, logits as Handle, ints(g, TARGETS), { weights: floats(g, [0, 0, 0, 0]) }),
    });
    expect(loss).toBe(0);
    expect(new Set(found.logits)).toEqual(new Set([0]));
  });
});

test('accuracy is the weighted share of rows whose largest score is the target', async () => {
  const g = new Graph();
  const scores = values(g, [0.1, 0.9, 0.8, 0.2, 0.3, 0.7, 0.6, 0.4], [4, 2], 'float32');
  g.output('share', accuracy(g, scores, ints(g, [1, 0, 0, 1]), values(g, [1, 2, 3, 0], [4], 'float32')));
  const { share } = await runGraph(g, {});
  expect(share?.data[0]).toBeCloseTo(3 / 6, 6);
});
