import { centreSquare, NORMALISATIONS, type Normalisation, padToSquare } from '../pixels.ts';
import { NodeError, type RunContext } from '../run.ts';
import type { FloatTensor, Raster } from '../values.ts';
import { patchValues, type VisionConfig } from './config.ts';

/** Fewest and most pixels of a picture at native resolution: 4 to 1,280 visual tokens (Qwen2-VL, section 2.1). */
const NATIVE_PIXELS = { fewest: 56 * 56, most: 28 * 28 * 1280 };

/**
 * The size nearest to the picture's whose sides are multiples of `factor` and whose area lies within the bounds
 * (`smart_resize` of Qwen2-VL's image processor). Sizes in pixels; throws where the picture is longer than 200:1.
 */
export function nativeSize(width: number, height: number, factor: number): { width: number; height: number } {
  if (Math.max(width, height) > 200 * Math.min(width, height))
    throw new Error(`a picture of ${width} × ${height} is too long: at most 200 to 1`);
  const scaled = (scale: number, round: (value: number) => number) => ({
    width: Math.max(factor, round((width * scale) / factor) * factor),
    height: Math.max(factor, round((height * scale) / factor) * factor),
  });
  const near = scaled(1, roundHalfEven);
  const area = near.width * near.height;
  if (area > NATIVE_PIXELS.most) return scaled(Math.sqrt(NATIVE_PIXELS.most / (width * height)), Math.floor);
  if (area < NATIVE_PIXELS.fewest) return scaled(Math.sqrt(NATIVE_PIXELS.fewest / (width * height)), Math.ceil);
  return near;
}

/** Rounds halves to the even neighbour, as Python's `round`, which the published code uses. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

/** Size in pixels at which the encoder sees a picture of this size. */
export function seenSize(config: VisionConfig, width: number, height: number): { width: number; height: number } {
  if (config.preprocessing.fit !== 'native') return { width: config.size, height: config.size };
  return nativeSize(width, height, 2 * config.patch);
}

/** Patch grid `[rows, cols]` of a picture of this size. */
export function patchGrid(config: VisionConfig, width: number, height: number): readonly [number, number] {
  const seen = seenSize(config, width, height);
  return [Math.floor(seen.height / config.patch), Math.floor(seen.width / config.patch)];
}

/** Brings a picture to the size that the encoder sees. */
export async function fitPicture(config: VisionConfig, picture: Raster, resize: RunContext['resize']): Promise<Raster> {
  const { fit, normalisation } = config.preprocessing;
  const { width, height } = seenSize(config, picture.width, picture.height);
  const to = (image: Raster, toWidth: number, toHeight: number): Promise<Raster> | Raster =>
    image.width === toWidth && image.height === toHeight ? image : resize(image, toWidth, toHeight, 'bicubic');
  if (fit === 'pad') return to(padToSquare(picture, meanColour(NORMALISATIONS[normalisation])), width, height);
  if (fit !== 'centre-crop') return to(picture, width, height);
  const scale = config.size / Math.min(picture.width, picture.height);
  return centreSquare(await to(picture, Math.round(picture.width * scale), Math.round(picture.height * scale)));
}

/**
 * Normalised patches, row by row: `[n, rows·cols, 3·frames·patch²]`, the values of one patch in the order channel,
 * frame, row, column (that of the published convolution weights). Pixels beyond whole patches are left out, as a
 * convolution of that stride does. Throws where the pictures differ in size.
 */
export function patchify(config: VisionConfig, pictures: readonly Raster[]): FloatTensor {
  const { patch, frames } = config;
  const [first] = pictures;
  if (!first) throw new NodeError('no picture came in', 'Wire a picture to the encoder');
  const [rows, cols] = [Math.floor(first.height / patch), Math.floor(first.width / patch)];
  const { mean, std } = NORMALISATIONS[config.preprocessing.normalisation];
  const values = patchValues(config);
  const data = new Float32Array(pictures.length * rows * cols * values);
  let at = 0;
  for (const picture of pictures) {
    if (picture.width !== first.width || picture.height !== first.height)
      throw new NodeError(
        `pictures of one batch differ in size: ${first.width} × ${first.height} and ${picture.width} × ${picture.height}`,
      );
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const corner = (row * patch * picture.width + col * patch) * 3;
        for (let channel = 0; channel < 3; channel++) {
          const [centre, scale] = [mean[channel] ?? 0, 1 / (std[channel] ?? 1)];
          const start = at;
          for (let y = 0; y < patch; y++) {
            const from = corner + y * picture.width * 3 + channel;
            for (let x = 0; x < patch; x++) data[at++] = ((picture.data[from + x * 3] ?? 0) / 255 - centre) * scale;
          }
          if (frames === 2) {
            data.copyWithin(at, start, at);
            at += patch * patch;
          }
        }
      }
    }
  }
  return { dtype: 'float32', dims: [pictures.length, rows * cols, values], data };
}

/** The mean colour of the training pictures, 0–255, as LLaVA rounds it. */
function meanColour({ mean }: Normalisation): [number, number, number] {
  return [Math.trunc(mean[0] * 255), Math.trunc(mean[1] * 255), Math.trunc(mean[2] * 255)];
}
