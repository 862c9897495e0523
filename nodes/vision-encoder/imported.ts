import type { VisionFacts } from '../imports/facts.ts';
import { floatsOf } from '../imports/halves.ts';
import { feedsOf } from '../imports/processors/feeds.ts';
import type { PictureFacts, ProcessedPictures } from '../imports/processors/processor.ts';
import { processorOf } from '../imports/processors/processors.ts';
import type { Variant } from '../imports/variants.ts';
import { type ImportedModel, NodeError, type RunContext } from '../run.ts';
import type { EmbeddingsValue, FeaturesValue, FloatTensor, ImageValue, Tensor, Tiling } from '../values.ts';

/** An encoder that others exported. Where the projector is in it, what comes out are embeddings. */
export async function runImportedEncoder(
  context: RunContext,
  { model: name, variant }: { readonly model: string; readonly variant: Variant | 'auto' },
  { images }: ImageValue,
): Promise<{ features: FeaturesValue } | { embeddings: EmbeddingsValue }> {
  const model = await context.importedModel(name, variant);
  const vision = requireVision(name, model);
  const processed = await processorOf(processing(name, model)).process(images, context.resample);
  const session = await context.openFile(model.path(vision.file.path));
  const wanted = [vision.output, ...(vision.pooled ? [vision.pooled.output] : [])];
  const tensors = { ...processed.tensors, ...promptOf(vision, processed) };
  const outputs = await session.run(feedsOf(tensors, session.inputs), wanted);
  const { tensor, grid, classToken, tiling } = laidOut(name, vision, outputs[vision.output], processed);
  const said = [vision.gives === 'embeddings' && 'its projector is in it', processed.caveat].filter(Boolean);
  const visual = (tensor.dims[0] ?? 0) * (tensor.dims[1] ?? 0);
  context.report({
    parameters: vision.file.parameters,
    bytes: { peak: vision.file.bytes },
    ...(vision.gives === 'embeddings' && { tokens: { visual } }),
    ...(said.length > 0 && { caveat: said.join('; ') }),
  });
  if (vision.gives === 'embeddings')
    return {
      embeddings: { type: 'embeddings', tensor, llm: name, ...(grid && { grid }), ...(tiling && { tiling }) },
    };
  const pooled = vision.pooled && outputs[vision.pooled.output];
  return {
    features: {
      type: 'features',
      tensor,
      grid: grid ?? [1, tensor.dims[1] ?? 1],
      classToken,
      ...(tiling && { tiling }),
      ...(pooled && { pooled: floatsOf(pooled) }),
      model: name,
      seed: 0,
    },
  };
}

/** A prompt of nothing but pictures, for an encoder that lays them among tokens. */
function promptOf({ among, tokens = 0 }: VisionFacts, { pictures }: ProcessedPictures): Record<string, Tensor> {
  if (among === undefined) return {};
  const [count, all] = [pictures.length, pictures.length * tokens];
  const every = new Uint8Array(all).fill(1);
  return {
    input_ids: { dtype: 'int64', dims: [1, all], data: new BigInt64Array(all).fill(BigInt(among)) },
    images_seq_mask: { dtype: 'bool', dims: [1, all], data: every },
    images_emb_mask: { dtype: 'bool', dims: [1, count, tokens], data: every },
  };
}

function requireVision(name: string, { facts }: ImportedModel): VisionFacts {
  if (facts.vision) return facts.vision;
  throw new NodeError(`${name} has no encoder of pictures.`, 'Choose a model that looks at pictures.');
}

function processing(name: string, model: ImportedModel): unknown {
  const config = model.json('preprocessor_config.json') ?? model.json('processor_config.json');
  if (config) return config;
  throw new NodeError(
    `${name} has no preprocessor_config.json, so that pictures cannot be brought to its size.`,
    'Download it too.',
  );
}

/** `[n, tokens, width]`, n the tiles of all pictures, with the grid they stand in where they stand in one. */
function laidOut(name: string, { width }: VisionFacts, output: Tensor | undefined, { pictures }: ProcessedPictures) {
  if (!output) throw new NodeError(`The encoder of ${name} gave nothing.`);
  const [first] = pictures;
  if (!first) throw new NodeError('No picture came in.', 'Wire a picture to the encoder.');
  if (pictures.length > 1 && pictures.some((each) => `${[each.tiles, each.grid]}` !== `${[first.tiles, first.grid]}`))
    throw new NodeError(
      'The pictures are cut into different numbers of tokens.',
      'Wire each to an encoder of its own.',
    );
  const count = pictures.reduce((sum, { tiles: [rows, cols] }) => sum + rows * cols + 1, 0);
  const floats = floatsOf(output);
  const tokens = floats.data.length / (count * width);
  if (!Number.isInteger(tokens))
    throw new NodeError(
      `The encoder of ${name} gave [${output.dims.join(', ')}], which are not ${count} pictures of width ${width}.`,
      'The files of its folder do not belong together: download them again.',
    );
  const tensor: FloatTensor = { ...floats, dims: [count, tokens, width] };
  const [grid, classToken] = gridOf(tokens, first);
  return { tensor, grid, classToken, tiling: tilingOf(first) };
}

/** Patches that were merged keep the picture's shape; others stand in a square, after a class token or not. */
function gridOf(tokens: number, { grid }: PictureFacts): [grid: readonly [number, number] | undefined, boolean] {
  if (grid) {
    const [frames, rows, cols] = grid;
    const merge = Math.sqrt((frames * rows * cols) / tokens);
    return [[rows / merge, cols / merge], false];
  }
  const side = Math.floor(Math.sqrt(tokens));
  if (side * side === tokens) return [[side, side], false];
  return side * side + 1 === tokens ? [[side, side], true] : [undefined, false];
}

function tilingOf({ tiles: [rows, cols], seen: [height, width] }: PictureFacts): Tiling | undefined {
  if (rows * cols === 0) return undefined;
  return { rows, cols, thumbnail: true, width: cols * width, height: rows * height };
}
