import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseCard } from '../../../nodes/models/card.ts';
import { loadWorld } from '../../../nodes/training/data/worlds.ts';
import { drawItem } from '../../../nodes/training/evaluation/items.ts';
import { scoresOf } from '../../../nodes/training/evaluation/score.ts';
import { patchbay } from '../../helpers/patchbay.ts';
import { saveModels } from './models.ts';

let home: string;
let temporary: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-eval-test-'));
  temporary = join(home, 'tmp');
  await mkdir(temporary);
  await saveModels(home);
});
afterAll(() => rm(home, { recursive: true }));

const evaluate = (args: readonly string[], until?: RegExp) =>
  patchbay(['eval', ...args], { until, env: { PATCHBAY_HOME: home, TMPDIR: temporary } });

/** Folders of pictures that were left behind. */
async function pictures(): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith('patchbay-eval-'));
}

/** The published format. */
const fraction = z.number().min(0).max(1);
const score = z.strictObject({ n: z.int().min(1), accuracy: fraction, low: fraction, high: fraction });
const answers = z.strictObject({
  data: z.enum(['shapes', 'digits']),
  split: z.enum(['test', 'validation']),
  seed: z.int(),
  blind: z.boolean(),
  noPicture: z.boolean(),
  asText: z.boolean(),
  ...score.shape,
  kinds: z.record(z.string(), score),
  sizes: z.record(z.string(), z.record(z.string().regex(/^[1-6]$/), score)),
});

async function scores(...args: readonly string[]) {
  const { code, stdout, stderr } = await evaluate([...args, '--json']);
  expect(stderr).toMatch(/ of \d+ +[\d.]+\/s +\d+:\d\d left\n/);
  expect(code).toBe(0);
  return answers.parse(JSON.parse(stdout));
}

/** What somebody reaches who says yes to everything. */
async function sayingYes(data: 'shapes' | 'digits', n: number, seed: number) {
  const world = await loadWorld(data, (path) => readFile(path, 'utf8'));
  const questions = Array.from({ length: n }, (_, index) => drawItem(world, 'test', seed, index).question);
  return scoresOf(questions.map(({ answer, ...question }) => ({ ...question, right: answer === 'yes' })));
}

async function graphFile(): Promise<string> {
  const path = join(home, 'graph.json');
  const nodes = {
    photo: { kind: 'image', params: { source: 'not-there.png' } },
    question: { kind: 'prompt', params: { text: 'What is it?' } },
    encoder: {
      kind: 'vision-encoder',
      params: { model: 'trained:eye', featureLayer: -1 },
      inputs: { image: 'photo.image' },
    },
    projector: { kind: 'projector', params: { model: 'trained:linear' }, inputs: { features: 'encoder.features' } },
    llm: {
      kind: 'llm',
      params: { model: 'trained:mouth', temperature: 2 },
      inputs: { prompt: 'question.text', visual: ['projector.embeddings'] },
    },
  };
  await writeFile(path, JSON.stringify({ schemaVersion: 1, title: 'A graph', nodes }));
  return path;
}

describe('a pipeline that says yes to everything', () => {
  test('is right where yes is the answer, and nowhere else', async () => {
    const made = await scores(await graphFile(), '--data', 'shapes', '--n', '36');
    expect(made).toMatchObject(await sayingYes('shapes', 36, 0));
    expect(made).toMatchObject({ data: 'shapes', split: 'test', seed: 0, blind: false, noPicture: false });
    expect(made.kinds.existence?.accuracy).toBeGreaterThan(0);
    expect(made.kinds.description?.accuracy).toBe(0);
    expect(await pictures()).toEqual([]);
  });

  test('is asked the same questions blind, without a picture, and in words, by its connector too', async () => {
    const expected = await sayingYes('shapes', 18, 7);
    for (const [flag, field] of [
      ['--blind', 'blind'],
      ['--no-picture', 'noPicture'],
      ['--as-text', 'asText'],
    ] as const) {
      const made = await scores('trained:linear', '--data', 'shapes', '--n', '18', '--seed', '7', flag);
      expect(made).toMatchObject({ ...expected, seed: 7, [field]: true });
    }
  });

  test('is asked the same questions again with the same seed', async () => {
    const ask = () =>
      evaluate(['trained:mouth', '--as-text', '--data', 'shapes', '--n', '24', '--seed', '1', '--json']);
    const [first, again] = [await ask(), await ask()];
    expect(again.stdout).toBe(first.stdout);
    expect(JSON.parse(first.stdout)).toMatchObject(await sayingYes('shapes', 24, 1));
  });

  test('prints a table by kind and by hallucination', async () => {
    const { code, stdout } = await evaluate(['trained:mouth', '--no-picture', '--data', 'digits', '--n', '10']);
    expect(code).toBe(0);
    for (const row of [/^read +2 +0\.0 % +0\.0–65\.8 %$/m, /^all +10 +0\.0 %/m, /^quantity +6 +0\.0 %/m])
      expect(stdout).toMatch(row);
  });

  test('stopped by Ctrl-C prints what it has', async () => {
    const args = ['trained:linear', '--data', 'digits', '--n', '1000000', '--json'];
    const { code, stdout } = await evaluate(args, /: 1 of 1000000/);
    expect(code).toBe(130);
    const { n, kinds } = answers.parse(JSON.parse(stdout));
    expect(n).toBeGreaterThanOrEqual(1);
    expect(n).toBeLessThan(1_000_000);
    expect(Object.values(kinds).reduce((sum, kind) => sum + kind.n, 0)).toBe(n);
    expect(await pictures()).toEqual([]);
  });
});

test('two towers are measured by what they match', async () => {
  const { code, stdout } = await evaluate(['trained:eye', '--data', 'digits', '--n', '5', '--json']);
  expect(code).toBe(0);
  const matches = z.strictObject({
    data: z.literal('digits'),
    split: z.literal('test'),
    seed: z.int(),
    n: z.literal(100),
    recall: z.strictObject({ imageToText: fraction, textToImage: fraction }),
    zeroShot: score.extend({ classes: z.literal(10) }),
  });
  expect(matches.parse(JSON.parse(stdout)).zeroShot.n).toBe(5);
});

test.each(['mouth', 'linear', 'eye'])('--write-card puts every score of %s into its card', async (name) => {
  const path = join(home, 'trained', name, 'card.json');
  const before = parseCard(JSON.parse(await readFile(path, 'utf8')));
  const { code } = await evaluate([`trained:${name}`, '--write-card', '--n', '6']);
  expect(code).toBe(0);
  const { evaluation, ...rest } = parseCard(JSON.parse(await readFile(path, 'utf8')));
  expect({ ...rest, evaluation: [] }).toEqual(before);
  const byKind = { ...score.shape, kinds: z.record(z.string(), score) };
  const part = z.strictObject(byKind);
  const held = { data: z.string(), split: z.literal('test') };
  const shape = {
    mouth: z.strictObject({ ...held, ...byKind, noPicture: part }),
    linear: z.strictObject({ ...held, ...byKind, blind: part, noPicture: part, text: part }),
    eye: z.looseObject({ ...held, n: z.literal(100), zeroShot: z.looseObject({ n: z.literal(6) }) }),
  }[name] as z.ZodType<{ data: string }>;
  expect(
    z
      .array(shape)
      .parse(evaluation)
      .map(({ data }) => data),
  ).toEqual(['shapes', 'digits']);
});

describe('what cannot be asked is said in one line', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['nothing to ask about', ['trained:mouth'], /--data shapes, --data digits or --data arithmetic/],
    ['an LLM with pictures', ['trained:mouth', '--data', 'shapes'], /sees no pictures by itself/],
    ['an encoder in words', ['trained:eye', '--data', 'shapes', '--as-text'], /with its pictures only/],
    ['two ways at once', ['trained:linear', '--data', 'shapes', '--blind', '--as-text'], /choose one/],
    ['a model that is not there', ['trained:none', '--data', 'shapes'], /There is no model "trained:none"/],
    ['a graph that is not there', ['none.json', '--data', 'shapes'], /there is no such file/],
    ['the card of a graph', ['none.json', '--write-card'], /--write-card is for a model/],
    ['a graph without an LLM', ['graphs/examples/clip.json', '--data', 'shapes'], /The graph has no LLM/],
  ])('%s', async (_, args, sentence) => {
    const { code, stdout, stderr } = await evaluate(args);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([2, '']);
  });
});
