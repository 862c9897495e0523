import { join } from 'node:path';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { cast, dimension, mul, range, reduceSum, squeeze, unsqueeze } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { embedding, linear, patchEmbedding } from '../../../nodes/onnx/layers/linear.ts';
import { tokenizerFiles, writeJson, writeModel } from './files.ts';

/** CLIP and SigLIP as two towers, `onnx/text_model.onnx` and `onnx/vision_model.onnx`, with random weights, small. */

const [BATCH, TOKENS] = [symbol('batch_size'), symbol('sequence_length')];
const VOCABULARY = 300;
const WIDTH = 32;
const SHARED = 24;
const [SIDE, PATCH] = [28, 14];
/** Most tokens of a text. */
const CONTEXT = 16;

/** `clip`: projected vectors, and a mask. `siglip`: pooled ones of a text padded to all its places, and no mask. */
export type TowerFamily = 'clip' | 'siglip';

export async function writeTowers(folder: string, family: TowerFamily): Promise<void> {
  const [start, end] = ['<|startoftext|>', '<|endoftext|>'];
  const tokenizer = tokenizerFiles([start, end, '<pad>']);
  const statistics = { do_rescale: true, do_normalize: true, image_mean: [0.5, 0.4, 0.3], image_std: [0.5, 0.3, 0.2] };
  await writeJson(folder, {
    'config.json': { model_type: family, projection_dim: SHARED },
    'preprocessor_config.json': {
      ...statistics,
      image_processor_type: family === 'clip' ? 'CLIPImageProcessor' : 'SiglipImageProcessor',
      do_resize: true,
      resample: 3,
      ...(family === 'clip'
        ? { size: { shortest_edge: SIDE }, do_center_crop: true, crop_size: { height: SIDE, width: SIDE } }
        : { size: { height: SIDE, width: SIDE } }),
    },
    'tokenizer.json': { ...(tokenizer['tokenizer.json'] as object), post_processor: around(start, end) },
    'tokenizer_config.json': {
      ...(tokenizer['tokenizer_config.json'] as object),
      pad_token: '<pad>',
      model_max_length: CONTEXT,
    },
  });
  await writeModel(join(folder, 'onnx', 'text_model.onnx'), textTower(family));
  await writeModel(join(folder, 'onnx', 'vision_model.onnx'), visionTower(family));
}

/** Every text between two tokens, which `tokenizerFiles` puts behind its 256 bytes. */
function around(start: string, end: string): object {
  const token = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } });
  const ids = [start, end].map((content, at) => [content, { id: content, ids: [256 + at], tokens: [content] }]);
  return {
    type: 'TemplateProcessing',
    single: [token(start), { Sequence: { id: 'A', type_id: 0 } }, token(end)],
    pair: [],
    special_tokens: Object.fromEntries(ids),
  };
}

/** Of the sum of its tokens, each by its place, so that order, padding and mask all tell. */
function textTower(family: TowerFamily): Graph {
  const g = new Graph({ precision: 'fp32', fused: false });
  const ids = g.input('input_ids', 'int64', [BATCH, TOKENS]);
  const mask = family === 'clip' ? g.input('attention_mask', 'int64', [BATCH, TOKENS]) : undefined;
  const { embedded } = embedding(g, 'embedding', ids, VOCABULARY, WIDTH);
  const hidden = mul(g, embedded, embedding(g, 'places', range(g, 0, dimension(g, ids, 1)), CONTEXT, WIDTH).embedded);
  const seen = mask ? mul(g, hidden, unsqueeze(g, cast(g, mask, 'float32'), [2])) : hidden;
  const pooled = squeeze(g, reduceSum(g, seen, [1]), [1]);
  g.output(family === 'clip' ? 'text_embeds' : 'pooler_output', linear(g, 'projection', pooled, SHARED));
  g.output('last_hidden_state', hidden);
  return g;
}

function visionTower(family: TowerFamily): Graph {
  const g = new Graph({ precision: 'fp32', fused: false });
  const pixels = g.input('pixel_values', 'float32', [BATCH, 3, SIDE, SIDE]);
  const hidden = patchEmbedding(g, 'embeddings', pixels, { patch: PATCH, width: WIDTH });
  const pooled = squeeze(g, reduceSum(g, hidden, [1]), [1]);
  g.output(family === 'clip' ? 'image_embeds' : 'pooler_output', linear(g, 'projection', pooled, SHARED));
  g.output('last_hidden_state', hidden);
  return g;
}
