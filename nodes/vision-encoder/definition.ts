import { z } from 'zod';
import { defineNode, type Facts, type SpecContext } from '../definition.ts';
import { endpointReference, isEndpoint } from '../endpoint/reference.ts';
import { filePorts } from '../file-ports.ts';
import { importFacts, isImported, type VisionFacts } from '../imports/facts.ts';
import { processorOf } from '../imports/processors/processors.ts';
import { isStored, modelChoices, modelOf } from '../model-reference.ts';
import { layersParam, neuralParams, precisionOf, variantParam } from '../neural.ts';
import type { Ports } from '../ports.ts';
import type { ValueSpec } from '../values.ts';
import type { VisionConfig } from './config.ts';
import { encoderCost, encoderModules, pooledWidth } from './model.ts';
import { patchGrid } from './preprocess.ts';
import { VISION_PRESETS } from './presets.ts';
import { featuresPort, pooledPort, squareGrid } from './served.ts';

const params = z.object({
  model: z
    .string()
    .default('paper:clip-vit-l-14')
    .meta({ title: 'Model', control: 'model', choices: modelChoices('vision-encoder', VISION_PRESETS) }),
  featureLayer: z.literal([-1, -2]).default(-2).meta({
    title: 'Feature layer',
    description: '-2: the last but one, as LLaVA takes it; the last layer is not run',
  }),
  pooling: z.boolean().default(false).meta({
    title: 'Pooled embedding',
    description: 'Also makes one vector of the picture, for similarity; runs all layers',
  }),
  variant: variantParam,
  layers: layersParam,
  ...neuralParams,
  normalise: z
    .enum(['clip', 'imagenet', 'minus-one-to-one', 'zero-to-one', 'zero-to-255'])
    .default('clip')
    .meta({
      title: 'Normalise',
      description: 'Of an endpoint, which does not tell it: how pixels become numbers',
      when: { param: 'model', starts: 'endpoint:' },
    }),
});

export const definition = defineNode({
  kind: 'vision-encoder',
  version: 1,
  title: 'Vision encoder',
  category: 'Vision',
  doc: 'A vision transformer: the picture is cut into patches, each patch becomes a vector, and layers of self-attention let every patch see all others. It yields one feature vector a patch (and one for the class token, where the encoder has it), with the grid they stand in. Tiles are taken as a batch.',
  sources: [
    { title: 'An Image is Worth 16x16 Words (ViT), equations 1–4', url: 'https://arxiv.org/abs/2010.11929' },
    { title: 'CLIP', url: 'https://arxiv.org/abs/2103.00020' },
    { title: 'SigLIP', url: 'https://arxiv.org/abs/2303.15343' },
    { title: 'Qwen2-VL, section 2.1', url: 'https://arxiv.org/abs/2409.12191' },
  ],
  params,
  ports(values, facts): Ports {
    const inputs = { image: { type: 'image', doc: 'A picture, or tiles of one' } } as const;
    const imported = isImported(values.model) ? importFacts(facts) : undefined;
    if (imported?.vision?.gives === 'embeddings')
      return {
        inputs,
        outputs: {
          embeddings: { type: 'embeddings', doc: 'Visual tokens [n, tokens, LLM width]: its projector is in it' },
        },
      };
    return {
      inputs,
      outputs: { features: { type: 'features', doc: '[n, tokens, width], the class token first' } },
      // Which of the two comes out is known once the folder was read.
      ...(isImported(values.model) && !imported && { open: true }),
    };
  },
  shapes({ params: values, inputs, facts }): Readonly<Record<string, ValueSpec>> {
    if (isEndpoint(values.model)) return servedShapes(values, inputs, facts);
    const [picture] = inputs.image ?? [];
    if (isImported(values.model)) return importedShapes(values.model, facts, picture);
    const config = visionConfig(values.model, facts);
    if (picture?.type !== 'image') return {};
    const grid = patchGrid(config, picture.width, picture.height);
    return {
      features: {
        type: 'features',
        count: picture.count,
        tokens: grid[0] * grid[1] + (config.classToken ? 1 : 0),
        width: config.width,
        grid,
        classToken: config.classToken,
        ...(picture.tiling && { tiling: picture.tiling }),
        ...(values.pooling && { pooled: pooledWidth(config) }),
      },
    };
  },
  cost(context) {
    // What a server's model is made of, it does not tell.
    if (isEndpoint(context.params.model)) return {};
    if (isImported(context.params.model)) {
      const { file } = importFacts(context.facts)?.vision ?? {};
      return file ? { parameters: file.parameters, peakBytes: file.bytes } : {};
    }
    const { config, run, size } = runOf(context);
    const whole = encoderCost(config, { ...run, layers: 0 }, size);
    return { ...whole, peakBytes: encoderCost(config, run, size).peakBytes };
  },
  // Encoders that ship or were trained here end where their connectors begin; LLaVA takes CLIP's last layer but one.
  wantedBy: (model) => ({ featureLayer: isStored(model) ? (-1 as const) : (-2 as const) }),
  importedFiles: ({ vision }) => (vision ? [vision.file] : []),
  modules(context) {
    if (isEndpoint(context.params.model) || isImported(context.params.model)) return undefined;
    const { config, run, size } = runOf(context);
    return encoderModules(config, { ...run, layers: 0 }, size);
  },
});

/** Of a server's encoder: what its metadata fixes, once its connection was tested. */
function servedShapes(
  { model, pooling }: z.output<typeof params>,
  inputs: SpecContext<z.output<typeof params>>['inputs'],
  facts: Facts | undefined,
): Readonly<Record<string, ValueSpec>> {
  endpointReference(model);
  const { outputs } = filePorts(facts) ?? { outputs: [] };
  const [, tokens, width] = featuresPort(outputs)?.dims ?? [];
  const [picture] = inputs.image ?? [];
  if (typeof tokens !== 'number' || typeof width !== 'number' || picture?.type !== 'image') return {};
  const square = squareGrid(tokens);
  const pooled = pooledPort(outputs)?.dims[1];
  if (!square) return {};
  const { count, tiling } = picture;
  return {
    features: {
      type: 'features',
      ...{ count, tokens, width },
      ...square,
      ...(tiling && { tiling }),
      ...(pooling && typeof pooled === 'number' && { pooled }),
    },
  };
}

/** Of an encoder that gives as many tokens for every picture, or as its processor lays the picture out. Throws where there is none. */
function importedShapes(
  model: string,
  facts: Facts | undefined,
  picture: ValueSpec | undefined,
): Readonly<Record<string, ValueSpec>> {
  const read = importFacts(facts);
  if (read && !read.vision) throw new Error(`${model} has no encoder of pictures`);
  const { tokens, width = 0, gives } = read?.vision ?? {};
  if (picture?.type !== 'image') return {};
  if (tokens === undefined) return laidOutShapes(read?.vision, picture);
  const side = Math.floor(Math.sqrt(tokens));
  const grid = [side, side] as const;
  const size = { count: picture.count, tokens, width };
  return gives === 'embeddings'
    ? { embeddings: { type: 'embeddings', ...size, ...(side * side === tokens && { grid }) } }
    : { features: { type: 'features', ...size, grid, classToken: side * side + 1 === tokens } };
}

/** As `runImportedEncoder` will find it; nothing where that hangs on more than the picture's size. */
function laidOutShapes(
  vision: VisionFacts | undefined,
  picture: Extract<ValueSpec, { type: 'image' }>,
): Readonly<Record<string, ValueSpec>> {
  if (!vision?.processing) return {};
  const { tiles, seen, merged } = processorOf(vision.processing).layout(picture);
  const [rows, cols] = tiles;
  const tokens = merged ? merged[0] * merged[1] : vision.tileTokens;
  if (tokens === undefined) return {};
  const side = Math.floor(Math.sqrt(tokens));
  const grid = merged ?? (side * side === tokens ? ([side, side] as const) : undefined);
  const [height, width] = [rows * seen[0], cols * seen[1]];
  const spec = {
    ...{ count: picture.count * (rows * cols + 1), tokens, width: vision.width },
    ...(rows * cols > 0 && { tiling: { rows, cols, thumbnail: true, width, height } }),
  };
  return vision.gives === 'embeddings'
    ? { embeddings: { type: 'embeddings', ...spec, ...(grid && { grid }) } }
    : { features: { type: 'features', ...spec, grid: grid ?? [1, tokens], classToken: side * side + 1 === tokens } };
}

/** The encoder and the size of its run; of one picture of the encoder's own size where none is wired in. */
function runOf({ params: values, inputs, facts }: SpecContext<z.output<typeof params>>) {
  const config = visionConfig(values.model, facts);
  const [picture] = inputs.image ?? [];
  const known = picture?.type === 'image';
  const grid = known ? patchGrid(config, picture.width, picture.height) : patchGrid(config, config.size, config.size);
  return {
    config,
    run: { ...values, precision: precisionOf(values) },
    size: { count: known ? picture.count : 1, patches: grid[0] * grid[1] },
  };
}

/** The encoder that a reference names. Throws an `Error` where there is none. */
export function visionConfig(model: string, facts?: Facts): VisionConfig {
  return modelOf<{ config: VisionConfig }>(
    model,
    VISION_PRESETS,
    (card) => (card.kind === 'vision-encoder' ? { config: card.architecture.vision } : undefined),
    facts,
  ).config;
}
