import { NodeError, type Resampling } from '../../run.ts';
import type { Raster } from '../../values.ts';
import { type ProcessorConfig, resamplingOf } from './config.ts';
import {
  type ImageProcessor,
  type PictureLayout,
  type Planes,
  type ProcessedPictures,
  type Resample,
  stack,
} from './processor.ts';
import { checked, edgeSize, type Size } from './sizes.ts';

/**
 * LLaVA-OneVision was trained on tiles beside the whole (anyres; section 3.2 of its paper), with a learned vector at the end of
 * each of their rows, `image_newline`, which exports do not hold. Transformers.js gives it the whole alone.
 */
const WHOLE = 'it sees the picture whole, without tiles: the export lacks what stands between them (image_newline)';

/**
 * The steps that all processors share, in their order: size, centre crop, rescale, normalise, pad. Most families need
 * no others (CLIP, SigLIP, LLaVA, PaliGemma, Moondream, Florence-2, ViT).
 */
export class PlainProcessor implements ImageProcessor {
  private readonly resampling: Resampling;
  /** A channel's `value · factor − shift`. */
  private readonly factor: readonly number[];
  private readonly shift: readonly number[];

  constructor(protected readonly config: ProcessorConfig) {
    this.resampling = resamplingOf(config);
    const scale = config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255);
    const { mean, std } = statistics(config);
    this.factor = std.map((value) => scale / value);
    this.shift = mean.map((value, channel) => value / (std[channel] ?? 1));
  }

  async process(images: readonly Raster[], resample: Resample): Promise<ProcessedPictures> {
    const planes = await Promise.all(images.map((image) => this.prepare(image, resample)));
    return {
      tensors: { pixel_values: stack(planes) },
      pictures: planes.map(({ width, height }) => ({ seen: [height, width], tiles: [0, 0] })),
      ...(this.config.image_grid_pinpoints?.length && { caveat: WHOLE }),
    };
  }

  layout(from: Size): PictureLayout {
    const { width, height } = this.prepared(from);
    return { seen: [height, width], tiles: [0, 0] };
  }

  /** The size of a picture that was sized, cropped and padded. */
  protected prepared(from: Size): Size {
    const { do_center_crop, crop_size } = this.config;
    return this.paddedSize(do_center_crop && crop_size ? squareOf(crop_size) : this.sized(from));
  }

  /** Where a picture of this size is brought to. */
  protected target(from: Size): Size {
    const { image_processor_type: type, feature_extractor_type: extractor } = this.config;
    const size = this.config.size ?? this.config.image_size;
    if (size === null || size === undefined)
      throw new NodeError(
        'preprocessor_config.json asks to resize pictures, and says no size.',
        'Download the model again, or mend the file.',
      );
    // A bare number is CLIP's shorter side, and a square elsewhere: Python's meaning. Transformers.js takes it for the
    // longer side too, and fails at the crop.
    if (typeof size === 'number')
      return /^CLIP/.test(type ?? extractor ?? '') ? edgeSize(from, size, undefined) : { width: size, height: size };
    if ('width' in size) return size;
    return edgeSize(from, size.shortest_edge ?? undefined, size.longest_edge ?? undefined);
  }

  protected async prepare(image: Raster, resample: Resample): Promise<Planes> {
    const { do_center_crop, crop_size } = this.config;
    const { width, height } = this.sized(image);
    const sized = await resample(image, width, height, this.resampling);
    const cropped = do_center_crop && crop_size ? centreCrop(sized, squareOf(crop_size)) : sized;
    return this.padded(this.normalised(cropped));
  }

  private sized(from: Size): Size {
    const { do_resize, size, image_size } = this.config;
    return (do_resize ?? Boolean(size ?? image_size)) ? checked(from, this.target(from)) : from;
  }

  /** Padding comes after normalising, so that it is 0 to the model, and stands below and to the right. */
  protected padded(picture: Planes): Planes {
    return place(picture, this.paddedSize(picture), { left: 0, top: 0 }, [0, 0, 0]);
  }

  protected paddedSize(from: Size): Size {
    const { do_pad, pad_size, size, size_divisibility: multiple } = this.config;
    if (!do_pad) return from;
    const up = (value: number) => (multiple ? Math.ceil(value / multiple) * multiple : value);
    const whole = size && typeof size === 'object' && 'width' in size && !multiple ? size : undefined;
    return pad_size ?? whole ?? { width: up(from.width), height: up(from.height) };
  }

  private normalised({ width, height, data }: Raster): Planes {
    const plane = width * height;
    const planes = new Float32Array(3 * plane);
    for (let channel = 0; channel < 3; channel++) {
      const [factor, shift] = [this.factor[channel] ?? 1, this.shift[channel] ?? 0];
      for (let i = 0; i < plane; i++) planes[channel * plane + i] = (data[3 * i + channel] ?? 0) * factor - shift;
    }
    return { width, height, data: planes };
  }
}

/** Mean and deviation of each channel; 0 and 1 where pictures are not normalised. */
function statistics({ do_normalize, image_mean, image_std }: ProcessorConfig): { mean: number[]; std: number[] } {
  if (!do_normalize) return { mean: [0, 0, 0], std: [1, 1, 1] };
  if (image_mean === null || image_mean === undefined || image_std === null || image_std === undefined)
    throw new NodeError(
      'preprocessor_config.json asks to normalise pictures, and lacks image_mean or image_std.',
      'Download the model again, or mend the file.',
    );
  const three = (value: number | number[]) => (typeof value === 'number' ? [value, value, value] : value);
  return { mean: three(image_mean), std: three(image_std) };
}

function squareOf(size: number | Size): Size {
  return typeof size === 'number' ? { width: size, height: size } : size;
}

/** The middle of a picture; black where it is smaller than the crop. */
function centreCrop(image: Raster, to: Size): Raster {
  const left = Math.trunc((image.width - to.width) / 2);
  const top = Math.trunc((image.height - to.height) / 2);
  const data = new Uint8Array(3 * to.width * to.height);
  const from = Math.max(0, left);
  const length = Math.min(image.width, left + to.width) - from;
  for (let y = Math.max(0, top); y < Math.min(image.height, top + to.height); y++) {
    const start = (y * image.width + from) * 3;
    data.set(image.data.subarray(start, start + 3 * length), ((y - top) * to.width + from - left) * 3);
  }
  return { ...to, data };
}

/** Lays a picture on a ground of one colour, given per channel as the model reads it. */
export function place(
  picture: Planes,
  { width, height }: Size,
  { left, top }: { readonly left: number; readonly top: number },
  colour: readonly number[],
): Planes {
  if (width === picture.width && height === picture.height) return picture;
  if (width < picture.width || height < picture.height)
    throw new NodeError(
      `preprocessor_config.json pads to ${width} × ${height}, which is less than the ${picture.width} × ${picture.height} of a picture.`,
      'Mend the file: pad_size has to be at least the size.',
    );
  const plane = width * height;
  const data = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    data.fill(colour[channel] ?? 0, channel * plane, (channel + 1) * plane);
    for (let y = 0; y < picture.height; y++) {
      const row = (channel * picture.height + y) * picture.width;
      data.set(picture.data.subarray(row, row + picture.width), channel * plane + (top + y) * width + left);
    }
  }
  return { width, height, data };
}
