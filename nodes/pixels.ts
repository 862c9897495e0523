import type { FloatTensor, Raster } from './values.ts';

/** Pure functions on pictures. Resizing with PIL's filters is the engine's: `RunContext.resize`. */

/** A box in pixels; its edges lie within the picture. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function crop(image: Raster, box: Box): Raster {
  const data = new Uint8Array(box.width * box.height * 3);
  for (let y = 0; y < box.height; y++) {
    const from = ((box.top + y) * image.width + box.left) * 3;
    data.set(image.data.subarray(from, from + box.width * 3), y * box.width * 3);
  }
  return { width: box.width, height: box.height, data };
}

/** The largest centred square. */
export function centreSquare(image: Raster): Raster {
  const side = Math.min(image.width, image.height);
  const left = Math.floor((image.width - side) / 2);
  const top = Math.floor((image.height - side) / 2);
  return crop(image, { left, top, width: side, height: side });
}

/** Centres the picture on a `width × height` ground of one colour (RGB, 0–255). */
export function pad(image: Raster, width: number, height: number, colour: readonly [number, number, number]): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data.set(colour, i);
  const left = Math.floor((width - image.width) / 2);
  const top = Math.floor((height - image.height) / 2);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    data.set(row, ((top + y) * width + left) * 3);
  }
  return { width, height, data };
}

/** Pads to a square on the mean colour, as LLaVA-1.5 does before CLIP (`expand2square`). */
export function padToSquare(image: Raster, colour: readonly [number, number, number]): Raster {
  const side = Math.max(image.width, image.height);
  return pad(image, side, side, colour);
}

/** Cuts a picture into `rows × cols` equal tiles, row by row. */
export function tiles(image: Raster, rows: number, cols: number): Raster[] {
  const [width, height] = [image.width / cols, image.height / rows];
  return Array.from({ length: rows * cols }, (_, i) =>
    crop(image, { left: (i % cols) * width, top: Math.floor(i / cols) * height, width, height }),
  );
}

export interface Normalisation {
  /** Per channel, on values scaled to 0–1. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Statistics of the training pictures of CLIP, ImageNet models, and of models that map to −1–1 (SigLIP). */
export const NORMALISATIONS = {
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  'minus-one-to-one': { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  'zero-to-one': { mean: [0, 0, 0], std: [1, 1, 1] },
  'zero-to-255': { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
} as const satisfies Record<string, Normalisation>;

/**
 * `(value / 255 − mean) / std` as `[n, 3, height, width]` (`NCHW`) or `[n, height, width, 3]` (`NHWC`).
 * All pictures have the size of the first; throws where one has not.
 */
export function normalise(
  images: readonly Raster[],
  { mean, std }: Normalisation,
  layout: 'NCHW' | 'NHWC' = 'NCHW',
): FloatTensor {
  const { width, height } = images[0] ?? { width: 0, height: 0 };
  const plane = width * height;
  const data = new Float32Array(images.length * plane * 3);
  const scale = std.map((value) => 1 / (255 * value));
  const shift = mean.map((value, channel) => value / (std[channel] ?? 1));
  images.forEach((image, n) => {
    if (image.width !== width || image.height !== height)
      throw new Error(`pictures of one batch differ in size: ${width}×${height} and ${image.width}×${image.height}`);
    const base = n * plane * 3;
    for (let channel = 0; channel < 3; channel++) {
      const [factor, offset] = [scale[channel] ?? 0, shift[channel] ?? 0];
      const [step, start] = layout === 'NCHW' ? [1, channel * plane] : [3, channel];
      for (let i = 0; i < plane; i++)
        data[base + start + i * step] = (image.data[i * 3 + channel] ?? 0) * factor - offset;
    }
  });
  const dims = layout === 'NCHW' ? [images.length, 3, height, width] : [images.length, height, width, 3];
  return { dtype: 'float32', dims, data };
}
