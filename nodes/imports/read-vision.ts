import { NodeError } from '../run.ts';
import { cachePort, laysPictures } from './decoder.ts';
import { type ExportFolder, type Json, number, object, type ReadFile, textNumber } from './export.ts';
import type { FileFacts, ImportFacts, PortFacts, ProjectorFacts, VisionFacts } from './facts.ts';
import { imageTokenOf } from './read-decoder.ts';

/**
 * The encoder and the projector of an export. A picture goes into an encoder; where what comes out is as wide as the
 * decoder and no projector lies beside it, the projector is in it: it gives embeddings.
 */
export function visionOf(
  folder: ExportFolder,
  config: Json,
  files: readonly ReadFile[],
): Pick<ImportFacts, 'vision' | 'projector'> {
  const projector = projectorOf(files.map(({ facts }) => facts));
  const encoders = files.filter(({ facts }) => isEncoder(facts));
  // CLIP comes as a whole and as its towers: the tower is what a node holds.
  const found = encoders.find(({ facts }) => !facts.inputs.some(({ name }) => name === 'input_ids'));
  const laying = encoders.find(({ facts }) => laysPictures(facts));
  if (!found && laying) return { vision: layingOf(folder, config, laying.facts) };
  if (!found) return projector ? { projector } : {};
  const { facts: file } = found;
  const [features, pooled] = [featuresOf(file), pooledOf(file)];
  if (!features) return projector ? { projector } : {};
  const decodes = files.some(({ facts }) => facts.inputs.some(cachePort));
  const width = number(features.dims.at(-1)) ?? widthOf(config, decodes && !projector);
  if (width === undefined)
    throw new NodeError(
      `Neither ${file.path} nor config.json of ${folder.name} tells the width of its features.`,
      'Put the config.json of the model into its folder.',
    );
  const pixels = file.inputs.find(({ name }) => /pixel|image/.test(name));
  const tokens = pixels?.dims.length === 4 && features.dims.length === 3 ? number(features.dims[1]) : undefined;
  const tileTokens = pixels?.dims.length === 5 ? tileTokensOf(folder, config, features) : undefined;
  const processing =
    tokens === undefined ? jsonOf(folder, 'preprocessor_config.json', 'processor_config.json') : undefined;
  const vision: VisionFacts = {
    file,
    output: features.name,
    width,
    ...(tokens !== undefined && { tokens }),
    ...(tileTokens !== undefined && { tileTokens }),
    ...(processing && { processing }),
    gives: decodes && !projector ? 'embeddings' : 'features',
    ...(pooled && { pooled: { output: pooled.name, width: number(pooled.dims.at(-1)) ?? width } }),
  };
  return { vision, ...(projector && { projector }) };
}

/** As the encoder's output has it; else as the processor is told, or as patches are shuffled together (Idefics3). */
function tileTokensOf(folder: ExportFolder, config: Json, { dims }: PortFacts): number | undefined {
  const stated = dims.length === 3 ? number(dims[1]) : undefined;
  if (stated !== undefined) return stated;
  const told = number(jsonOf(folder, 'processor_config.json')?.image_seq_len);
  const { image_size: side, patch_size: patch } = object(config.vision_config) ?? {};
  const scale = number(config.scale_factor);
  if (told !== undefined || typeof side !== 'number' || typeof patch !== 'number' || scale === undefined) return told;
  return Math.floor(side / patch / scale) ** 2;
}

/** The first of these that is there; one that is broken is told of when a picture is processed. */
function jsonOf(folder: ExportFolder, ...names: readonly string[]): Json | undefined {
  try {
    return names.map((name) => folder.json(name)).find((json) => json !== undefined);
  } catch {
    return undefined;
  }
}

/** An encoder that lays its visual tokens among those of a prompt: asked for a prompt of nothing else, it gives them alone. */
function layingOf(folder: ExportFolder, config: Json, file: FileFacts): VisionFacts {
  const [output] = file.outputs;
  const width = number(output?.dims.at(-1)) ?? textNumber(config, 'hidden_size', 'n_embd', 'd_model');
  const tokens = number(folder.json('processor_config.json')?.num_image_tokens);
  const token = imageTokenOf(folder, config);
  if (!output || width === undefined || tokens === undefined || !token)
    throw new NodeError(
      `processor_config.json of ${folder.name} does not tell how a prompt holds a picture (num_image_tokens, image_tag).`,
      'Put the processor_config.json and tokenizer.json of the model into its folder.',
    );
  return { file, output: output.name, width, tokens, gives: 'embeddings', among: token.id };
}

const isFloat = ({ dtype }: PortFacts) => dtype === 'float32' || dtype === 'float16';

function isEncoder({ inputs }: FileFacts): boolean {
  return inputs.some((port) => /pixel|image/.test(port.name) && isFloat(port)) && !inputs.some(cachePort);
}

/** One vector a patch or token: of three dimensions, or two where pictures are laid one behind the other. */
function featuresOf({ outputs }: FileFacts): PortFacts | undefined {
  const floats = outputs.filter(isFloat);
  return (
    floats.find(({ name }) => /^(image_features|image_embeds_all|last_hidden_state)$/.test(name)) ??
    floats.find(({ dims }) => dims.length === 3) ??
    floats[0]
  );
}

function pooledOf({ outputs }: FileFacts): PortFacts | undefined {
  return outputs.find((port) => /^(image_embeds|pooler_output)$/.test(port.name) && port.dims.length === 2);
}

function widthOf(config: Json, ofText: boolean): number | undefined {
  if (ofText) return textNumber(config, 'hidden_size', 'n_embd', 'd_model');
  return number(object(config.vision_config)?.hidden_size) ?? number(config.hidden_size);
}

/** Features of one width go in, embeddings of another come out, and nothing else. */
function projectorOf(files: readonly FileFacts[]): ProjectorFacts | undefined {
  for (const file of files) {
    const [input, output] = [file.inputs[0], file.outputs[0]];
    const [from, to] = [number(input?.dims.at(-1)), number(output?.dims.at(-1))];
    const alone = file.inputs.length === 1 && file.outputs.length === 1 && input && output;
    if (
      alone &&
      isFloat(input) &&
      isFloat(output) &&
      input.dims.length === 3 &&
      from &&
      to &&
      !/pixel/.test(input.name)
    )
      return { file, input: from, width: to };
  }
  return undefined;
}
