import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Branch } from '../../../nodes/generation/branches.ts';
import { definition as llm } from '../../../nodes/llm/definition.ts';
import type { GeneratorValue } from '../../../nodes/llm/generator.ts';
import { run as runLlm } from '../../../nodes/llm/run.ts';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { transpose } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { embedding } from '../../../nodes/onnx/layers/linear.ts';
import { defineOp } from '../../../nodes/onnx/ops.ts';
import type { NodeMetrics, RunContext } from '../../../nodes/run.ts';
import type { AnswerValue, EmbeddingsValue, Value } from '../../../nodes/values.ts';
import { definition as encoder } from '../../../nodes/vision-encoder/definition.ts';
import { run as runEncoder } from '../../../nodes/vision-encoder/run.ts';
import { SMALL } from '../../helpers/exports/decoder.ts';
import { writeModel } from '../../helpers/exports/files.ts';
import { writeJanus } from '../../helpers/exports/janus.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { PICTURE } from '../../helpers/exports/picture.ts';
import { exportsRoot } from '../../helpers/exports/root.ts';
import { writeFlorence2, writeVitGpt2 } from '../../helpers/exports/seq2seq.ts';
import { type TextExport, writeTextExport } from '../../helpers/exports/text.ts';
import { VISION_EXPORTS, writeVisionExport } from '../../helpers/exports/vision.ts';

/** Parts of different opsets, and decoders that cannot stand within a loop: the same text, one way or the other. */

const root = exportsRoot();

const QUESTION = { type: 'text', text: 'How many red squares are there?' } as const;
const SLOWER = /^one call a token, which is slower: /;

type Answer = Pick<AnswerValue, 'text' | 'logProbs' | 'tokens'> & {
  readonly caveat: string;
  readonly metrics: NodeMetrics;
};

async function answer(name: string, params: object = {}, visual: readonly Value[] = []): Promise<Answer> {
  const { result, metrics } = await asNode(['answer'], (context) =>
    runLlm(context, llm.params.parse({ model: `file:${join(root, name)}`, maxTokens: 20, ...params }), {
      prompt: [QUESTION],
      visual,
    }),
  );
  const { text, logProbs, tokens } = result.answer as AnswerValue;
  return { text, logProbs, tokens, caveat: metrics.caveat ?? '', metrics };
}

async function seen(name: string): Promise<EmbeddingsValue> {
  const { result } = await asNode(['embeddings'], (context) =>
    runEncoder(context, encoder.params.parse({ model: `file:${join(root, name)}` }), {
      image: [{ type: 'image', images: [PICTURE] }],
    }),
  );
  return result.embeddings as EmbeddingsValue;
}

function expectSame(slow: Answer, fast: Answer): void {
  expect(slow.text).toBe(fast.text);
  expect(new Set(fast.text).size).toBeGreaterThan(3);
  expect(slow.tokens).toEqual(fast.tokens);
  slow.logProbs.forEach((logProb, at) => {
    expect(logProb).toBeCloseTo(fast.logProbs[at] ?? Number.NaN, 3);
  });
}

const SAMPLED = { temperature: 0.8, topK: 12, repetitionPenalty: 1.2, seed: 7 };

describe.each<[string, TextExport]>([
  ['a cache that grows at its end', { word: 'Ċ' }],
  ['GroupQueryAttention', { grouped: true, word: 'Ċ' }],
])('a decoder with sparse weights, %s: a call a token', (name, layout) => {
  const [slow, fast] = [`${name} apart`, `${name} whole`];
  beforeAll(async () => {
    await writeTextExport(join(root, slow), { ...layout, sparse: true });
    await writeTextExport(join(root, fast), layout);
  });

  test.each([{}, SAMPLED])('the text of the loop, %j, and the node says why it is slower', async (params) => {
    const [theirs, ours] = [await answer(fast, params), await answer(slow, params)];
    expectSame(ours, theirs);
    expect(theirs.caveat).toBe('');
    expect(ours.caveat).toMatch(SLOWER);
    expect(ours.caveat).toMatch(/it has sparse weights$/);
    expect(ours.metrics.rate?.tokensPerSecond).toBeGreaterThan(0);
  });

  test('branches of different lengths in one batch', async () => {
    const { signal } = new AbortController();
    const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
    const grown = async (folder: string) => {
      const { result } = await asNode(['generator'], async (context) => {
        const params = llm.params.parse({ model: `file:${join(root, folder)}` });
        const { generator } = await runLlm(context, params, { prompt: [QUESTION] });
        const branching = await (generator as GeneratorValue).branch(QUESTION, 5);
        const grow = (branches: readonly Branch[], maxTokens: number, until: 'step' | 'end') =>
          branching.grow(branches, { sampling, maxTokens, signal, count: 3, until });
        const first = await grow([branching.root], 40, 'step');
        return grow(
          first.filter(({ finish }) => finish === undefined),
          48,
          'end',
        );
      });
      return result;
    };
    const [theirs, ours] = [await grown(fast), await grown(slow)];
    expect(new Set(theirs.map(({ ids }) => ids.length)).size).toBeGreaterThan(1);
    expect(ours.map(({ ids }) => ids)).toEqual(theirs.map(({ ids }) => ids));
    ours.forEach(({ logProbs }, i) => {
      logProbs.forEach((logProb, at) => {
        expect(logProb).toBeCloseTo(theirs[i]?.logProbs[at] ?? Number.NaN, 3);
      });
    });
  });

  test('no two tokens twice in a row, in one sequence and in branches', async () => {
    const texts: string[][] = [];
    for (const [from, folder] of [
      [fast, `${fast} once`],
      [slow, `${slow} once`],
    ] as const) {
      await cp(join(root, from), join(root, folder), { recursive: true });
      const path = join(root, folder, 'generation_config.json');
      await writeFile(path, JSON.stringify({ eos_token_id: 299, no_repeat_ngram_size: 2 }));
      const { signal } = new AbortController();
      const sampling = { temperature: 0.05, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
      const { result } = await asNode(['generator'], async (context) => {
        const params = llm.params.parse({ model: `file:${join(root, folder)}` });
        const generator = (await runLlm(context, params, { prompt: [QUESTION] })).generator as GeneratorValue;
        const { answer } = await generator.generate(QUESTION, {
          ...{ sampling: { ...sampling, temperature: 0, seed: 0 }, maxTokens: 150, stop: [], signal },
        });
        const branching = await generator.branch(QUESTION, 2);
        const request = { sampling, signal, count: 2 } as const;
        const half = await branching.grow([branching.root], { ...request, maxTokens: 60, until: 'step' });
        const open = half.filter(({ finish }) => finish === undefined);
        const whole = await branching.grow(open, { ...request, maxTokens: 150, until: 'end' });
        for (const { ids } of whole) {
          const pairs = ids.slice(1).map((id, at) => `${ids[at]} ${id}`);
          expect(new Set(pairs).size).toBe(pairs.length);
        }
        return [answer.text, ...whole.map(({ text }) => text)];
      });
      texts.push(result);
    }
    expect(texts[0]?.length).toBeGreaterThan(1);
    expect(texts[1]).toEqual(texts[0]);
  });

  test('cancelled between two tokens, what was made until then is the answer', async () => {
    const stop = new AbortController();
    const { result } = await asNode(['generator'], async (context) => {
      const params = llm.params.parse({ model: `file:${join(root, slow)}` });
      const { generator } = await runLlm(context, params, { prompt: [QUESTION] });
      return (generator as GeneratorValue).generate(QUESTION, {
        sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
        maxTokens: 2000,
        stop: [],
        signal: stop.signal,
        onText: () => stop.abort(),
      });
    });
    expect(result.answer.finish).toBe('cancelled');
    expect(result.answer.logProbs.length).toBeGreaterThan(0);
  });
});

test('4-bit weights in half with activations in 8 bits: the loop finds an answer as likely as the file by itself does', async () => {
  const layout = { precision: 'q4f16', rounded: true } as const;
  await writeTextExport(join(root, 'rounded-apart'), { ...layout, sparse: true });
  await writeTextExport(join(root, 'rounded'), layout);
  const { signal } = new AbortController();
  const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
  const generatorOf = async (context: RunContext, name: string) => {
    const { generator } = await runLlm(context, llm.params.parse({ model: `file:${join(root, name)}` }), {
      prompt: [QUESTION],
    });
    return generator as GeneratorValue;
  };
  const { result } = await asNode(['generator'], async (context) => {
    const alone = await (await generatorOf(context, 'rounded-apart')).branch(QUESTION, 0);
    const request = { sampling, maxTokens: 24, signal, count: 1, until: 'end' } as const;
    const [answer] = await alone.grow([alone.root], request);
    const [found] = await (await generatorOf(context, 'rounded')).likelihoods(QUESTION, [answer?.ids ?? []], signal);
    return { answer, found };
  });
  const mean = (of: readonly number[] = []) => of.reduce((sum, each) => sum + each, 0) / of.length;
  expect(mean(result.answer?.logProbs)).toBeGreaterThan(-2.5);
  expect(mean(result.found)).toBeCloseTo(mean(result.answer?.logProbs), 0);
});

describe('parts of different opsets', () => {
  const layout = VISION_EXPORTS.llava;
  beforeAll(() => writeVisionExport(join(root, 'alike'), layout));

  test.each([
    { encoder: 14, embed: 14, decoder: 21 },
    { encoder: 21, embed: 21, decoder: 14 },
    { encoder: 17, embed: 19, decoder: 17 },
    { encoder: 12, embed: 12, decoder: 12 },
    { encoder: 21, embed: 21, decoder: 11 },
  ])('%j: one loop, in the newest of them', async (opsets) => {
    const name = Object.values(opsets).join('-');
    await writeVisionExport(join(root, name), layout, { opsets });
    const ours = await answer(name, {}, [await seen(name)]);
    const alike = await answer('alike', {}, [await seen('alike')]);
    expectSame(ours, alike);
    expect(ours.caveat).toBe('');
  });

  test('a call a token with pictures too', async () => {
    await writeVisionExport(join(root, 'apart'), layout, { sparse: true });
    const ours = await answer('apart', {}, [await seen('apart')]);
    expectSame(ours, await answer('alike', {}, [await seen('alike')]));
    expect(ours.caveat).toMatch(SLOWER);
  });

  test('janus: its table of embeddings, decoder and head by themselves', async () => {
    await writeJanus(join(root, 'janus'));
    await writeJanus(join(root, 'janus-apart'), { sparse: true });
    const ours = await answer('janus-apart', {}, [await seen('janus-apart')]);
    expectSame(ours, await answer('janus', {}, [await seen('janus')]));
    expect(ours.caveat).toMatch(SLOWER);
  });

  test.each([
    ['florence-2', writeFlorence2],
    ['vit-gpt2', writeVitGpt2],
  ] as const)(
    '%s: in one loop from opset 12 on, and what it attends to is given with every call apart',
    async (name, write) => {
      await write(join(root, `${name}-whole`));
      await write(join(root, `${name}-apart`), { sparse: true });
      const ours = await answer(`${name}-apart`, {}, [await seen(`${name}-apart`)]);
      expectSame(ours, await answer(`${name}-whole`, {}, [await seen(`${name}-whole`)]));
      expect(ours.caveat).toContain('one call a token, which is slower: it has sparse weights');
      await write(join(root, `${name}-12`), { opset: 12 });
      const old = await answer(`${name}-12`, {}, [await seen(`${name}-12`)]);
      expect(old.text).toBe(ours.text);
      expect(old.caveat).not.toContain('one call a token');
    },
  );

  test('an operator that means another thing in the newer opset', async () => {
    defineOp('GroupNormalization', { infer: ([x]) => (x ? [{ dtype: x.dtype, shape: x.shape }] : []) });
    const normalised = (scales: number) => {
      const g = new Graph({ precision: 'fp32', fused: false });
      const ids = g.input('input_ids', 'int64', [symbol('batch_size'), symbol('sequence_length')]);
      const x = transpose(g, embedding(g, 'embedding', ids, SMALL.vocabulary, SMALL.width).embedded, [0, 2, 1]);
      const scale = g.param('scale', [scales], { kind: 'constant', value: 1 });
      const shift = g.param('shift', [scales], { kind: 'constant', value: 0 });
      const normal = g.op('GroupNormalization', [x, scale, shift], { num_groups: 8, epsilon: { float: 1e-5 } });
      g.output('inputs_embeds', transpose(g, normal, [0, 2, 1]));
      return g;
    };
    // Of each group until opset 20, of each channel from 21 on.
    for (const [name, opset, scales] of [
      ['groups-18', 18, 8],
      ['groups-21', 21, SMALL.width],
    ] as const) {
      await writeVisionExport(join(root, name), layout);
      await writeModel(join(root, name, 'onnx/embed_tokens.onnx'), normalised(scales), { opset, inline: true });
    }
    const [ours, theirs] = [await answer('groups-18'), await answer('groups-21')];
    expectSame(ours, theirs);
    expect(theirs.caveat).toBe('');
    expect(ours.caveat).toMatch(/GroupNormalization of opset 18 means another thing in opset 21$/);
  });
});
