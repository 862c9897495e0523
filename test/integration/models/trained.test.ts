import { appendFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Executor } from '../../../electron/backend/executor/executor.ts';
import { loadKind } from '../../../electron/backend/executor/kinds.ts';
import { listTrained } from '../../../electron/backend/models/stored.ts';
import { RuntimeLender } from '../../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { compile } from '../../../graphs/compile.ts';
import { parse } from '../../../graphs/format.ts';
import { catalog } from '../../../nodes/catalog.ts';
import type { AdapterValue } from '../../../nodes/cross-attention-adapter/adapter.ts';
import { keyValueGraph } from '../../../nodes/cross-attention-adapter/model.ts';
import { loadTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { generate } from '../../../nodes/llm/generator.ts';
import { decodeGraph } from '../../../nodes/llm/model.ts';
import { preparePrompt } from '../../../nodes/llm/prompt.ts';
import type { ModelCard } from '../../../nodes/models/card.ts';
import { toHalf } from '../../../nodes/onnx/half.ts';
import { randomWeights } from '../../../nodes/onnx/random.ts';
import { mergeNeighbours } from '../../../nodes/projector/arrange.ts';
import { projectorGraph } from '../../../nodes/projector/model.ts';
import { qFormerGraph } from '../../../nodes/q-former/model.ts';
import { definitionOf } from '../../../nodes/registry.ts';
import { textGraph } from '../../../nodes/similarity/model.ts';
import { cosines } from '../../../nodes/similarity/scores.ts';
import { textFeeds } from '../../../nodes/similarity/text.ts';
import type { EmbeddingsValue, FeaturesValue, FloatTensor, ImageValue, Value } from '../../../nodes/values.ts';
import { encoderGraph } from '../../../nodes/vision-encoder/model.ts';
import { patchify } from '../../../nodes/vision-encoder/preprocess.ts';
import { dataFolder } from '../../helpers/data-folder.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { boldWeights, difference, floats, runGraph } from '../../helpers/onnx.ts';
import { halved, saveModel } from '../../helpers/stored.ts';
import { boundDecoder, openSession } from '../llm/tiny.ts';
import { BODIES, decoder, text, tokenizerJson, vision } from './bodies.ts';

const FP32 = { precision: 'fp32', fused: true } as const;
const weights = halved(boldWeights);
const lender = new RuntimeLender(new SessionPool(1e9));

const home = dataFolder();
const folderOf = (name: string) => join(home, 'trained', name);

async function save(name: keyof typeof BODIES, source = boldWeights): Promise<ModelCard> {
  const card = await saveModel(folderOf(name), name, BODIES[name], source);
  if (card.tokenizer === 'own') await writeFile(join(folderOf(name), 'tokenizer.json'), tokenizerJson);
  return card;
}

const picture: ImageValue = {
  type: 'image',
  images: [{ width: 32, height: 32, data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 251) }],
};
const features: FeaturesValue = {
  type: 'features',
  tensor: floats([1, 16, 16]) as FloatTensor,
  grid: [4, 4],
  classToken: false,
  model: 'trained:encoder',
  seed: 0,
};

/** Runs a kind as the executor does, and holds what came out against what its definition said of it. */
async function on(kind: string, raw: object, inputs: Readonly<Record<string, readonly Value[]>>) {
  const module = await loadKind(kind);
  const params = definitionOf(kind)?.params.parse(raw) ?? {};
  const { result: outputs, metrics } = await asNode(['answer'], (context) => module.run(context, params, inputs));
  return { outputs, metrics };
}

async function factsOf(kind: string, raw: object) {
  return lender.probe(await loadKind(kind), definitionOf(kind)?.params.parse(raw) ?? {});
}

describe('a trained model', () => {
  beforeEach(async () => {
    for (const name of Object.keys(BODIES) as (keyof typeof BODIES)[]) await save(name);
  });

  test('encodes pictures as its graph does with its weights, and says nothing of random ones', async () => {
    const params = { model: 'trained:encoder', featureLayer: -1, pooling: true };
    const { outputs, metrics } = await on('vision-encoder', params, { image: [picture] });
    const graph = encoderGraph(vision, { layers: 0, featureLayer: -1, pooling: true }, FP32);
    const expected = await runGraph(graph, { patches: patchify(vision, picture.images) }, { weights });
    const made = outputs.features as FeaturesValue;
    expect(difference(made.tensor, expected.features)).toBe(0);
    expect(difference(made.pooled, expected.pooled)).toBe(0);
    expect(metrics.caveat).toBeUndefined();
  });

  test('scores texts by its own text tower, tokenizer and logits', async () => {
    const pooled = floats([1, 16], 3) as FloatTensor;
    const params = { model: 'trained:encoder', labels: 'red\nblue', template: '{}', reading: 'sigmoid' };
    const { outputs, metrics } = await on('similarity', params, { features: [{ ...features, pooled }] });
    const tower = textGraph(text, FP32);
    const { embeddings } = await runGraph(tower, { ...textFeeds(text, [[10], [11]]) }, { weights });
    const expected = cosines(pooled, embeddings as FloatTensor)[0] ?? [];
    const { table } = outputs;
    if (table?.type !== 'table') throw new Error('no table');
    expect(table.rows.map(([label]) => label)).toEqual(['red', 'blue']);
    table.rows.forEach(([, cosine, score], i) => {
      expect(cosine).toBe(expected[i]);
      expect(score).toBeCloseTo(1 / (1 + Math.exp(1 - Number(cosine) / 0.5)), 10);
    });
    expect(metrics.caveat).toBeUndefined();
  });

  test('projects features, whatever else the parameters draw', async () => {
    for (const [name, config] of [
      ['linear', { design: 'linear', width: 32 }],
      ['shuffle', { design: 'pixel-shuffle', width: 32 }],
    ] as const) {
      const params = { model: `trained:${name}`, design: 'resampler', width: 64, classToken: true, precision: 'q4' };
      const { outputs, metrics } = await on('projector', params, { features: [features] });
      const fed = name === 'shuffle' ? mergeNeighbours(features.tensor, [4, 4]) : features.tensor;
      const expected = await runGraph(projectorGraph(config, 16, FP32), { features: fed }, { weights });
      expect(difference((outputs.embeddings as EmbeddingsValue).tensor, expected.embeddings)).toBe(0);
      expect(metrics.caveat).toBeUndefined();
    }
  });

  test('queries features', async () => {
    const { outputs, metrics } = await on('q-former', { model: 'trained:q-former' }, { features: [features] });
    const { input, outputWidth, ...config } = BODIES['q-former'].architecture;
    const expected = await runGraph(
      qFormerGraph(config, input, outputWidth, FP32),
      { features: features.tensor },
      { weights },
    );
    expect(difference((outputs.embeddings as EmbeddingsValue).tensor, expected.embeddings)).toBe(0);
    expect(metrics.caveat).toBeUndefined();
  });

  test('answers in its own frame, its own words, with visual tokens and gated layers', async () => {
    const made = await on('cross-attention-adapter', { model: 'trained:adapter' }, { features: [features] });
    const adapter = made.outputs.adapter as AdapterValue;
    const { input, projects, ...config } = BODIES.adapter.architecture;
    const keyValues = await runGraph(
      keyValueGraph({ config, projects }, input, FP32),
      { features: features.tensor },
      { weights },
    );
    for (const i of [0, 1]) {
      expect(difference(adapter.keys[i], keyValues[`key.${i}`])).toBe(0);
      expect(difference(adapter.values[i], keyValues[`value.${i}`])).toBe(0);
    }
    const visual: EmbeddingsValue = { type: 'embeddings', tensor: floats([1, 5, 32]) as FloatTensor };
    const question = { type: 'text', text: 'How many red circles?' } as const;
    const { outputs, metrics } = await on(
      'llm',
      { model: 'trained:llm', maxTokens: 12 },
      { prompt: [question], visual: [visual], adapter: [adapter] },
    );
    const answer = outputs.answer;
    if (answer?.type !== 'answer') throw new Error('no answer');

    const tokenizer = await loadTokenizer({ path: join(folderOf('llm'), 'tokenizer.json') }, (path) =>
      readFile(path, 'utf8'),
    );
    const prompt = preparePrompt(decoder, 'tiny', tokenizer, question, [visual]);
    expect(prompt.tokens.ids).toEqual([2, 0, 0, 0, 0, 0, 6, 7, 10, 8, 9, 3]);
    expect(prompt.tokens.slots).toEqual([1, 2, 3, 4, 5]);
    await using session = await openSession(decodeGraph(decoder, FP32, config), weights);
    const constants = Object.fromEntries(
      Object.entries(keyValues).map(([key, value]) => [`adapter.${key.split('.')[1]}.${key.split('.')[0]}`, value]),
    );
    const expected = await generate({ ...boundDecoder(session, decoder, tokenizer), ends: [1], constants }, prompt, {
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
      maxTokens: 12,
      stop: [],
      signal: new AbortController().signal,
    });
    expect(answer.text).toBe(expected.answer.text);
    expect(answer.logProbs).toEqual(expected.answer.logProbs);
    expect(answer.tokens).toMatchObject({ prompt: 7, visual: 5 });
    expect(answer.caveat).toBeUndefined();
    expect(metrics.caveat).toBeUndefined();
  });

  test('says where what it sees was trained for another', async () => {
    const prompt = [{ type: 'text', text: 'red?' } as const];
    const made = await on('projector', { model: 'trained:shuffle' }, { features: [features] });
    const visual = made.outputs.embeddings as EmbeddingsValue;
    const asked = async (llm: string) => {
      const inputs = { prompt, visual: [{ ...visual, llm }] };
      return (await on('llm', { model: 'trained:llm', maxTokens: 1 }, inputs)).metrics.caveat;
    };
    expect(await asked(visual.llm ?? '')).toBeUndefined();
    expect(await asked('trained:llm-2')).toBe('what it sees was trained for trained:llm-2, not trained:llm');
  });

  test('an answer stops at <end>, which is not part of it', async () => {
    // Nothing is added to the embedding of <assistant>, and the tied head knows none that is nearer to it than <end>'s.
    await saveModel(folderOf('llm'), 'llm', BODIES.llm, {
      digest: 'says nothing but <end>',
      fill({ name, shape }, into) {
        const halves = new Uint16Array(into.buffer, into.byteOffset, into.byteLength / 2);
        const [, width = 0] = shape;
        if (name === 'embedding.weight') halves.fill(toHalf(2), width, 2 * width).fill(toHalf(1), 3 * width, 4 * width);
        else if (name.endsWith('norm.scale')) halves.fill(toHalf(1));
      },
    });
    const prompt = [{ type: 'text', text: 'red?' } as const];
    const { outputs } = await on('llm', { model: 'trained:llm', maxTokens: 5 }, { prompt });
    expect(outputs.answer).toMatchObject({ finish: 'stop', text: '', tokens: { answer: 1 } });
  });

  test('says before it runs what will come out, and refuses what it was not trained over', async () => {
    const spec = { type: 'features', count: 1, tokens: 16, width: 16, grid: [4, 4], classToken: false } as const;
    for (const [kind, name, port, expected] of [
      ['projector', 'shuffle', 'embeddings', { tokens: 4, width: 32 }],
      ['q-former', 'q-former', 'embeddings', { tokens: 3, width: 32 }],
      ['cross-attention-adapter', 'adapter', 'adapter', { layers: 2, width: 32 }],
    ] as const) {
      const raw = { model: `trained:${name}` };
      const facts = await factsOf(kind, raw);
      const definition = definitionOf(kind);
      const params = definition?.params.parse(raw) ?? {};
      expect(definition?.shapes({ params, inputs: { features: [spec] }, facts })[port]).toMatchObject(expected);
      expect(definition?.cost?.({ params, inputs: { features: [spec] }, facts }).parameters).toBeGreaterThan(0);
      const narrow = { features: [{ ...spec, width: 24 }] };
      const sentence = `trained:${name} takes features of width 16, not 24: wire trained:encoder`;
      expect(() => definition?.shapes({ params, inputs: narrow, facts })).toThrow(sentence);
      const other = { ...features, tensor: floats([1, 16, 24]) as FloatTensor };
      await expect(on(kind, raw, { features: [other] })).rejects.toThrow(sentence);
      const elsewhere = await on(kind, raw, { features: [{ ...features, model: 'paper:clip-vit-b-32' }] });
      expect(elsewhere.metrics.caveat).toBe('trained over trained:encoder, not paper:clip-vit-b-32');
    }
  });

  test('is for nodes of its kind', async () => {
    await expect(on('projector', { model: 'trained:llm' }, { features: [features] })).rejects.toThrow(
      '"trained:llm" is for a node of the kind llm, not for this one',
    );
  });

  test('is listed with what can hold it', async () => {
    const entries = await listTrained();
    expect(entries.map(({ reference }) => reference)).toEqual(
      Object.keys(BODIES)
        .sort()
        .map((name) => `trained:${name}`),
    );
    expect(entries.find(({ reference }) => reference === 'trained:encoder')).toEqual({
      reference: 'trained:encoder',
      title: 'Small encoder',
      kinds: ['vision-encoder', 'similarity'],
    });
  });

  test('runs again where it was trained anew, and is reused where it was not', async () => {
    const executor = new Executor(lender, loadKind, 1e8);
    const document = parse(
      JSON.stringify({
        schemaVersion: 1,
        title: 'test',
        nodes: {
          photo: { kind: 'image', params: { source: 'example:shapes' } },
          encoder: { kind: 'vision-encoder', params: { model: 'trained:encoder' }, inputs: { image: 'photo.image' } },
        },
      }),
    );
    const run = async () => {
      const request = { run: 'run', plan: compile(document, catalog), options: { provider: 'cpu' } };
      return (await executor.run(request, new AbortController().signal, () => {})).nodes.encoder;
    };
    const first = await run();
    expect(first?.status).toBe('finished');
    expect((await run())?.status).toBe('reused');
    await save('encoder', {
      digest: 'other',
      fill: (spec, into) => boldWeights.fill({ ...spec, name: `${spec.name}'` }, into),
    });
    const again = await run();
    expect(again).toMatchObject({ status: 'finished', why: 'its file changed' });
    expect(again?.outputs).not.toEqual(first?.outputs);
  });
});

describe('a model that is not whole is refused with one sentence', () => {
  const attempt = async () => {
    const refusal = await on('projector', { model: 'trained:linear' }, { features: [features] }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    return refusal;
  };
  const path = (file: string) => join(folderOf('linear'), file);
  beforeEach(() => save('linear'));

  test('no such model', async () => {
    await rm(folderOf('linear'), { recursive: true });
    expect(await attempt()).toMatch(/^There is no model "trained:linear": .* holds no card\.json\.$/);
    await expect(factsOf('projector', { model: 'trained:linear' })).rejects.toThrow(
      'There is no model "trained:linear"',
    );
    await expect(on('projector', { model: 'tiny:nothing' }, { features: [features] })).rejects.toThrow(
      'There is no model "tiny:nothing"',
    );
    await expect(on('projector', { model: 'trained:../linear' }, { features: [features] })).rejects.toThrow(
      '"trained:../linear" is not the name of a model',
    );
  });

  test('no weights', async () => {
    await rm(path('weights.safetensors'));
    expect(await attempt()).toMatch(/^"trained:linear" cannot be used: its weights are not there: .*safetensors\.$/);
  });

  test('weights cut short', async () => {
    await truncate(path('weights.safetensors'), 100);
    expect(await attempt()).toMatch(/has 100 bytes, but its card says \d+/);
  });

  test('other weights of the same size', async () => {
    // Weights that no session was made of yet: one that was is not read again.
    await save('linear', randomWeights(7));
    const file = await readFile(path('weights.safetensors'));
    file[file.byteLength - 1] = (file.at(-1) ?? 0) ^ 1;
    await writeFile(path('weights.safetensors'), file);
    expect(await attempt()).toBe(
      '"trained:linear" cannot be used: its weights are not those that its card was written for: their sha256 differs.',
    );
  });

  test('a card of another architecture than the weights', async () => {
    const card = JSON.parse(await readFile(path('card.json'), 'utf8'));
    await writeFile(path('card.json'), JSON.stringify({ ...card, architecture: { ...card.architecture, width: 48 } }));
    expect(await attempt()).toContain('"linear.weight" is [16, 32] in the weights, but the model needs [16, 48]');
    const mlp = { design: 'mlp', depth: 2, activation: 'gelu', width: 32, input: 16 };
    await writeFile(path('card.json'), JSON.stringify({ ...card, architecture: mlp }));
    expect(await attempt()).toContain('the weights have no tensor "0.weight"');
  });

  test.each([
    ['no JSON', '{', 'its card.json is wrong'],
    ['no card', '{"kind":"llm"}', 'its card.json is wrong: name: expected a text, found nothing'],
    ['another kind', '{"kind":"lmm"}', 'its card.json is wrong: kind:'],
  ])('a card.json that is %s', async (_, text, sentence) => {
    await writeFile(path('card.json'), text);
    expect(await attempt()).toContain(sentence);
    expect(await listTrained()).not.toContainEqual(expect.objectContaining({ reference: 'trained:linear' }));
  });

  test('a field that this version does not know', async () => {
    const card = JSON.parse(await readFile(path('card.json'), 'utf8'));
    await writeFile(path('card.json'), JSON.stringify({ ...card, architecture: { ...card.architecture, rank: 4 } }));
    expect(await attempt()).toContain('rank');
  });

  test('a file that grew', async () => {
    await appendFile(path('weights.safetensors'), 'more');
    expect(await attempt()).toContain('its card says');
  });
});
