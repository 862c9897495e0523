import { z } from 'zod';
import { NodeError, type Resampling } from '../../run.ts';

/** PIL's numbers for its filters, as `resample` gives them. `box` and `hamming` are sampled as `bilinear`, as transformers.js does. */
const FILTERS: readonly Resampling[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'bilinear', 'bilinear'];

const side = z.number().int().positive();
const box = z.object({ height: side, width: side });
const flag = z.boolean().nullish();
const perChannel = z.union([z.number(), z.array(z.number()).length(3)]).nullish();

/**
 * `preprocessor_config.json`, as far as the processors here read it. Names are those of the file; what a field means
 * where it is absent is told by who reads it.
 */
const schema = z.object({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  do_resize: flag,
  size: z.union([side, box, z.object({ shortest_edge: side.nullish(), longest_edge: side.nullish() })]).nullish(),
  image_size: side.nullish(),
  resample: z
    .union([z.number().int().min(0).max(5), z.enum(['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'])])
    .nullish(),
  do_center_crop: flag,
  crop_size: z.union([side, box]).nullish(),
  do_rescale: flag,
  rescale_factor: z.number().nullish(),
  do_normalize: flag,
  image_mean: perChannel,
  image_std: perChannel,
  do_pad: flag,
  pad_size: box.nullish(),
  size_divisibility: side.nullish(),
  do_image_splitting: flag,
  max_image_size: z.object({ longest_edge: side }).nullish(),
  min_pixels: side.nullish(),
  max_pixels: side.nullish(),
  patch_size: side.nullish(),
  temporal_patch_size: side.nullish(),
  merge_size: side.nullish(),
  image_grid_pinpoints: z.array(z.array(side)).nullish(),
  background_color: z.array(z.number()).length(3).nullish(),
  do_thumbnail: flag,
  do_crop_margin: flag,
  do_flip_channel_order: flag,
  do_align_long_axis: flag,
});

export type ProcessorConfig = z.infer<typeof schema>;

/** What no family here uses: a model that asks for it would see other pictures than it was trained on. */
const NOT_DONE = ['do_thumbnail', 'do_crop_margin', 'do_flip_channel_order', 'do_align_long_axis'] as const;

/**
 * Reads a parsed `preprocessor_config.json`, or a `processor_config.json` that holds one (`image_processor`).
 * Throws a `NodeError` that names the field.
 */
export function readConfig(file: unknown): ProcessorConfig {
  const inner = z.object({ image_processor: z.record(z.string(), z.unknown()) }).safeParse(file);
  const read = schema.safeParse(inner.success ? inner.data.image_processor : file);
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = issue?.path.join('.') || 'the file';
    throw new NodeError(
      `preprocessor_config.json cannot be used: ${field}: ${issue?.message ?? 'not as expected'}.`,
      'Download the model again, or mend the file.',
    );
  }
  const asked = NOT_DONE.find((field) => read.data[field]);
  if (asked)
    throw new NodeError(
      `preprocessor_config.json asks for ${asked}, which is not done here.`,
      'Choose a model of another family.',
    );
  return read.data;
}

/** The filter that `resample` names; `bilinear` where it is absent. */
export function resamplingOf({ resample }: ProcessorConfig): Resampling {
  if (typeof resample === 'string') return resample === 'box' || resample === 'hamming' ? 'bilinear' : resample;
  return FILTERS[resample ?? 2] ?? 'bilinear';
}
