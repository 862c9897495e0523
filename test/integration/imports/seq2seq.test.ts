import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AutoImageProcessor,
  AutoProcessor,
  AutoTokenizer,
  Florence2ForConditionalGeneration,
  type Tensor as HubTensor,
  RawImage,
  VisionEncoderDecoderModel,
} from '@huggingface/transformers';
import { beforeAll, expect, test } from 'vitest';
import { definition as llm } from '../../../nodes/llm/definition.ts';
import { run as runLlm } from '../../../nodes/llm/run.ts';
import type { AnswerValue, EmbeddingsValue, Raster } from '../../../nodes/values.ts';
import { definition as encoder } from '../../../nodes/vision-encoder/definition.ts';
import { run as runEncoder } from '../../../nodes/vision-encoder/run.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { exportsRoot } from '../../helpers/exports/root.ts';
import { writeFlorence2, writeVitGpt2 } from '../../helpers/exports/seq2seq.ts';

const root = exportsRoot();
beforeAll(async () => {
  await writeVitGpt2(join(root, 'vit-gpt2'));
  await writeFlorence2(join(root, 'florence-2'));
});

const TOKENS = 24;
const PICTURE: Raster = {
  width: 70,
  height: 45,
  data: Uint8Array.from({ length: 70 * 45 * 3 }, (_, i) => (i * 11 + Math.floor(i / 210) * 17) % 256),
};
const raw = () => new RawImage(new Uint8ClampedArray(PICTURE.data), PICTURE.width, PICTURE.height, 3);
const files = { dtype: 'fp32', device: 'cpu' } as const;
const greedy = { max_new_tokens: TOKENS, do_sample: false };

async function written(name: string, found: HubTensor): Promise<string> {
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  return tokenizer.decode(Array.from(found.data as BigInt64Array, Number), { skip_special_tokens: true });
}

async function seen(name: string): Promise<EmbeddingsValue> {
  const { result } = await asNode(['embeddings'], (context) =>
    runEncoder(context, encoder.params.parse({ model: `file:${join(root, name)}` }), {
      image: [{ type: 'image', images: [PICTURE] }],
    }),
  );
  return result.embeddings as EmbeddingsValue;
}

async function ours(name: string, text: string, maxTokens: number, visual?: EmbeddingsValue): Promise<AnswerValue> {
  const { result } = await asNode(['answer'], (context) =>
    runLlm(context, llm.params.parse({ model: `file:${join(root, name)}`, maxTokens }), {
      prompt: [{ type: 'text', text }],
      ...(visual && { visual: [visual] }),
    }),
  );
  return result.answer as AnswerValue;
}

test('vit-gpt2: the text of transformers.js, token for token', async () => {
  const model = await VisionEncoderDecoderModel.from_pretrained('vit-gpt2', files);
  const processor = await AutoImageProcessor.from_pretrained('vit-gpt2', {});
  const found = (await model.generate({ ...(await processor(raw())), ...greedy } as never)) as HubTensor;
  const answer = await ours('vit-gpt2', 'unread', TOKENS, await seen('vit-gpt2'));
  expect(answer.text).toBe(await written('vit-gpt2', found));
  expect(new Set(answer.text).size).toBeGreaterThan(3);
  expect(answer.tokens).toMatchObject({ visual: 16, prompt: 0, answer: TOKENS });
  expect(answer.caveat).toBe('it describes the picture and reads no prompt');
});

test('vit-gpt2 without a picture says what is missing', async () => {
  await expect(ours('vit-gpt2', 'What is it?', TOKENS)).rejects.toThrow(
    'The model describes pictures, and none came in.',
  );
});

test.each([3, 1])('florence-2, no %i tokens in a row twice: as transformers.js keeps it, and said', async (size) => {
  const name = `florence-2-${size}`;
  await writeFlorence2(join(root, name));
  const path = join(root, name, 'generation_config.json');
  const config = { ...JSON.parse(await readFile(path, 'utf8')), no_repeat_ngram_size: size, num_beams: 3 };
  await writeFile(path, JSON.stringify(config));
  const asked = { ...greedy, max_new_tokens: 120, num_beams: 1 };
  const model = await Florence2ForConditionalGeneration.from_pretrained(name, files);
  const processor = await AutoProcessor.from_pretrained(name);
  const call = processor as unknown as (...given: unknown[]) => Promise<Record<string, HubTensor>>;
  const found = (await model.generate({ ...(await call(raw(), '<CAPTION>')), ...asked } as never)) as HubTensor;
  const visual = await seen(name);
  const answer = await ours(name, '<CAPTION>', 119, visual);
  const free = await ours('florence-2', '<CAPTION>', 119, visual);
  expect(answer.text).toBe(await written(name, found));
  expect(answer.text).not.toBe(free.text);
  expect(answer.caveat).toContain('one beam, where its generation_config.json asks for 3');
  expect(answer.caveat).toContain(`no ${size} tokens in a row come twice`);
});

test.each(['<CAPTION>', '<REGION_TO_OCR><loc_1>', 'Any question?'])(
  'florence-2, %s: the text of transformers.js, token for token',
  async (task) => {
    const model = await Florence2ForConditionalGeneration.from_pretrained('florence-2', files);
    const processor = await AutoProcessor.from_pretrained('florence-2');
    const call = processor as unknown as (...given: unknown[]) => Promise<Record<string, HubTensor>>;
    const found = (await model.generate({ ...(await call(raw(), task)), ...greedy } as never)) as HubTensor;
    // The token that is forced at the start counts as one of theirs.
    const answer = await ours('florence-2', task, TOKENS - 1, await seen('florence-2'));
    expect(answer.text).toBe(await written('florence-2', found));
    expect(new Set(answer.text).size).toBeGreaterThan(3);
    expect(answer.tokens.visual).toBe(16);
  },
);
