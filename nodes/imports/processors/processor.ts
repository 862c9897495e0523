import type { Resampling } from '../../run.ts';
import type { FloatTensor, Raster, Tensor } from '../../values.ts';
import type { Size } from './sizes.ts';

/** Sizes a picture: `RunContext.resample`. */
export type Resample = (image: Raster, width: number, height: number, method: Resampling) => Promise<Raster>;

/** How one picture lies in the tensors: what a prompt needs to hold its place. */
export interface PictureFacts {
  /** Pixels `[height, width]` of each tensor made from it, before it is cut into patches. */
  readonly seen: readonly [number, number];
  /** `[rows, cols]` of tiles, which a view of the whole picture follows; `[0, 0]` where it was not cut. */
  readonly tiles: readonly [number, number];
  /** `[frames, rows, cols]` of patches, before the model merges them (Qwen2-VL). */
  readonly grid?: readonly [number, number, number];
}

/** How a picture will lie, by its size alone. */
export interface PictureLayout extends PictureFacts {
  /** `[rows, cols]` of what the model merges its patches to: its visual tokens. */
  readonly merged?: readonly [number, number];
}

export interface ProcessedPictures {
  /** By the names of the exports' inputs. Floats are float32: an export in half precision takes them converted. */
  readonly tensors: Readonly<Record<string, Tensor>> & { readonly pixel_values: FloatTensor };
  /** In the order of the pictures. */
  readonly pictures: readonly PictureFacts[];
  /** What is to be said of how they are seen. */
  readonly caveat?: string;
}

export interface ImageProcessor {
  /** Of a picture of this size. Throws a `NodeError` where it cannot be taken. */
  layout(from: Size): PictureLayout;
  /** One value or more pictures of one prompt. Rejects with a `NodeError` where a picture cannot be taken. */
  process(images: readonly Raster[], resample: Resample): Promise<ProcessedPictures>;
}

/** A picture as floats, channel by channel: `[3, height, width]`. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Pictures of one size as `[n, 3, height, width]`. Throws where they differ in size. */
export function stack(pictures: readonly Planes[]): FloatTensor {
  const { width, height } = pictures[0] ?? { width: 0, height: 0 };
  const values = 3 * width * height;
  const data = new Float32Array(pictures.length * values);
  pictures.forEach((picture, n) => {
    if (picture.width !== width || picture.height !== height)
      throw new Error(
        `pictures of one batch differ in size: ${width}×${height} and ${picture.width}×${picture.height}`,
      );
    data.set(picture.data, n * values);
  });
  return { dtype: 'float32', dims: [pictures.length, 3, height, width], data };
}
