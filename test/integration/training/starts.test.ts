import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ModelCard, parseCard } from '../../../nodes/models/card.ts';
import { fromHalf } from '../../../nodes/onnx/half.ts';
import { readSafetensors } from '../../../nodes/onnx/safetensors.ts';
import type { Recipe } from '../../../nodes/training/recipe.ts';
import { imageTextRecipe, languageRecipe } from './tiny.ts';
import { last, trainedIn } from './trained.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-starts-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function made(recipe: Recipe) {
  const done = last(await trainedIn(home, recipe), 'training-done');
  expect(done, done.message).toMatchObject({ status: 'finished' });
  const folder = join(home, 'trained', recipe.name);
  const { tensors } = readSafetensors(await readFile(join(folder, 'weights.safetensors')));
  return {
    card: parseCard(JSON.parse(await readFile(join(folder, 'card.json'), 'utf8'))),
    weights: Object.fromEntries([...tensors].map(([name, { bytes }]) => [name, halves(bytes)])),
  };
}

/** Numbers of half precision. One that is nearly 0 may move past it, and is 0 on both sides. */
function halves(bytes: Uint8Array): string {
  const bits = new Uint16Array(bytes.slice().buffer);
  return Array.from(bits, (half) => fromHalf(half) + 0).join();
}

/** So little that half precision does not show it. */
const STILL = { steps: 1, batch: 2, rate: 1e-12, warmup: 0, decay: 0 };
const MOVING = { steps: 4, batch: 2, rate: 0.01, warmup: 0 };

describe('a second stage starts from the weights of the first', { timeout: 180_000 }, () => {
  test.each([
    ['a decoder', languageRecipe],
    ["towers by CLIP's loss", (changes: Readonly<Record<string, unknown>>) => imageTextRecipe('clip', changes)],
    ["towers by SigLIP's loss", (changes: Readonly<Record<string, unknown>>) => imageTextRecipe('siglip', changes)],
  ])('%s', async (_, recipe) => {
    const first = await made(recipe({ name: 'first', schedule: MOVING }));
    const second = await made(recipe({ name: 'second', schedule: STILL, start: 'trained:first', seed: 9 }));
    expect(second.weights).toEqual(first.weights);
    const logitsOf = ({ architecture }: ModelCard) => ('logits' in architecture ? architecture.logits : undefined);
    const [before, after] = [logitsOf(first.card), logitsOf(second.card)];
    if (before) expect(after?.temperature).toBeCloseTo(before.temperature, 5);
    if (before) expect(after?.bias).toBeCloseTo(before.bias, 5);
  });

  test("towers by SigLIP's loss that start from CLIP's have a scale and a bias of their own", async () => {
    const first = await made(imageTextRecipe('clip', { name: 'clip', schedule: MOVING }));
    const { vision, text } = imageTextRecipe('clip');
    const over = { vision, text, schedule: STILL, start: 'trained:clip' };
    const second = await made(imageTextRecipe('siglip', { name: 'over-clip', ...over }));
    expect(second.weights).toEqual(first.weights);
    // Zhai et al. 2023, section 3.2: log 10 and -10.
    expect(second.card).toMatchObject({ architecture: { logits: { bias: expect.closeTo(-10, 5) } } });
    expect(second.card).toMatchObject({ architecture: { logits: { temperature: expect.closeTo(0.1, 5) } } });
  });
});
