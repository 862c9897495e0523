import { bodiesOf } from '../onnx/imported/lowered.ts';
import { NodeError } from '../run.ts';
import { cachePort, laysPictures, requireFed } from './decoder.ts';
import { type ExportFolder, type Json, number, object, type ReadFile, text, textNumber } from './export.ts';
import type { DecoderFacts, FileFacts, PortFacts } from './facts.ts';
import { familyOf } from './families/index.ts';

/** The decoder of an export, told by its ports: a cache goes in, scores and a longer cache come out. */
export function decoderOf(folder: ExportFolder, config: Json, files: readonly ReadFile[]): DecoderFacts | undefined {
  const decoders = files.filter(
    ({ facts }) => facts.inputs.some(cachePort) && (named(facts.outputs, 'logits') || headOf(files, facts)),
  );
  const [found] = decoders.sort((a, b) => Number(/merged/.test(b.facts.path)) - Number(/merged/.test(a.facts.path)));
  if (!found) {
    requireNoHalf(folder, config, files);
    return undefined;
  }
  const { facts: file, model } = found;
  const head = headOf(files, file);
  const embed = named(file.inputs, 'inputs_embeds') ? embedOf(folder, files, file) : undefined;
  const sizes = cacheSizes(folder, config, file);
  const stated = textNumber(config, 'num_hidden_layers', 'n_layer', 'n_layers', 'decoder_layers', 'num_layers');
  if (stated !== undefined && stated !== sizes.layers)
    throw new NodeError(
      `config.json of ${folder.name} says ${stated} layers, but ${file.path} has a cache for ${sizes.layers}: they are not of the same model.`,
      'Download the folder again.',
    );
  const positions = named(file.inputs, 'position_ids');
  const logits = named((head ?? file).outputs, 'logits');
  const family = familyOf(text(config.model_type) ?? '');
  const imageToken = imageTokenOf(folder, config);
  const context = textNumber(config, 'max_position_embeddings', 'n_positions');
  const noRepeat = generating(folder, config, 'no_repeat_ngram_size') ?? 0;
  const beams = generating(folder, config, 'num_beams') ?? 1;
  const refused = whyRefused(file);
  return {
    file,
    ...(embed && { embed }),
    ...(head && { head }),
    ...sizes,
    width: widthOf(folder, config, file, embed),
    vocabulary: needed(
      folder,
      lastNumber(logits) ?? textNumber(config, 'vocab_size'),
      'the size of its vocabulary (vocab_size)',
    ),
    cache: groups(model.graph) ? 'grouped' : 'growing',
    axes: positions === undefined ? 0 : positions.dims.length === 3 ? 3 : 1,
    ...(context !== undefined && { context }),
    firstPosition: family.firstPosition ?? 0,
    ends: endsOf(folder, config),
    ...(imageToken && { imageToken }),
    ...crossedOf(folder, config, files, file),
    ...(noRepeat > 0 && { noRepeat }),
    ...(beams > 1 && { beams }),
    ...(refused !== undefined && { refused }),
  };
}

/** Of a decoder that attends to an encoder. What it attends to is as wide as its port states, or as its own vectors. */
function crossedOf(
  folder: ExportFolder,
  config: Json,
  files: readonly ReadFile[],
  file: FileFacts,
): Pick<DecoderFacts, 'crossed'> {
  const states = named(file.inputs, 'encoder_hidden_states');
  if (!states) return {};
  const encoder = files.find(
    ({ facts }) => named(facts.inputs, 'inputs_embeds') && named(facts.outputs, 'last_hidden_state'),
  )?.facts;
  const start = needed(
    folder,
    generating(folder, config, 'decoder_start_token_id') ?? generating(folder, config, 'bos_token_id'),
    'the token that every answer starts with (decoder_start_token_id)',
  );
  const forced = generating(folder, config, 'forced_bos_token_id');
  const width =
    lastNumber(states) ?? textNumber(config, 'cross_attention_hidden_size', 'd_model', 'n_embd', 'hidden_size');
  return {
    crossed: {
      ...(encoder && { encoder }),
      width: needed(folder, width, 'how wide the vectors are that it attends to'),
      start: [start, ...(forced === undefined ? [] : [forced])],
    },
  };
}

/** A number on how it generates, where it stands first. */
function generating(folder: ExportFolder, config: Json, field: string): number | undefined {
  return number(folder.json('generation_config.json')?.[field]) ?? number(config[field]) ?? textNumber(config, field);
}

function named(ports: readonly PortFacts[], name: string): PortFacts | undefined {
  return ports.find((port) => port.name === name);
}

/** A folder with config.json of a text model and no decoder that can go on from a cache was not downloaded whole, or exported without. */
function requireNoHalf(folder: ExportFolder, config: Json, files: readonly ReadFile[]): void {
  const half = files.find(({ facts }) => named(facts.outputs, 'logits') && named(facts.inputs, 'input_ids'));
  const generates = folder.json('generation_config.json') !== undefined || object(config.text_config) !== undefined;
  if (half && generates)
    throw new NodeError(
      `${half.facts.path} of ${folder.name} takes no cache (past_key_values), so that it cannot write token by token.`,
      'Export it with its cache (optimum-cli: text-generation-with-past), or choose another export.',
    );
  if (generates && files.some(({ facts }) => isEmbed(facts)))
    throw new NodeError(
      `${folder.name} has no decoder: it holds ${files.map(({ facts }) => facts.path).join(', ')}.`,
      'Download the rest of the model: decoder_model_merged.onnx and its data.',
    );
}

/** Of a decoder that gives vectors: the file that makes scores of them. Janus has another, `gen_head`, for its own pictures. */
function headOf(files: readonly ReadFile[], decoder: FileFacts): FileFacts | undefined {
  if (named(decoder.outputs, 'logits')) return undefined;
  const heads = files.filter(({ facts: { inputs, outputs } }) => {
    const [input] = inputs;
    return inputs.length === 1 && input && named(decoder.outputs, input.name) && named(outputs, 'logits');
  });
  return (heads.find(({ facts }) => /lm_head/.test(facts.path)) ?? heads[0])?.facts;
}

/** Ids go in, with pictures or without, and embeddings come out. */
function isEmbed(file: FileFacts): boolean {
  const { inputs, outputs } = file;
  if (outputs.length !== 1 || outputs[0]?.dims.length !== 3 || !named(inputs, 'input_ids')) return false;
  return inputs.length === 1 || laysPictures(file);
}

function embedOf(folder: ExportFolder, files: readonly ReadFile[], decoder: FileFacts): FileFacts {
  const found = files.find(({ facts }) => isEmbed(facts));
  if (!found)
    throw new NodeError(
      `${decoder.path} of ${folder.name} takes embeddings, and the model that makes them of text is not there.`,
      'Download embed_tokens.onnx of the same precision too.',
    );
  return laysPictures(found.facts) ? withPictureSize(folder, found.facts) : found.facts;
}

/** Its port for pictures with the size that they have, which the file may leave open. */
function withPictureSize(folder: ExportFolder, file: FileFacts): FileFacts {
  const side = number(folder.json('preprocessor_config.json')?.image_size);
  const sized = (dims: PortFacts['dims']) =>
    dims.map((dim, axis) => {
      if (axis < 2 || typeof dim === 'number') return dim;
      return needed(folder, axis === 2 ? 3 : side, 'how large its pictures are (image_size)');
    });
  const inputs = file.inputs.map((port) => (port.name === 'pixel_values' ? { ...port, dims: sized(port.dims) } : port));
  return { ...file, inputs };
}

/** As the cache's ports state it, or as config.json does. */
function cacheSizes(
  folder: ExportFolder,
  config: Json,
  file: FileFacts,
): Pick<DecoderFacts, 'layers' | 'kvHeads' | 'headDim' | 'cacheType'> {
  const caches = file.inputs.flatMap((port) => (cachePort(port) ? port : []));
  const layers = caches.length / 2;
  const [first] = caches;
  const heads = textNumber(config, 'num_attention_heads', 'n_head', 'decoder_attention_heads', 'num_heads');
  const width = textNumber(config, 'hidden_size', 'n_embd', 'd_model');
  const [, kv, , dim] = first?.dims ?? [];
  const kvHeads = number(kv) ?? textNumber(config, 'num_key_value_heads') ?? heads;
  const headDim =
    number(dim) ?? textNumber(config, 'head_dim') ?? (width !== undefined && heads ? width / heads : undefined);
  if (first?.dtype !== 'float32' && first?.dtype !== 'float16')
    throw new NodeError(
      `The cache of ${file.path} in ${folder.name} is of type ${first?.dtype}, which cannot be kept here.`,
      'Choose another precision of this model.',
    );
  return {
    layers,
    kvHeads: needed(folder, kvHeads, 'how many heads its cache has (num_key_value_heads)'),
    headDim: needed(folder, headDim, 'how wide a head is (head_dim)'),
    cacheType: first.dtype,
  };
}

function widthOf(folder: ExportFolder, config: Json, file: FileFacts, embed: FileFacts | undefined): number {
  const width =
    lastNumber(embed?.outputs[0]) ??
    lastNumber(named(file.inputs, 'inputs_embeds')) ??
    textNumber(config, 'hidden_size', 'n_embd', 'd_model');
  return needed(folder, width, 'the width of its embeddings (hidden_size)');
}

function lastNumber(port: PortFacts | undefined): number | undefined {
  return number(port?.dims.at(-1));
}

function needed(folder: ExportFolder, value: number | undefined, what: string): number {
  if (value === undefined)
    throw new NodeError(
      `Neither the files nor config.json of ${folder.name} tell ${what}.`,
      'Put the config.json of the model into its folder.',
    );
  return value;
}

/** Does GroupQueryAttention keep the cache? */
function groups(graph: ReadFile['model']['graph']): boolean {
  return graph?.node.some((node) => node.opType === 'GroupQueryAttention' || bodiesOf(node).some(groups)) ?? false;
}

function endsOf(folder: ExportFolder, config: Json): number[] {
  const genai = object(folder.json('genai_config.json')?.model);
  const stated = [
    folder.json('generation_config.json')?.eos_token_id,
    genai?.eos_token_id,
    config.eos_token_id,
    object(config.text_config)?.eos_token_id,
  ].find((each) => each !== undefined && each !== null);
  return [stated].flat().flatMap((each) => (typeof each === 'number' ? each : []));
}

/** By its id in config.json, or by its text (`image_tag` of Janus). */
export function imageTokenOf(folder: ExportFolder, config: Json): DecoderFacts['imageToken'] {
  const stated = number(config.image_token_index) ?? number(config.image_token_id);
  const tag = text(folder.json('processor_config.json')?.image_tag);
  const added = folder.json('tokenizer.json')?.added_tokens;
  const tokens = Array.isArray(added) ? added.map(object) : [];
  const token = tokens.find((each) => (stated === undefined ? each?.content === tag : each?.id === stated));
  const [id, content] = [number(token?.id), text(token?.content)];
  return id !== undefined && content !== undefined ? { id, text: content } : undefined;
}

/** Why the decoder cannot write here; undefined where it can. */
function whyRefused(decoder: FileFacts): string | undefined {
  try {
    requireFed(decoder);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
