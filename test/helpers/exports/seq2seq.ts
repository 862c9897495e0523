import { join } from 'node:path';
import { type Dim, symbol } from '../../../nodes/onnx/dims.ts';
import {
  add,
  cast,
  concat,
  dimension,
  identity,
  ifElse,
  matmul,
  mul,
  reshape,
  slice,
  softmax,
  squeeze,
  sub,
  transpose,
  unsqueeze,
} from '../../../nodes/onnx/functions.ts';
import { Graph, type Handle } from '../../../nodes/onnx/graph.ts';
import { embedding, linear } from '../../../nodes/onnx/layers/linear.ts';
import { embedExport, later, SMALL } from './decoder.ts';
import { type ModelOptions, tokenizerFiles, writeJson, writeModel } from './files.ts';
import { patches, plainEncoder } from './vision.ts';

/** Encoder–decoders: ViT-GPT2, whose decoder attends to a picture, and Florence-2, which reads text behind it first. */

const { vocabulary: VOCABULARY, width: WIDTH } = SMALL;
const [LAYERS, HEADS] = [2, 4];
const DIM = WIDTH / HEADS;
const [BATCH, TOKENS, PAST, ENCODED] = ['batch_size', 'sequence_length', 'past_length', 'encoder_length'].map(
  symbol,
) as [Dim, Dim, Dim, Dim];
const [SIDE, PATCH] = [32, 8];

const PREPROCESSOR = {
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
  do_resize: true,
  resample: 2,
  size: { height: SIDE, width: SIDE },
};
const SPECIAL = ['<s>', '</s>', '<pad>'] as const;
const GENERATION = { bos_token_id: 256, eos_token_id: 257, pad_token_id: 258 };

export async function writeVitGpt2(folder: string, options: ModelOptions = {}): Promise<void> {
  await writeJson(folder, {
    'config.json': {
      model_type: 'vision-encoder-decoder',
      is_encoder_decoder: true,
      architectures: ['VisionEncoderDecoderModel'],
      encoder: { model_type: 'vit', hidden_size: WIDTH },
      decoder: { model_type: 'gpt2', n_layer: LAYERS, n_head: HEADS, n_embd: WIDTH, vocab_size: VOCABULARY },
      decoder_start_token_id: 256,
      ...GENERATION,
    },
    'generation_config.json': { decoder_start_token_id: 256, ...GENERATION },
    'preprocessor_config.json': { ...PREPROCESSOR, image_processor_type: 'ViTFeatureExtractor' },
    ...tokenizerFiles(SPECIAL),
  });
  const g = new Graph({ precision: 'fp32', fused: false });
  const pixels = g.input('pixel_values', 'float32', [BATCH, 3, SIDE, SIDE]);
  g.output('last_hidden_state', patches(g, pixels, PATCH, WIDTH));
  await writeModel(join(folder, 'onnx', 'encoder_model.onnx'), g, options);
  await writeModel(join(folder, 'onnx', 'decoder_model_merged.onnx'), decoder(false), options);
}

export async function writeFlorence2(folder: string, options: ModelOptions = {}): Promise<void> {
  await writeJson(folder, {
    'config.json': {
      model_type: 'florence2',
      is_encoder_decoder: true,
      architectures: ['Florence2ForConditionalGeneration'],
      vision_config: { model_type: 'davit' },
      text_config: {
        model_type: 'florence2_language',
        is_encoder_decoder: true,
        d_model: WIDTH,
        vocab_size: VOCABULARY,
        encoder_layers: LAYERS,
        encoder_attention_heads: HEADS,
        decoder_layers: LAYERS,
        decoder_attention_heads: HEADS,
        max_position_embeddings: 128,
      },
      ...GENERATION,
    },
    'generation_config.json': { decoder_start_token_id: 257, forced_bos_token_id: 256, ...GENERATION },
    'preprocessor_config.json': {
      ...PREPROCESSOR,
      image_processor_type: 'CLIPImageProcessor',
      processor_class: 'Florence2Processor',
      task_prompts_without_inputs: { '<CAPTION>': 'What does the image describe?' },
      task_prompts_with_input: { '<REGION_TO_OCR>': 'What text is in the region {input}?' },
    },
    ...tokenizerFiles(SPECIAL),
  });
  const file = (name: string) => join(folder, 'onnx', name);
  await writeModel(file('vision_encoder.onnx'), plainEncoder(SIDE, PATCH)(), options);
  await writeModel(file('embed_tokens.onnx'), embedExport(SMALL), { inline: true, ...options });
  const g = new Graph({ precision: 'fp32', fused: false });
  const x = g.input('inputs_embeds', 'float32', [BATCH, ENCODED, WIDTH]);
  const mask = g.input('attention_mask', 'int64', [BATCH, ENCODED]);
  const shown = mul(g, x, unsqueeze(g, cast(g, mask, 'float32'), [2]));
  g.output('last_hidden_state', add(g, shown, linear(g, 'mix', mixed(g, shown), WIDTH)));
  await writeModel(file('encoder_model.onnx'), g, options);
  await writeModel(file('decoder_model_merged.onnx'), decoder(true), options);
}

/** Each vector with all others, so that their order and number tell. */
function mixed(g: Graph, x: Handle): Handle {
  return matmul(g, softmax(g, matmul(g, x, transpose(g, x, [0, 2, 1]))), x);
}

/**
 * `crossed`: it takes embeddings, and keys and values of what it attends to are cached, read by the branch without a cache
 * only; the other gives none. Otherwise it takes ids and makes them anew each step, as GPT-2 is exported.
 */
function decoder(crossed: boolean): Graph {
  const g = new Graph({ precision: 'fp32', fused: false });
  const mask = crossed ? g.input('encoder_attention_mask', 'int64', [BATCH, ENCODED]) : undefined;
  const ids = crossed ? undefined : g.input('input_ids', 'int64', [BATCH, TOKENS]);
  const states = g.input('encoder_hidden_states', 'float32', [BATCH, ENCODED, WIDTH]);
  let x = ids
    ? embedding(g, 'wte', ids, VOCABULARY, WIDTH).embedded
    : g.input('inputs_embeds', 'float32', [BATCH, TOKENS, WIDTH]);
  const cache = (name: string, length: Dim) => g.input(name, 'float32', [BATCH, HEADS, length, DIM]);
  const halves = (layer: number, side: string, length: Dim): [Handle, Handle] => [
    cache(`past_key_values.${layer}.${side}key`, length),
    cache(`past_key_values.${layer}.${side}value`, length),
  ];
  const past = Array.from({ length: LAYERS }, (_, layer) => ({
    own: halves(layer, crossed ? 'decoder.' : '', PAST),
    seen: crossed ? halves(layer, 'encoder.', symbol('past_encoder_length')) : undefined,
  }));
  const cached = squeeze(g, g.input('use_cache_branch', 'bool', [1]), [0]);
  const given: [string, Handle][] = [];
  const side = crossed ? 'decoder.' : '';
  past.forEach(({ own: [oldKey, oldValue], seen }, layer) => {
    g.scope(`layer${layer}`, () => {
      const head = (name: string, of: Handle, length: Dim) =>
        transpose(g, reshape(g, linear(g, name, of, WIDTH), [BATCH, length, HEADS, DIM], [of]), [0, 2, 1, 3]);
      const [query, key, value] = ['q', 'k', 'v'].map((name) => head(name, x, TOKENS)) as [Handle, Handle, Handle];
      const own = [concat(g, [oldKey, key], 2), concat(g, [oldValue, value], 2)] as const;
      x = add(g, x, attended(g, 'self', query, own, later(g, dimension(g, query, 2), dimension(g, oldKey, 2))));
      const made = ['ck', 'cv'].map((name) => head(name, states, ENCODED)) as [Handle, Handle];
      const [crossKey, crossValue] = seen ? either(g, cached, seen, made) : made;
      const hidden = mask && mul(g, sub(g, 1, cast(g, unsqueeze(g, mask, [1, 2]), 'float32')), -30000);
      x = add(g, x, attended(g, 'cross', head('cq', x, TOKENS), [crossKey as Handle, crossValue as Handle], hidden));
      given.push([`present.${layer}.${side}key`, own[0]], [`present.${layer}.${side}value`, own[1]]);
      if (!seen) return;
      const none = made.map((each) => slice(g, each, 2, 0, 0, { length: 0 }));
      const [keyOut, valueOut] = either(g, cached, none, made);
      given.push(
        [`present.${layer}.encoder.key`, keyOut as Handle],
        [`present.${layer}.encoder.value`, valueOut as Handle],
      );
    });
  });
  g.output('logits', linear(g, 'lm_head', x, VOCABULARY, { bias: false }));
  for (const [name, handle] of given) g.output(name, handle);
  return g;
}

function either(g: Graph, condition: Handle, yes: readonly Handle[], no: readonly Handle[]): readonly Handle[] {
  const shapes = no.map(() => [BATCH, HEADS, symbol('either'), DIM]);
  const all = (of: readonly Handle[]) => (branch: Graph) => of.map((each) => identity(branch, each));
  return ifElse(g, condition, all(yes), all(no), shapes).map((handle, i) => ({ ...handle, shape: no[i]?.shape ?? [] }));
}

function attended(
  g: Graph,
  name: string,
  query: Handle,
  [key, value]: readonly [Handle, Handle],
  hidden: Handle | undefined,
): Handle {
  const scores = mul(g, matmul(g, query, transpose(g, key, [0, 1, 3, 2])), DIM ** -0.5);
  const mixed = matmul(g, softmax(g, hidden ? add(g, scores, hidden) : scores), value);
  return linear(g, name, reshape(g, transpose(g, mixed, [0, 2, 1, 3]), [BATCH, TOKENS, WIDTH], [query]), WIDTH);
}
