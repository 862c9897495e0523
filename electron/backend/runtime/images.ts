import { readFileSync, type Stats, statSync } from 'node:fs';
import sharp, { type Sharp } from 'sharp';
import { NodeError, type Resampling } from '../../../nodes/run.ts';
import type { Raster } from '../../../nodes/values.ts';

/** Larger pictures are refused: decoded, 268 million pixels take 0.8 GB. */
const MAX_PIXELS = 16_384 * 16_384;
const WHITE = { r: 255, g: 255, b: 255 };
const BACKGROUND = { r: 0, g: 0, b: 0, alpha: 0 };
/** JPEG is written in a quarter of WebP's time; small drawings keep their edges. */
const ONE_PICTURE = { quality: 90, chromaSubsampling: '4:4:4' } as const;
/** Pixels between the tiles of a montage. */
const GAP = 2;

/** RGB 8 bit, EXIF orientation applied, alpha over white. Rejects with a `NodeError` that names the file and what to do. */
export async function decodeImage(path: string): Promise<Raster> {
  return opening(path, async (picture) => {
    const { data, info } = await picture
      .autoOrient()
      .flatten({ background: WHITE })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  });
}

/** Size in pixels after EXIF orientation; only the header is read. */
export async function imageSize(path: string): Promise<{ width: number; height: number }> {
  return opening(path, async (picture) => {
    const { width, height, autoOrient } = await picture.metadata();
    if (width * height > MAX_PIXELS) throw new Error('Input image exceeds pixel limit');
    return { width: autoOrient.width, height: autoOrient.height };
  });
}

/** Antialiased when it shrinks, as PIL's filters are: the kernel widens with the factor. */
export async function resize(
  image: Raster,
  width: number,
  height: number,
  method: 'bicubic' | 'bilinear',
): Promise<Raster> {
  const kernel = method === 'bicubic' ? sharp.kernel.cubic : sharp.kernel.linear;
  const data = await fromRaster(image)
    .resize(width, height, { fit: 'fill', kernel, fastShrinkOnLoad: false })
    .raw()
    .toBuffer();
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** As transformers.js sizes pictures on Node, pixel for pixel; see `RunContext.resample`. */
export async function resample(image: Raster, width: number, height: number, method: Resampling): Promise<Raster> {
  if (image.width === width && image.height === height) return image;
  const picture = fromRaster(image);
  const sized =
    method === 'lanczos'
      ? picture.resize({ width, height, fit: 'fill', kernel: 'lanczos3' })
      : picture.affine([width / image.width, 0, 0, height / image.height], { interpolator: method });
  const { data, info } = await sized.raw().toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

/** Lossless, for whoever is sent a picture. */
export async function encodePng(image: Raster): Promise<Uint8Array> {
  return fromRaster(image).png().toBuffer();
}

/** One data URL of all rasters, `columns` to a row, at most `size` pixels on its longer side. */
export async function montage(images: readonly Raster[], columns: number | undefined, size: number): Promise<string> {
  const [first] = images;
  if (!first) throw new Error('a montage of no images');
  const cols = Math.min(images.length, columns ?? Math.ceil(Math.sqrt(images.length)));
  const rows = Math.ceil(images.length / cols);
  const scale = Math.min(1, size / Math.max(cols * first.width, rows * first.height));
  const width = Math.max(1, Math.floor(first.width * scale) - (cols > 1 ? GAP : 0));
  const height = Math.max(1, Math.floor(first.height * scale) - (rows > 1 ? GAP : 0));
  const shrink = (image: Raster) => fromRaster(image).resize(width, height, { fit: 'fill' });
  if (images.length === 1) return dataUrl('jpeg', await shrink(first).jpeg(ONE_PICTURE).toBuffer());
  const tiles = await Promise.all(
    images.map(async (image, index) => ({
      input: await shrink(image).png({ compressionLevel: 0 }).toBuffer(),
      left: (index % cols) * (width + GAP),
      top: Math.floor(index / cols) * (height + GAP),
    })),
  );
  const canvas = {
    width: cols * (width + GAP) - GAP,
    height: rows * (height + GAP) - GAP,
    channels: 4,
    background: BACKGROUND,
  } as const;
  return dataUrl('webp', await sharp({ create: canvas }).composite(tiles).webp().toBuffer());
}

function fromRaster({ width, height, data }: Raster): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

function dataUrl(format: 'jpeg' | 'webp', file: Buffer): string {
  return `data:image/${format};base64,${file.toString('base64')}`;
}

async function opening<T>(path: string, work: (picture: Sharp) => Promise<T>): Promise<T> {
  const found = statOf(path);
  if (!found) throw new NodeError(`There is no picture at ${path}.`, 'Choose another file, or put it back.');
  if (!found.isFile()) throw new NodeError(`${path} is not a file.`, 'Choose a picture in it.');
  try {
    // Read here, because a packaged app's pictures stand in an archive that only Node's `fs` opens; in one go, because
    // beside ONNX Runtime's threads each asynchronous step waits longer for a core than the file takes.
    const bytes = readFileSync(path);
    return await work(sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' }));
  } catch (error) {
    throw explain(path, error);
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function explain(path: string, error: unknown): NodeError {
  const reason = error instanceof Error ? error.message : String(error);
  if (/exceeds pixel limit/i.test(reason))
    return new NodeError(
      `${path} is too large: more than ${MAX_PIXELS / 1e6} million pixels.`,
      'Scale the picture down first.',
    );
  if (/unsupported image format|no known|not a known/i.test(reason))
    return new NodeError(
      `${path} is not a picture in a format that can be read.`,
      'Use PNG, JPEG, WebP, AVIF, TIFF or GIF.',
    );
  return new NodeError(
    `${path} is damaged and cannot be decoded.`,
    `Save or download it again. The decoder said: ${reason.split('\n')[0]}`,
  );
}
