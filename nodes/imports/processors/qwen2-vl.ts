import { NodeError } from '../../run.ts';
import type { Raster, Tensor } from '../../values.ts';
import { PlainProcessor } from './plain.ts';
import type { PictureLayout, Planes, ProcessedPictures, Resample } from './processor.ts';
import { type Size, smartSize } from './sizes.ts';

/** Values of the published processor, where the file leaves them out. */
const PATCH = { side: 14, merge: 2, frames: 2, fewest: 56 * 56, most: 28 * 28 * 1280 };

/**
 * Qwen2-VL and Qwen2.5-VL: pictures at nearly their own size, given as patches. `pixel_values` are
 * `[patches of all pictures, 3·frames·patch²]`, `image_grid_thw` is `[n, 3]`. Patches that the model merges
 * (`merge_size²`) stand together. A picture fills both frames of a patch.
 */
export class Qwen2VLProcessor extends PlainProcessor {
  private get patch() {
    const { patch_size, merge_size, temporal_patch_size, min_pixels, max_pixels, size } = this.config;
    const bounds = size && typeof size === 'object' && !('width' in size) ? size : undefined;
    return {
      side: patch_size ?? PATCH.side,
      merge: merge_size ?? PATCH.merge,
      frames: temporal_patch_size ?? PATCH.frames,
      fewest: min_pixels ?? bounds?.shortest_edge ?? PATCH.fewest,
      most: max_pixels ?? bounds?.longest_edge ?? PATCH.most,
    };
  }

  override async process(images: readonly Raster[], resample: Resample): Promise<ProcessedPictures> {
    const planes = await Promise.all(images.map((image) => this.prepare(image, resample)));
    const { side, frames } = this.patch;
    const patches = planes.map((picture) => this.patches(picture));
    const data = new Float32Array(patches.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of patches) {
      data.set(part, at);
      at += part.length;
    }
    const values = 3 * frames * side * side;
    const grids = planes.map(({ width, height }) => [1, height / side, width / side] as const);
    const grid: Tensor = {
      dtype: 'int64',
      dims: [grids.length, 3],
      data: BigInt64Array.from(grids.flat().map(BigInt)),
    };
    return {
      tensors: {
        pixel_values: { dtype: 'float32', dims: [data.length / values, values], data },
        image_grid_thw: grid,
      },
      pictures: planes.map(({ width, height }, i) => ({ seen: [height, width], tiles: [0, 0], grid: grids[i] })),
    };
  }

  override layout(from: Size): PictureLayout {
    const { side, merge } = this.patch;
    const { width, height } = this.prepared(from);
    const [rows, cols] = [height / side, width / side];
    return {
      seen: [height, width],
      tiles: [0, 0],
      grid: [1, rows, cols],
      merged: [rows / merge, cols / merge],
    };
  }

  protected override target(from: Size): Size {
    const { side, merge, fewest, most } = this.patch;
    return smartSize(from, side * merge, fewest, most);
  }

  /** A picture's patches, in the order of blocks of merged ones; values of a patch by channel, frame, row, column. */
  private patches({ width, height, data }: Planes): Float32Array {
    const { side, merge, frames } = this.patch;
    const block = side * merge;
    if (width % block !== 0 || height % block !== 0)
      throw new NodeError(
        `A picture of ${width} × ${height} does not divide into patches of ${side} and blocks of ${merge}.`,
        'preprocessor_config.json has do_resize: false; crop the picture, or set it to true.',
      );
    const patches = new Float32Array(3 * frames * width * height);
    let at = 0;
    for (let top = 0; top < height; top += block)
      for (let left = 0; left < width; left += block)
        for (let i = 0; i < merge * merge; i++)
          for (let channel = 0; channel < 3; channel++) {
            const corner = channel * width * height + (top + Math.floor(i / merge) * side) * width;
            const start = at;
            for (let y = 0; y < side; y++, at += side) {
              const from = corner + y * width + left + (i % merge) * side;
              patches.set(data.subarray(from, from + side), at);
            }
            for (let frame = 1; frame < frames; frame++, at += side * side)
              patches.copyWithin(at, start, start + side * side);
          }
    return patches;
  }
}
