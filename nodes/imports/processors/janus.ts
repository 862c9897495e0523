import type { Raster } from '../../values.ts';
import { PlainProcessor, place } from './plain.ts';
import type { Planes, ProcessedPictures, Resample } from './processor.ts';
import { edgeSize, type Size } from './sizes.ts';

/**
 * Janus (understanding): a picture is fitted into a square and centred on a ground of `background_color`.
 * `pixel_values` are `[1, n, 3, side, side]`.
 *
 * The ground is laid after normalising and is only rescaled, as transformers.js does; Python lays it before, and the
 * model then sees grey as 0, not as 0.5.
 */
export class JanusProcessor extends PlainProcessor {
  override async process(images: readonly Raster[], resample: Resample): Promise<ProcessedPictures> {
    const { tensors, pictures } = await super.process(images, resample);
    const { data, dims } = tensors.pixel_values;
    return { tensors: { pixel_values: { dtype: 'float32', dims: [1, ...dims], data } }, pictures };
  }

  protected override target(from: Size): Size {
    const side = this.config.image_size ?? undefined;
    return side === undefined ? super.target(from) : edgeSize(from, side, side);
  }

  protected override paddedSize(from: Size): Size {
    const side = this.config.image_size ?? Math.max(from.width, from.height);
    return { width: side, height: side };
  }

  protected override padded(picture: Planes): Planes {
    const { width: side } = this.paddedSize(picture);
    const colour = (this.config.background_color ?? [127, 127, 127]).map(
      (value) => value * (this.config.rescale_factor ?? 1 / 255),
    );
    const [left, top] = [Math.floor((side - picture.width) / 2), Math.floor((side - picture.height) / 2)];
    return place(picture, { width: side, height: side }, { left, top }, colour);
  }
}
