import { join } from 'node:path';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { mulDims, symbol } from '../../../nodes/onnx/dims.ts';
import { cast, conv, mul, reshape, transpose, unsqueeze } from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { linear } from '../../../nodes/onnx/layers/linear.ts';
import { decoderExport, embedExport, SMALL } from './decoder.ts';
import { type ModelOptions, tokenizerFiles, writeJson, writeModel } from './files.ts';
import { llamaConfig } from './text.ts';

/** Vision-language exports: an encoder with its projector, a table of embeddings, a decoder. All small. */

export interface VisionExport {
  /** config.json beside what the decoder states. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly preprocessor: Readonly<Record<string, unknown>>;
  readonly processor?: Readonly<Record<string, unknown>>;
  readonly special: readonly string[];
  /** In place of GPT2Tokenizer's. */
  readonly template?: string;
  readonly decoder?: DecoderConfig;
  readonly encoder: () => Graph;
}

/** Which opset a file is written for; ours, if absent. */
export type Opsets = Readonly<Partial<Record<'encoder' | 'embed' | 'decoder', number>>>;

export async function writeVisionExport(
  folder: string,
  layout: VisionExport,
  { opsets = {}, ...options }: ModelOptions & { readonly opsets?: Opsets } = {},
): Promise<void> {
  const { decoder: config = SMALL, special, template } = layout;
  const text = llamaConfig(config);
  await writeJson(folder, {
    'config.json': { text_config: text, eos_token_id: 257, ...layout.config },
    'generation_config.json': { bos_token_id: 256, eos_token_id: 257 },
    'preprocessor_config.json': layout.preprocessor,
    ...(layout.processor && { 'processor_config.json': layout.processor }),
    ...tokenizerFiles(special, template),
  });
  const onnx = (name: string) => join(folder, 'onnx', name);
  const of = (file: keyof Opsets) => ({ ...options, ...(opsets[file] && { opset: opsets[file] }) });
  await writeModel(onnx('vision_encoder.onnx'), layout.encoder(), of('encoder'));
  await writeModel(onnx('embed_tokens.onnx'), embedExport(config), { inline: true, ...of('embed') });
  const decoder = decoderExport({ config, embeds: true, keeps: true });
  await writeModel(onnx('decoder_model_merged.onnx'), decoder, of('decoder'));
}

/** Patches of `patch` pixels through a convolution, and a projector: `[n, 3, side, side]` → `[n, (side / patch)², width]`. */
export function patches(g: Graph, pixels: Handle, patch: number, width: number): Handle {
  const [count = 1, , side = 1] = pixels.shape;
  const weight = g.param('patch_embedding.weight', [24, 3, patch, patch], { kind: 'normal', std: 0.05 });
  const places = Number(side) / patch;
  const features = reshape(g, conv(g, pixels, weight, undefined, { stride: patch }), [count, 24, places * places]);
  return linear(g, 'projector', transpose(g, features, [0, 2, 1]), width, { bias: true });
}

const BATCH = symbol('batch_size');

/** One picture at a time, of a fixed size. */
export const plainEncoder =
  (side: number, patch: number, width = SMALL.width) =>
  (): Graph => {
    const g = new Graph({ precision: 'fp32', fused: false });
    g.output('image_features', patches(g, g.input('pixel_values', 'float32', [BATCH, 3, side, side]), patch, width));
    return g;
  };

/** Tiles of one prompt's pictures, with a mask of their pixels. */
export const tilesEncoder =
  (side: number, patch: number, width = SMALL.width) =>
  (): Graph => {
    const g = new Graph({ precision: 'fp32', fused: false });
    const tiles = symbol('num_images');
    const pixels = g.input('pixel_values', 'float32', [BATCH, tiles, 3, side, side]);
    const mask = g.input('pixel_attention_mask', 'bool', [BATCH, tiles, side, side]);
    const shown = mul(g, pixels, unsqueeze(g, cast(g, mask, 'float32'), [2]));
    const flat = reshape(g, shown, [mulDims(BATCH, tiles), 3, side, side]);
    g.output('image_features', patches(g, flat, patch, width));
    return g;
  };

/** Patches as Qwen2-VL's processor lays them, four merged into one. */
export const patchEncoder =
  (width = SMALL.width) =>
  (): Graph => {
    const g = new Graph({ precision: 'fp32', fused: false });
    const merged = symbol('merged');
    const values = 3 * 2 * 14 * 14;
    const pixels = g.input('pixel_values', 'float32', [mulDims(4, merged), values]);
    g.input('grid_thw', 'int64', [symbol('num_images'), 3]);
    g.output('image_features', linear(g, 'merger', reshape(g, pixels, [merged, 4 * values]), width, { bias: true }));
    return g;
  };

const STATISTICS = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], do_rescale: true, do_normalize: true };
const PLAIN = { ...STATISTICS, rescale_factor: 1 / 255, do_resize: true, resample: 3 };
const START = ['<|im_start|>', '<|im_end|>'] as const;

const PARTS = (image: string, around = '') =>
  `{% for message in messages %}<|im_start|>{{ message.role }}\n${around}{% for line in message.content %}{% if line.type == 'text' %}{{ line.text }}{% elif line.type == 'image' %}${image}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}`;

const TILE_NAMES = [1, 2, 3, 4].flatMap((row) => [1, 2, 3, 4].map((col) => `<row_${row}_col_${col}>`));

export const VISION_EXPORTS = {
  smolvlm: {
    config: { model_type: 'idefics3', architectures: ['Idefics3ForConditionalGeneration'], image_token_id: 258 },
    preprocessor: {
      ...PLAIN,
      image_processor_type: 'Idefics3ImageProcessor',
      processor_class: 'Idefics3Processor',
      do_image_splitting: true,
      do_pad: true,
      max_image_size: { longest_edge: 32 },
      size: { longest_edge: 96 },
      resample: 1,
    },
    processor: { processor_class: 'Idefics3Processor', image_seq_len: 4 },
    special: [...START, '<image>', '<fake_token_around_image>', '<global-img>', ...TILE_NAMES],
    template: PARTS('<image>'),
    encoder: tilesEncoder(32, 16),
  },
  llava: {
    config: { model_type: 'llava', architectures: ['LlavaForConditionalGeneration'], image_token_index: 258 },
    preprocessor: {
      ...PLAIN,
      image_processor_type: 'CLIPImageProcessor',
      processor_class: 'LlavaProcessor',
      do_center_crop: true,
      crop_size: { height: 48, width: 48 },
      size: { shortest_edge: 48 },
    },
    processor: {
      processor_class: 'LlavaProcessor',
      image_token: '<image>',
      patch_size: 16,
      num_additional_image_tokens: 0,
    },
    special: [...START, '<image>'],
    template: PARTS('<image>\n'),
    encoder: plainEncoder(48, 16),
  },
  'qwen2-vl': {
    config: {
      ...llamaConfig(),
      model_type: 'qwen2_vl',
      architectures: ['Qwen2VLForConditionalGeneration'],
      image_token_id: 260,
      video_token_id: 261,
      vision_start_token_id: 258,
      vision_config: { spatial_merge_size: 2 },
    },
    preprocessor: {
      ...PLAIN,
      image_processor_type: 'Qwen2VLImageProcessor',
      min_pixels: 3136,
      max_pixels: 12544,
      patch_size: 14,
      temporal_patch_size: 2,
      merge_size: 2,
      processor_class: 'Qwen2VLProcessor',
    },
    special: [...START, '<|vision_start|>', '<|vision_end|>', '<|image_pad|>', '<|video_pad|>'],
    template: PARTS('<|vision_start|><|image_pad|><|vision_end|>'),
    decoder: { ...SMALL, positions: { kind: 'multimodal', theta: 1e6, sections: [2, 3, 3] } },
    encoder: patchEncoder(),
  },
  paligemma: {
    config: { model_type: 'paligemma', architectures: ['PaliGemmaForConditionalGeneration'], image_token_index: 258 },
    preprocessor: {
      ...PLAIN,
      image_processor_type: 'SiglipImageProcessor',
      size: { height: 32, width: 32 },
      image_seq_length: 4,
      processor_class: 'PaliGemmaProcessor',
    },
    special: ['<bos>', '<|im_end|>', '<image>'],
    encoder: plainEncoder(32, 16),
  },
  moondream: {
    config: {
      model_type: 'moondream1',
      phi_config: { ...llamaConfig(), model_type: 'phi' },
      architectures: ['Moondream1ForConditionalGeneration'],
      image_token_index: 258,
    },
    preprocessor: { ...PLAIN, image_processor_type: 'SiglipImageProcessor', size: { height: 32, width: 32 } },
    special: [...START, '<image>'],
    encoder: plainEncoder(32, 16),
  },
  'llava-onevision': {
    config: {
      model_type: 'llava_onevision',
      architectures: ['LlavaOnevisionForConditionalGeneration'],
      image_token_index: 258,
    },
    preprocessor: {
      ...PLAIN,
      image_processor_type: 'LlavaOnevisionImageProcessor',
      size: { height: 32, width: 32 },
      image_grid_pinpoints: [
        [32, 64],
        [64, 64],
      ],
    },
    special: [...START, '<image>'],
    template: PARTS('<image>\n'),
    encoder: plainEncoder(32, 16),
  },
} satisfies Readonly<Record<string, VisionExport>>;
