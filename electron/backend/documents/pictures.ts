import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { NodeError } from '../../../nodes/run.ts';
import type { PictureEntry } from '../contract.ts';
import { examplePictures, userPictures } from '../paths.ts';
import { fileTrouble } from './trouble.ts';

const indexSchema = z.record(z.string(), z.looseObject({ title: z.string(), licence: z.string() }));

/** The pictures that ship, from `index.json` beside them, by name. */
export async function listPictures(): Promise<PictureEntry[]> {
  const index = indexSchema.parse(JSON.parse(await readFile(join(examplePictures(), 'index.json'), 'utf8')));
  return Object.entries(index).map(([name, { title, licence }]) => ({ source: `example:${name}`, title, licence }));
}

/** Above this many pixels a picture is refused, before anything of it is decoded. */
const LARGEST_PICTURE = 16_384 * 16_384;

/** A WebP data URL at most `size` pixels on its longer side, with the picture's own size, EXIF orientation applied. */
export async function thumbnail(path: string, size: number): Promise<{ url: string; width: number; height: number }> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileTrouble(error, path, 'opened');
  });
  try {
    const picture = sharp(bytes, { limitInputPixels: LARGEST_PICTURE });
    const { width, height } = (await picture.metadata()).autoOrient;
    const small = picture.autoOrient().resize(size, size, { fit: 'inside', withoutEnlargement: true });
    return { url: `data:image/webp;base64,${(await small.webp().toBuffer()).toString('base64')}`, width, height };
  } catch (error) {
    throw notAPicture(path, error);
  }
}

const EXTENSIONS: Readonly<Record<string, string>> = { jpeg: 'jpg', heif: 'avif' };

/** Keeps a picture under the hash of its content, so that adding it twice keeps it once; returns its source. */
export async function addPicture(name: string, file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const format = await sharp(bytes, { limitInputPixels: LARGEST_PICTURE })
    .metadata()
    .then(
      (metadata) => metadata.format,
      (error: unknown) => {
        throw notAPicture(name, error);
      },
    );
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const kept = `${hash}.${EXTENSIONS[format] ?? format}`;
  try {
    await mkdir(userPictures(), { recursive: true });
    await writeFile(join(userPictures(), kept), bytes);
  } catch (error) {
    throw fileTrouble(error, join(userPictures(), kept), 'saved');
  }
  return `picture:${kept}`;
}

function notAPicture(name: string, error: unknown): NodeError {
  const reason = error instanceof Error ? error.message : String(error);
  if (/pixel limit/i.test(reason))
    return new NodeError(`"${name}" has more pixels than can be shown.`, 'Scale it down to at most 16,384 × 16,384.');
  return new NodeError(
    `"${name}" is not a picture that can be read: ${reason.trim()}.`,
    'Use a PNG, JPEG, WebP, AVIF, GIF or TIFF file.',
  );
}
