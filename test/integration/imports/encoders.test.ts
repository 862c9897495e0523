import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { reduceMean } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { linear } from '../../../nodes/onnx/layers/linear.ts';
import { definition as projector } from '../../../nodes/projector/definition.ts';
import { run as runProjector } from '../../../nodes/projector/run.ts';
import type { EmbeddingsValue, FeaturesValue, Raster } from '../../../nodes/values.ts';
import { definition as encoder } from '../../../nodes/vision-encoder/definition.ts';
import { run as runEncoder } from '../../../nodes/vision-encoder/run.ts';
import { writeJson, writeModel } from '../../helpers/exports/files.ts';
import { asNode } from '../../helpers/exports/ours.ts';
import { patches } from '../../helpers/exports/vision.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'patchbay-encoders-'));
});
afterAll(() => rm(root, { recursive: true }));

const PICTURE: Raster = { width: 50, height: 40, data: Uint8Array.from({ length: 6000 }, (_, i) => (i * 7) % 256) };

/** A tower as CLIP (`image_embeds`) and SigLIP (`pooler_output`) are exported. */
function tower(pooled: string): Graph {
  const g = new Graph({ precision: 'fp32', fused: false });
  const pixels = g.input('pixel_values', 'float32', [symbol('batch'), 3, 32, 32]);
  const features = patches(g, pixels, 16, 24);
  g.output('last_hidden_state', features);
  g.output(pooled, linear(g, 'pooling', reduceMean(g, features, [1], { keep: false }), 16));
  return g;
}

for (const [type, pooled] of [
  ['clip', 'image_embeds'],
  ['siglip', 'pooler_output'],
] as const)
  test(`${type}: an encoder gives features and a pooled vector, and a projector beside it visual tokens`, async () => {
    const folder = join(root, type);
    await writeJson(folder, {
      'config.json': { model_type: type },
      'preprocessor_config.json': {
        image_processor_type: 'SiglipImageProcessor',
        ...{ do_resize: true, size: { height: 32, width: 32 }, do_rescale: true, do_normalize: true },
        ...{ image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] },
      },
    });
    await writeModel(join(folder, 'onnx/vision_model.onnx'), tower(pooled));
    const connector = new Graph({ precision: 'fp32', fused: false });
    const x = connector.input('features', 'float32', [symbol('batch'), symbol('tokens'), 24]);
    connector.output('embeddings', linear(connector, 'linear', x, 64));
    await writeModel(join(folder, 'onnx/multi_modal_projector.onnx'), connector);

    const model = `file:${folder}`;
    const seen = await asNode(['features'], (context) =>
      runEncoder(context, encoder.params.parse({ model }), { image: [{ type: 'image', images: [PICTURE] }] }),
    );
    const features = seen.result.features as FeaturesValue;
    expect(features).toMatchObject({ grid: [2, 2], classToken: false, model });
    expect(features.tensor.dims).toEqual([1, 4, 24]);
    expect(features.pooled?.dims).toEqual([1, 16]);
    const projected = await asNode(['embeddings'], (context) =>
      runProjector(context, projector.params.parse({ model }), { features: [features] }),
    );
    const embeddings = projected.result.embeddings as EmbeddingsValue;
    expect(embeddings.tensor.dims).toEqual([1, 4, 64]);
    expect(projected.metrics.tokens).toEqual({ visual: 4 });
  });
