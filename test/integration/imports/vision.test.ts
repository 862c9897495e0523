import { join } from 'node:path';
import {
  AutoImageProcessor,
  AutoModelForImageTextToText,
  AutoProcessor,
  AutoTokenizer,
  type Tensor as HubTensor,
  RawImage,
} from '@huggingface/transformers';
import { expect, test } from 'vitest';
import { definition as llm } from '../../../nodes/llm/definition.ts';
import type { GeneratorValue } from '../../../nodes/llm/generator.ts';
import { run as runLlm } from '../../../nodes/llm/run.ts';
import type { AnswerValue, EmbeddingsValue } from '../../../nodes/values.ts';
import { definition as encoder } from '../../../nodes/vision-encoder/definition.ts';
import { run as runEncoder } from '../../../nodes/vision-encoder/run.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { PICTURE } from '../../helpers/exports/picture.ts';
import type { Written } from '../../helpers/exports/precision.ts';
import { exportsRoot } from '../../helpers/exports/root.ts';
import { VISION_EXPORTS, type VisionExport, writeVisionExport } from '../../helpers/exports/vision.ts';

const root = exportsRoot();

type Name = keyof typeof VISION_EXPORTS;

const QUESTION = 'How many red squares are there?';
const TOKENS = 20;

const asChat = [{ role: 'user', content: [{ type: 'image' }, { type: 'text', text: QUESTION }] }];

/** The prompts of models without a processor of their own: as their model cards write them for transformers.js. */
const BY_HAND: Partial<Record<Name, (chat: string) => string>> = {
  moondream: () => `${'<image>'.repeat(4)}\n\nQuestion: ${QUESTION}\n\nAnswer:`,
  'llava-onevision': (chat) => chat.replace('<image>', '<image>'.repeat(4)),
};

async function theirs(name: Name, dtype: 'fp32' | Written): Promise<string> {
  const image = new RawImage(new Uint8ClampedArray(PICTURE.data), PICTURE.width, PICTURE.height, 3);
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const chat = tokenizer.chat_template
    ? (tokenizer.apply_chat_template(asChat as never, { add_generation_prompt: true, tokenize: false }) as string)
    : '';
  const byHand = BY_HAND[name];
  let inputs: Record<string, HubTensor>;
  if (byHand) {
    const processor = await AutoImageProcessor.from_pretrained(name, {});
    inputs = { ...(await processor(image)), ...tokenizer(byHand(chat)) };
  } else {
    const processor = await AutoProcessor.from_pretrained(name);
    inputs =
      name === 'paligemma' ? await processor(image, `<image>${QUESTION}`) : await orderOf(name, processor, image, chat);
  }
  const model = await AutoModelForImageTextToText.from_pretrained(name, { dtype, device: 'cpu' });
  const found = (await model.generate({ ...inputs, max_new_tokens: TOKENS, do_sample: false } as never)) as HubTensor;
  const made = Array.from(found.data as BigInt64Array, Number).slice(inputs.input_ids?.dims[1]);
  await model.dispose();
  return tokenizer.decode(made, { skip_special_tokens: true });
}

/** LLaVA's processor takes the picture first, the others the text. */
function orderOf(name: Name, processor: AutoProcessor, image: RawImage, text: string) {
  const call = processor as unknown as (...given: unknown[]) => Promise<Record<string, HubTensor>>;
  return name === 'llava' ? call(image, text) : call(text, [image]);
}

async function ours(
  name: Name,
  variant: 'fp32' | Written,
): Promise<{ answer: AnswerValue; embeddings: EmbeddingsValue; said: string }> {
  const params = { model: `file:${join(root, name)}`, variant };
  const seen = await asNode(['embeddings'], (context) =>
    runEncoder(context, encoder.params.parse(params), { image: [{ type: 'image', images: [PICTURE] }] }),
  );
  const embeddings = seen.result.embeddings as EmbeddingsValue;
  const { result } = await asNode(['answer'], (context) =>
    runLlm(context, llm.params.parse({ ...params, maxTokens: TOKENS }), {
      prompt: [{ type: 'text', text: QUESTION }],
      visual: [embeddings],
    }),
  );
  return { answer: result.answer as AnswerValue, embeddings, said: seen.metrics.caveat ?? '' };
}

async function expectSame(name: Name, variant: 'fp32' | Written): Promise<void> {
  const { answer, embeddings, said } = await ours(name, variant);
  const [count = 0, tokens = 0] = embeddings.tensor.dims;
  expect(answer.tokens.visual).toBe(count * tokens);
  expect(answer.text).toBe(await theirs(name, variant));
  expect(answer.caveat).toBeUndefined();
  expect(said.includes('sees the picture whole, without tiles')).toBe(name === 'llava-onevision');
  expect(new Set(answer.text).size).toBeGreaterThan(3);
}

for (const [name, layout] of Object.entries(VISION_EXPORTS) as [Name, VisionExport][])
  test(`${name}: the text of transformers.js, token for token`, async () => {
    await writeVisionExport(join(root, name), layout);
    await expectSame(name, 'fp32');
  });

test('qwen2-vl of text alone: each token stands behind the last, as in one prefill (transformers.js leaps)', async () => {
  const question = { type: 'text', text: QUESTION } as const;
  const { signal } = new AbortController();
  const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
  const params = llm.params.parse({ model: `file:${join(root, 'qwen2-vl')}` });
  const { result } = await asNode(['generator'], async (context) => {
    const { generator } = await runLlm(context, params, { prompt: [question] });
    const { branch, likelihoods } = generator as GeneratorValue;
    const branching = await branch(question, 0);
    const request = { sampling, maxTokens: TOKENS, signal, count: 1, until: 'end' } as const;
    const [answer] = await branching.grow([branching.root], request);
    const [prefilled] = await likelihoods(question, [answer?.ids ?? []], signal);
    return { step: answer?.logProbs ?? [], prefilled };
  });
  expect(result.step.length).toBe(TOKENS);
  result.step.forEach((logProb, at) => {
    expect(logProb).toBeCloseTo(result.prefilled?.[at] ?? Number.NaN, 3);
  });
});

test.each([
  ['smolvlm', 'fp16'],
  ['llava', 'q8'],
  ['qwen2-vl', 'q4'],
  ['smolvlm', 'q4f16'],
] as const)('%s in %s, of a folder with several: the text of transformers.js', async (name, precision) => {
  await writeVisionExport(join(root, name), VISION_EXPORTS[name], { precision });
  await expectSame(name, precision);
});

test('fp16 with every port in half: pictures and embeddings are given as the files take them', async () => {
  const [whole, halved] = ['llava', 'llava-half'] as const;
  await writeVisionExport(join(root, halved), VISION_EXPORTS.llava, { precision: 'fp16', kept: 'none' });
  const ofHalf = await ours(halved as Name, 'fp16');
  expect(ofHalf.answer.text).toBe((await ours(whole, 'fp32')).answer.text);
  expect(ofHalf.answer.caveat).toBeUndefined();
});

test('what a precision takes is told by its files, and its parameters are the same', async () => {
  const facts = async (variant: 'fp32' | Written) => {
    const { result } = await asNode([], (context) => context.importedModel(`file:${join(root, 'smolvlm')}`, variant));
    const { decoder, vision } = result.facts;
    return { decoder: decoder?.file, embed: decoder?.embed, cache: decoder?.cacheType, vision: vision?.file };
  };
  for (const precision of ['q8', 'q4'] as const)
    await writeVisionExport(join(root, 'smolvlm'), VISION_EXPORTS.smolvlm, { precision });
  const whole = await facts('fp32');
  const order = ['q4f16', 'q4', 'fp16', 'fp32'] as const;
  const bytes = await Promise.all(order.map(async (each) => (await facts(each)).decoder?.bytes ?? 0));
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  for (const variant of ['fp16', 'q8', 'q4', 'q4f16'] as const) {
    const { decoder, embed, cache, vision } = await facts(variant);
    expect([decoder?.parameters, embed?.parameters]).toEqual([whole.decoder?.parameters, whole.embed?.parameters]);
    expect(vision?.path).not.toBe(whole.vision?.path);
    expect(cache).toBe(/16/.test(variant) ? 'float16' : 'float32');
  }
});
