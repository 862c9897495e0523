import { readFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { growthOf } from '../../../electron/backend/comparison/growth.ts';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import { parse } from '../../../graphs/format.ts';

const engine = new EngineProcess('dist/electron/engine.js');
afterAll(() => engine.close());

async function grown(name: string) {
  const document = parse(await readFile(`graphs/examples/${name}.json`, 'utf8'));
  const growth = await growthOf({ graph: name, document }, engine);
  return (of: 'images' | 'tiles') => growth.filter((one) => one.of === of);
}

test('images are read one after another: so many times the visual tokens, and a cache that holds them all', async () => {
  const of = await grown('llava-tiny');
  expect(of('images').map(({ count, visualTokens }) => [count, visualTokens])).toEqual([
    [1, 64],
    [2, 128],
    [4, 256],
    [8, 512],
  ]);
  const [one, two, four, eight] = of('images');
  // Every visual token more takes the same room.
  const kept = [one, two, four, eight].map((growth) => growth?.kvCacheBytes ?? Number.NaN) as [
    number,
    number,
    number,
    number,
  ];
  expect(kept[3] - kept[2]).toBeCloseTo(4 * (kept[1] - kept[0]), 6);
  expect(kept[2] - kept[1]).toBeCloseTo(2 * (kept[1] - kept[0]), 6);
  // Encoding and prefill at least double with the pictures, but for the question, which is read once.
  expect((eight?.flops ?? 0) / (four?.flops ?? 1)).toBeGreaterThan(1.8);
  expect(of('tiles')).toEqual([]);
});

test('a graph with a tiler is counted by tiles too, the encoder included', async () => {
  const of = await grown('internvl');
  const tiles = of('tiles');
  expect(tiles.map(({ count }) => count)).toEqual([1, 2, 4, 8]);
  // 256 visual tokens of each tile and of the thumbnail, which one tile alone does not get (InternVL 1.5, section 3.2).
  expect(tiles.map(({ visualTokens }) => visualTokens)).toEqual([256, 3 * 256, 5 * 256, 9 * 256]);
  for (const [i, { flops }] of tiles.entries()) expect(flops).toBeGreaterThan(tiles[i - 1]?.flops ?? 0);
});

test('nothing is told of a graph that answers no questions, or whose LLM attends to one picture', async () => {
  expect((await grown('clip-tiny'))('images')).toEqual([]);
  expect((await grown('flamingo-tiny'))('images')).toEqual([]);
});
