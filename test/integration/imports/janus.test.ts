import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import {
  AutoProcessor,
  AutoTokenizer,
  type Tensor as HubTensor,
  MultiModalityCausalLM,
  RawImage,
} from '@huggingface/transformers';
import { type GraphProto, ModelProtoSchema } from 'onnx-buf';
import { beforeAll, expect, test } from 'vitest';
import { graphOf } from '../../../nodes/imports/graph.ts';
import { loopModel } from '../../../nodes/imports/session.ts';
import { definition as llm } from '../../../nodes/llm/definition.ts';
import type { GeneratorValue } from '../../../nodes/llm/generator.ts';
import { run as runLlm } from '../../../nodes/llm/run.ts';
import { bodiesOf } from '../../../nodes/onnx/imported/lowered.ts';
import type { AnswerValue, EmbeddingsValue, Raster } from '../../../nodes/values.ts';
import { definition as encoder } from '../../../nodes/vision-encoder/definition.ts';
import { run as runEncoder } from '../../../nodes/vision-encoder/run.ts';
import { writeJanus } from '../../helpers/exports/janus.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { PICTURE } from '../../helpers/exports/picture.ts';
import type { Written } from '../../helpers/exports/precision.ts';
import { exportsRoot } from '../../helpers/exports/root.ts';

const root = exportsRoot();
const model = `file:${join(root, 'janus')}`;
beforeAll(() => writeJanus(join(root, 'janus')));

const QUESTION = 'How many red squares are there?';
const TOKENS = 24;

async function theirs(pictures: readonly Raster[], dtype: 'fp32' | Written): Promise<string> {
  const processor = (await AutoProcessor.from_pretrained('janus')) as unknown as (
    ...given: unknown[]
  ) => Promise<Record<string, HubTensor>>;
  const images = pictures.map(({ width, height, data }) => new RawImage(new Uint8ClampedArray(data), width, height, 3));
  const content = `${'<image_placeholder>'.repeat(pictures.length)}${pictures.length > 0 ? '\n' : ''}${QUESTION}`;
  const inputs = await processor([{ role: '<|User|>', content }], { images });
  const reference = await MultiModalityCausalLM.from_pretrained('janus', { dtype, device: 'cpu' });
  const found = (await reference.generate({
    ...inputs,
    max_new_tokens: TOKENS,
    do_sample: false,
  } as never)) as HubTensor;
  const made = Array.from(found.data as BigInt64Array, Number).slice(inputs.input_ids?.dims[1]);
  await reference.dispose();
  const tokenizer = await AutoTokenizer.from_pretrained('janus');
  return tokenizer.decode(made, { skip_special_tokens: true });
}

async function seen(images: readonly Raster[], variant: 'fp32' | Written = 'fp32'): Promise<EmbeddingsValue> {
  const { result } = await asNode(['embeddings'], (context) =>
    runEncoder(context, encoder.params.parse({ model, variant }), { image: [{ type: 'image', images }] }),
  );
  return result.embeddings as EmbeddingsValue;
}

const asked = (visual: readonly EmbeddingsValue[]) => ({ prompt: [{ type: 'text', text: QUESTION } as const], visual });

async function ours(visual: readonly EmbeddingsValue[], variant: 'fp32' | Written): Promise<AnswerValue> {
  const { result } = await asNode(['answer'], (context) =>
    runLlm(context, llm.params.parse({ model, variant, maxTokens: TOKENS }), asked(visual)),
  );
  return result.answer as AnswerValue;
}

test.each([
  [1, 'fp32'],
  [0, 'fp32'],
  [1, 'q8'],
  [1, 'q4f16'],
] as const)('the text of transformers.js, token for token, with %i pictures in %s', async (count, variant) => {
  if (variant !== 'fp32') await writeJanus(join(root, 'janus'), { precision: variant });
  const pictures = Array<Raster>(count).fill(PICTURE);
  const visual = pictures.length > 0 ? [await seen(pictures, variant)] : [];
  const answer = await ours(visual, variant);
  expect(answer.text).toBe(await theirs(pictures, variant));
  expect(answer.caveat).toBeUndefined();
  expect(new Set(answer.text).size).toBeGreaterThan(3);
  expect(answer.tokens.visual).toBe(16 * pictures.length);
});

test('its encoder gives visual tokens of each picture, whatever stands beside it', async () => {
  const turned = { ...PICTURE, data: PICTURE.data.slice().reverse() };
  const [both, first, second] = [await seen([PICTURE, turned]), await seen([PICTURE]), await seen([turned])];
  expect(both.tensor.dims).toEqual([2, 16, 64]);
  expect(both.grid).toEqual([4, 4]);
  const alone = [...first.tensor.data, ...second.tensor.data];
  both.tensor.data.forEach((value, i) => {
    expect(value).toBeCloseTo(alone[i] ?? Number.NaN, 4);
  });
});

test('branches grow from it in one batch as each does alone', async () => {
  const visual = [await seen([PICTURE])];
  const { signal } = new AbortController();
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
  const { result } = await asNode(['generator'], async (context) => {
    const { generator } = await runLlm(context, llm.params.parse({ model }), asked(visual));
    const { branch, likelihoods } = generator as GeneratorValue;
    const branching = await branch(asked(visual).prompt[0] ?? { type: 'text', text: '' }, 3);
    const grown = await branching.grow([branching.root], { sampling, maxTokens: 12, signal, count: 3, until: 'end' });
    return {
      grown,
      alone: await likelihoods(
        { type: 'text', text: QUESTION },
        grown.map(({ ids }) => ids),
        signal,
      ),
    };
  });
  result.grown.forEach(({ logProbs }, i) => {
    logProbs.forEach((logProb, at) => {
      expect(logProb).toBeCloseTo(result.alone[i]?.[at] ?? Number.NaN, 3);
    });
  });
});

test('the decoding loop holds nothing that reads pictures', async () => {
  const { result } = await asNode([], async (context) => {
    const read = await context.importedModel(model, 'fp32');
    const { decoder, vision } = read.facts;
    if (!decoder || !vision) throw new Error('it has a decoder and an encoder');
    return { ...loopModel(read, decoder, 'cpu'), vision };
  });
  const { graph } = fromBinary(ModelProtoSchema, result.bytes);
  expect(operators(graph)).toContain('Gather');
  expect(operators(graph)).not.toContain('Conv');
  expect(operators(graph)).not.toContain('NonZero');
  // The patches' weights alone are more than all that is left.
  expect(result.beside?.bytes).toBeLessThan(result.vision.file.bytes / 2);
});

function operators(graph: GraphProto | undefined): string[] {
  return (graph?.node ?? []).flatMap((node) => [node.opType, ...bodiesOf(node).flatMap(operators)]);
}

test('a graph of it wires an encoder to a decoder', async () => {
  const { result } = await asNode([], (context) => context.importedModel(model, 'auto'));
  const { nodes } = graphOf(model, 'Janus', result.facts);
  expect(Object.keys(nodes).sort()).toEqual(['encoder', 'llm', 'photo', 'question']);
  expect(nodes.llm?.inputs).toMatchObject({ visual: ['encoder.embeddings'] });
});
