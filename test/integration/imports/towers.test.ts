import { join } from 'node:path';
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  RawImage,
  SiglipTextModel,
  SiglipVisionModel,
} from '@huggingface/transformers';
import { expect, test } from 'vitest';
import { compile } from '../../../graphs/compile.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { graphOf } from '../../../nodes/imports/graph.ts';
import { definition as similarity } from '../../../nodes/similarity/definition.ts';
import { run as runSimilarity } from '../../../nodes/similarity/run.ts';
import type { Raster, Value } from '../../../nodes/values.ts';
import { definition as encoder } from '../../../nodes/vision-encoder/definition.ts';
import { run as runEncoder } from '../../../nodes/vision-encoder/run.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { exportsRoot } from '../../helpers/exports/root.ts';
import { writeTextExport } from '../../helpers/exports/text.ts';
import { type TowerFamily, writeTowers } from '../../helpers/exports/towers.ts';

const root = exportsRoot();

const PICTURE: Raster = {
  width: 50,
  height: 40,
  data: Uint8Array.from({ length: 50 * 40 * 3 }, (_, i) => (i * i * 31) % 251),
};
const LABELS = ['a cat', 'an ox', 'é'];

const files = { dtype: 'fp32', device: 'cpu' } as const;

/** Their embeddings, and the cosines of the picture's with each text's. */
async function theirs(family: TowerFamily): Promise<number[]> {
  const [TextModel, VisionModel, padding] =
    family === 'clip'
      ? ([CLIPTextModelWithProjection, CLIPVisionModelWithProjection, true] as const)
      : ([SiglipTextModel, SiglipVisionModel, 'max_length'] as const);
  const tokenizer = await AutoTokenizer.from_pretrained(family);
  const processor = await AutoProcessor.from_pretrained(family);
  const texts = await TextModel.from_pretrained(family, files);
  const pictures = await VisionModel.from_pretrained(family, files);
  const { width, height, data } = PICTURE;
  const image = await processor(new RawImage(new Uint8ClampedArray(data), width, height, 3));
  const embedded = [await pictures(image), await texts(tokenizer(LABELS, { padding, truncation: true }))];
  const [picture, ...each] = embedded.flatMap((output) =>
    rows(output.image_embeds ?? output.text_embeds ?? output.pooler_output),
  );
  return each.map((text) => cosine(picture ?? [], text));
}

function rows({ dims, data }: { readonly dims: readonly number[]; readonly data: Float32Array }): number[][] {
  const [n = 0, width = 0] = dims;
  return Array.from({ length: n }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

async function features(model: string): Promise<Value> {
  const { result } = await asNode(['features'], (context) =>
    runEncoder(context, encoder.params.parse({ model, pooling: true }), {
      image: [{ type: 'image', images: [PICTURE] }],
    }),
  );
  if (!result.features) throw new Error('the encoder gave no features');
  return result.features;
}

const compare = (model: string, seen: Value, params: object = {}) =>
  asNode(['table'], (context) =>
    runSimilarity(context, similarity.params.parse({ model, labels: LABELS.join('\n'), template: '', ...params }), {
      features: [seen],
    }),
  );

for (const family of ['clip', 'siglip'] as const)
  test(`${family}: a picture stands to texts as in transformers.js`, async () => {
    await writeTowers(join(root, family), family);
    const model = `file:${join(root, family)}`;
    const { result, metrics } = await compare(model, await features(model));
    if (result.table?.type !== 'table') throw new Error('no table came out');
    const cosines = result.table.rows.map(([, value]) => Number(value));
    const expected = await theirs(family);
    cosines.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 4);
    });
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.01);
    expect(metrics.parameters).toBeGreaterThan(1000);
  });

test('a graph of it lays texts beside a picture', async () => {
  const model = `file:${join(root, 'siglip')}`;
  const { result: read } = await asNode([], (context) => context.importedModel(model, 'auto'));
  const document = graphOf(model, 'SigLIP', read.facts);
  expect(compile(document, catalog).steps.map(({ id }) => id)).toEqual(['photo', 'encoder', 'similarity']);
  expect(document.nodes.encoder?.params).toEqual({ model, pooling: true });
  expect(document.nodes.similarity).toMatchObject({
    kind: 'similarity',
    params: { model, reading: 'sigmoid' },
    inputs: { features: 'encoder.features' },
  });
});

test('a text beyond what the tower reads loses its end, not the token that ends it', async () => {
  const model = `file:${join(root, 'clip')}`;
  const seen = await features(model);
  const cosinesOf = async (labels: string) => {
    const { result } = await compare(model, seen, { labels });
    return result.table?.type === 'table' ? result.table.rows.map(([, value]) => value) : [];
  };
  const [cut, whole] = [await cosinesOf('abcdefghijklmnopqrstuvwxyz'), await cosinesOf('abcdefghijklmn')];
  expect(cut).toEqual(whole);
});

test('a model without a text tower says so', async () => {
  await writeTextExport(join(root, 'text-only'));
  const seen = await features(`file:${join(root, 'clip')}`);
  await expect(compare(`file:${join(root, 'text-only')}`, seen)).rejects.toThrow(
    /has no text tower that puts a text beside pictures/,
  );
});
