import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ModelCard, parseCard } from '../../../nodes/models/card.ts';
import { tinyCards } from '../../../nodes/models/index.ts';
import { readSafetensors, storedWeights } from '../../../nodes/onnx/safetensors.ts';
import { bytesOf } from '../../../nodes/onnx/weights.ts';
import { boldWeights } from '../../helpers/onnx.ts';
import { graphsOf, parametersOf, saveModel } from '../../helpers/stored.ts';

const SHIPPED = 'nodes/models';
/** Most bytes of all weights in the repository. */
const MOST_BYTES = 60e6;

/** Names of the folders in `root` that hold a card. */
async function modelsIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true });
  return entries.filter((path) => path.endsWith('/card.json')).map((path) => path.slice(0, -'/card.json'.length));
}

/** Throws where a card does not say the truth about the files beside it. */
async function check(root: string, name: string): Promise<ModelCard> {
  const card = parseCard(JSON.parse(await readFile(join(root, name, 'card.json'), 'utf8')));
  expect(card.name).toBe(name);
  const file = await readFile(join(root, name, card.weights.file));
  expect(file.byteLength, 'bytes').toBe(card.weights.bytes);
  expect(createHash('sha256').update(file).digest('hex'), 'sha256').toBe(card.weights.sha256);
  expect(parametersOf(card), 'parameters').toBe(card.parameters);
  expect(JSON.parse(await readFile(join(root, card.recipe), 'utf8')), 'recipe').toBeTypeOf('object');
  const stored = readSafetensors(file);
  const weights = storedWeights(stored, card.weights.sha256);
  const needed = graphsOf(card).flatMap(([prefix, { params }]) =>
    params.map((spec) => ({ ...spec, name: prefix + spec.name })),
  );
  for (const spec of needed) {
    const values = new Float32Array(bytesOf(spec) / 4);
    weights.fill(spec, new Uint8Array(values.buffer));
    expect(values.every(Number.isFinite), `${spec.name} is finite`).toBe(true);
  }
  expect([...stored.tensors.keys()].sort(), 'tensors').toEqual(needed.map((spec) => spec.name).sort());
  return card;
}

test('every model that ships is listed, and its card says the truth about its files', async () => {
  const names = await modelsIn(SHIPPED);
  expect(tinyCards.map((card) => card.name).sort()).toEqual(names.sort());
  let bytes = 0;
  for (const name of names) bytes += (await check(SHIPPED, name)).weights.bytes;
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});

test('a connector that ships stands over models that ship, whose widths are its own', () => {
  const byReference = new Map(tinyCards.map((card) => [`tiny:${card.name}`, card]));
  for (const card of tinyCards) {
    if (!('encoder' in card)) continue;
    const [encoder, llm] = [byReference.get(card.encoder), byReference.get(card.llm)];
    if (encoder?.kind !== 'vision-encoder' || llm?.kind !== 'llm')
      throw new Error(`${card.name}: ${card.encoder}, ${card.llm}`);
    expect(card.architecture.input, card.name).toBe(encoder.architecture.vision.width);
    const output = card.kind === 'q-former' ? card.architecture.outputWidth : card.architecture.width;
    expect(output, card.name).toBe(llm.architecture.width);
  }
});

describe('the check of a card bites', () => {
  let root: string;
  let card: ModelCard;
  const architecture = { design: 'linear', width: 4, classToken: false, input: 3 } as const;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'patchbay-cards-'));
    const body = { kind: 'projector', architecture, encoder: 'tiny:e', llm: 'tiny:l', recipe: 'recipe.json' } as const;
    card = await saveModel(join(root, 'linear'), 'linear', body, boldWeights);
    await writeFile(join(root, 'recipe.json'), '{}');
  });
  afterEach(() => rm(root, { recursive: true }));

  test('not on one that is true', async () => {
    expect(await modelsIn(root)).toEqual(['linear']);
    expect((await check(root, 'linear')).parameters).toBe(3 * 4 + 4);
  });

  test.each<[string, (true_: ModelCard) => object]>([
    ['parameters', ({ parameters }) => ({ parameters: parameters + 1 })],
    ['sha256', ({ weights }) => ({ weights: { ...weights, sha256: 'a'.repeat(64) } })],
    ['bytes', ({ weights }) => ({ weights: { ...weights, bytes: weights.bytes + 1 } })],
    ['recipes/lost.json', () => ({ recipe: 'recipes/lost.json' })],
    ['linear2', () => ({ name: 'linear2' })],
    ['the model needs', () => ({ architecture: { ...architecture, width: 2, input: 7 }, parameters: 16 })],
    ['accuracy', () => ({ evaluation: [{ data: 'shapes', split: 'test', n: 10 }] })],
  ])('on a wrong card: %s', async (what, wrong) => {
    await writeFile(join(root, 'linear', 'card.json'), JSON.stringify({ ...card, ...wrong(card) }));
    await expect(check(root, 'linear')).rejects.toThrow(what);
  });
});
