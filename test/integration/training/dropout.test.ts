import { describe, expect, test } from 'vitest';
import { cast, reduceSum, scalar } from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { dropout } from '../../../nodes/onnx/layers/dropout.ts';
import { startOf } from '../../../nodes/onnx/random.ts';
import { int64s, openGraph } from '../../helpers/onnx.ts';
import { evaluated, relativeGap, slopes } from './differences.ts';
import { mean, sum } from './formulas.ts';

const DIMS = [64, 1024] as const;
const COUNT = DIMS[0] * DIMS[1];

/** What is left of ones, for each seed. */
async function masks(share: number, seeds: readonly number[], name = 'drop'): Promise<number[][]> {
  const g = new Graph();
  const seed = g.input('seed', 'int64', []);
  const ones = g.input('ones', 'float32', DIMS);
  g.output('kept', dropout(g, name, ones, { share, seed }));
  const session = await openGraph(g);
  try {
    const found: number[][] = [];
    for (const each of seeds) {
      const data = new Float32Array(COUNT).fill(1);
      const { kept } = await session.run({ seed: int64s([], [each]), ones: { dtype: 'float32', dims: DIMS, data } });
      found.push(Array.from(kept?.data as Float32Array));
    }
    return found;
  } finally {
    await session.release();
  }
}

/** MurmurHash3's finaliser, 32 bits (Appleby). */
function mixed(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Of two lists, 0 where they have nothing to do with each other, give or take 1 / √n. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const spread = (x: readonly number[], m: number) => Math.sqrt(sum(x.map((value) => (value - m) ** 2)));
  return sum(a.map((value, i) => (value - ma) * ((b[i] as number) - mb))) / (spread(a, ma) * spread(b, mb));
}

/** Chance would go beyond five standard deviations once in two million times. */
const FAR = 5 / Math.sqrt(COUNT);

describe('dropout', () => {
  test.each([0.1, 0.5, 0.8])('zeroes a share of %f and keeps the mean', async (share) => {
    const [mask] = (await masks(share, [3])) as [number[]];
    const zeros = mask.filter((value) => value === 0).length / COUNT;
    expect(Math.abs(zeros - share)).toBeLessThan(FAR * Math.sqrt(share * (1 - share)));
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / (1 - share))]));
    expect(mean(mask)).toBeCloseTo(1, 1);
  });

  test('drops what the hash of seed, layer and place says', async () => {
    for (const seed of [0, 1, 2 ** 31, 2 ** 40 + 7]) {
      const [mask] = (await masks(0.3, [seed])) as [number[]];
      const key = mixed(mixed(Number(BigInt(seed) & 0xffffffffn)) ^ startOf(0, 'drop'));
      const expected = mask.map((_, place) => (mixed(mixed(place) ^ key) >= Math.round(0.3 * 2 ** 32) ? 1 : 0));
      expect(mask.map((value) => (value === 0 ? 0 : 1))).toEqual(expected);
    }
  });

  test('drops the same for the same seed; neighbouring seeds and other layers have nothing in common with it', async () => {
    const [a, again, next, after] = (await masks(0.5, [7, 7, 8, 9])) as [number[], number[], number[], number[]];
    const [elsewhere] = (await masks(0.5, [7], 'another')) as [number[]];
    expect(again).toEqual(a);
    for (const other of [next, after, elsewhere]) expect(Math.abs(correlation(a, other))).toBeLessThan(FAR);
    expect(Math.abs(correlation(next, after))).toBeLessThan(FAR);
  });

  test.each([1, 2, 3, 16, 1024, 4096])('has nothing in common with itself %i places further', async (lag) => {
    const [mask] = (await masks(0.5, [11])) as [number[]];
    expect(Math.abs(correlation(mask.slice(lag), mask.slice(0, -lag)))).toBeLessThan(FAR * 1.05);
  });

  test('hands the gradient on through what it kept, as central differences say', async () => {
    const make = (g: Graph, { x }: Readonly<Record<string, Handle>>) => {
      const dropped = dropout(g, 'drop', x as Handle, { share: 0.4, seed: scalar(g, 5, 'int64') });
      const squares = g.op('Mul', [dropped, dropped]);
      return reduceSum(g, squares, [0, 1], { keep: false });
    };
    const { point, gradients } = await evaluated({ shapes: { x: [5, 8] }, make });
    const x = point.x as Float64Array;
    const scale = 1 / 0.6;
    const key = mixed(mixed(5) ^ startOf(0, 'drop'));
    const kept = Array.from(x, (_, place) => (mixed(mixed(place) ^ key) >= Math.round(0.4 * 2 ** 32) ? scale : 0));
    const loss = (at: Readonly<Record<string, Float64Array>>) =>
      sum(Array.from(at.x as Float64Array, (value, i) => (value * (kept[i] as number)) ** 2));
    expect(relativeGap(gradients.x ?? [], slopes(loss, point, 'x'))).toBeLessThan(1e-8);
    expect(kept.filter((value) => value === 0).length).toBeGreaterThan(5);
  });

  test('of everything is refused', () => {
    const g = new Graph();
    const x = cast(g, g.input('x', 'float32', [2]), 'float32');
    const drop = (share: number) => () => dropout(g, 'drop', x, { share, seed: scalar(g, 1, 'int64') });
    expect(drop(1)).toThrow('a share of 1 cannot be dropped: expected 0 to below 1');
    expect(drop(-0.1)).toThrow('a share of -0.1 cannot be dropped');
    expect(drop(Number.NaN)).toThrow('a share of NaN cannot be dropped');
  });
});
