import { join } from 'node:path';
import { mulDims, symbol } from '../../../nodes/onnx/dims.ts';
import { add, conv, gatherND, reshape, scatterND, transpose } from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { embedding, linear } from '../../../nodes/onnx/layers/linear.ts';
import { defineOp } from '../../../nodes/onnx/ops.ts';
import { decoderExport, SMALL } from './decoder.ts';
import { type ModelOptions, tokenizerFiles, writeJson, writeModel } from './files.ts';
import { llamaConfig } from './text.ts';

/** Janus: pictures laid among tokens by one file, a decoder without a head, and a head for text and one for pictures. */

/** Transformers.js asks for no picture of this size while it decodes. */
const SIDE = 384;
const PATCH = 96;
const VISUAL = (SIDE / PATCH) ** 2;
const { width: WIDTH, vocabulary: VOCABULARY } = SMALL;
const [BATCH, TOKENS, PICTURES] = [symbol('batch_size'), symbol('sequence_length'), symbol('num_images')];

const SPECIAL = [
  ...['<|begin_of_sentence|>', '<|end_of_sentence|>', '<image_placeholder>'],
  ...['<begin_of_image>', '<end_of_image>', '<|User|>', '<|Assistant|>'],
];

const TEMPLATE =
  "{{ 'You see.\n\n' }}{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|Assistant|>:' }}{% endif %}";

export async function writeJanus(folder: string, options: ModelOptions = {}): Promise<void> {
  const tokenizer = tokenizerFiles(SPECIAL);
  const statistics = { do_normalize: true, image_mean: [0.5, 0.4, 0.3], image_std: [0.5, 0.3, 0.2] };
  await writeJson(folder, {
    'config.json': {
      model_type: 'multi_modality',
      architectures: ['MultiModalityCausalLM'],
      language_config: llamaConfig(),
    },
    'generation_config.json': { bos_token_id: 256, eos_token_id: 257, pad_token_id: 257 },
    'preprocessor_config.json': {
      ...statistics,
      image_processor_type: 'VLMImageProcessor',
      processor_class: 'VLChatProcessor',
      background_color: [127, 127, 127],
      image_size: SIDE,
      min_size: 14,
      rescale_factor: 1 / 255,
    },
    'processor_config.json': {
      processor_class: 'VLChatProcessor',
      image_tag: '<image_placeholder>',
      image_start_tag: '<begin_of_image>',
      image_end_tag: '<end_of_image>',
      num_image_tokens: VISUAL,
    },
    'tokenizer.json': tokenizer['tokenizer.json'],
    'tokenizer_config.json': {
      ...(tokenizer['tokenizer_config.json'] as object),
      chat_template: [{ name: 'default', template: TEMPLATE }],
    },
  });
  const file = (name: string) => join(folder, 'onnx', `${name}.onnx`);
  await writeModel(file('prepare_inputs_embeds'), among(), options);
  await writeModel(file('language_model'), decoderExport({ embeds: true, headless: true }), options);
  await writeModel(file('lm_head'), head(VOCABULARY), options);
  await writeModel(file('gen_head'), head(48), options);
  await writeModel(file('gen_img_embeds'), ownPictures('image_ids', 'inputs_embeds'), options);
  await writeModel(file('image_decode'), ownPictures('generated_tokens', 'decoded_image'), options);
}

defineOp('NonZero', {
  infer: ([mask]) => [{ dtype: 'int64', shape: [mask?.shape.length ?? 0, symbol('chosen')] }],
});

/** As PyTorch writes `inputs_embeds[images_seq_mask] = images_embeds[images_emb_mask]`. */
function among(): Graph {
  const g = new Graph({ precision: 'fp32', fused: false });
  const ids = g.input('input_ids', 'int64', [BATCH, TOKENS]);
  const pixels = g.input('pixel_values', 'float32', [BATCH, PICTURES, 3, SIDE, SIDE]);
  const places = g.input('images_seq_mask', 'bool', [BATCH, TOKENS]);
  const rows = g.input('images_emb_mask', 'bool', [BATCH, PICTURES, symbol('num_image_tokens')]);
  const count = mulDims(BATCH, PICTURES);
  const weight = g.param('vision.patches', [24, 3, PATCH, PATCH], { kind: 'normal', std: 0.05 });
  const grid = conv(g, reshape(g, pixels, [count, 3, SIDE, SIDE]), weight, undefined, { stride: PATCH });
  const flat = transpose(g, reshape(g, grid, [count, 24, VISUAL]), [0, 2, 1]);
  const place = g.param('vision.places', [1, VISUAL, 24], { kind: 'normal', std: 0.05 });
  const seen = linear(g, 'aligner', add(g, flat, place), WIDTH);
  const where = (mask: Handle) => transpose(g, g.op('NonZero', [mask]), [1, 0]);
  const laid = reshape(g, seen, [BATCH, PICTURES, VISUAL, WIDTH], [pixels]);
  const chosen = gatherND(g, laid, where(rows));
  const { embedded } = embedding(g, 'embedding', ids, VOCABULARY, WIDTH);
  g.output('inputs_embeds', scatterND(g, embedded, where(places), chosen));
  return g;
}

function head(size: number): Graph {
  const g = new Graph({ precision: 'fp32', fused: false });
  const hidden = g.input('hidden_states', 'float32', [BATCH, TOKENS, WIDTH]);
  g.output('logits', linear(g, 'head', hidden, size, { bias: true }));
  return g;
}

/** The parts by which it makes pictures, which nothing here runs. */
function ownPictures(input: string, output: string): Graph {
  const g = new Graph({ precision: 'fp32', fused: false });
  const ids = g.input(input, 'int64', [BATCH, TOKENS]);
  g.output(output, embedding(g, 'codes', ids, 48, WIDTH).embedded);
  return g;
}
