import { z } from 'zod';
import { defineNode } from '../definition.ts';
import type { ValueSpec } from '../values.ts';

const params = z.object({
  source: z
    .string()
    .default('example:shapes')
    .meta({ title: 'Picture', description: 'An example, or a PNG, JPEG, WebP or AVIF file', control: 'image' }),
  crop: z
    .enum(['none', 'square'])
    .default('none')
    .meta({ title: 'Crop', description: 'square: the largest centred square' }),
  longestSide: z.int().min(0).max(8192).default(0).meta({
    title: 'Longest side',
    unit: 'px',
    description: 'Shrinks the picture to this; 0 keeps its size',
    advanced: true,
  }),
});

export const definition = defineNode({
  kind: 'image',
  version: 1,
  title: 'Image',
  category: 'Input',
  doc: 'A picture from a file or from the examples, upright as its EXIF orientation says, in 8-bit RGB over white. Encoders resize and normalise it as their model asks, so this node only crops or shrinks where you want it to.',
  sources: [{ title: 'Exif 2.32, orientation (tag 274)', url: 'https://www.cipa.jp/e/std/std-sec.html' }],
  params,
  ports: () => ({ inputs: {}, outputs: { image: { type: 'image', doc: 'The picture' } } }),
  shapes({ params: { crop, longestSide }, facts }): Readonly<Record<string, ValueSpec>> {
    const { width, height } = facts ?? {};
    if (typeof width !== 'number' || typeof height !== 'number') return {};
    return { image: { type: 'image', count: 1, ...outputSize(width, height, crop, longestSide) } };
  },
});

/** Size in pixels after cropping and shrinking; the picture is never enlarged. */
export function outputSize(
  width: number,
  height: number,
  crop: 'none' | 'square',
  longestSide: number,
): { width: number; height: number } {
  const side = Math.min(width, height);
  const cropped = crop === 'square' ? { width: side, height: side } : { width, height };
  const longest = Math.max(cropped.width, cropped.height);
  if (longestSide === 0 || longest <= longestSide) return cropped;
  const scaled = (length: number) => Math.max(1, Math.round((length * longestSide) / longest));
  return { width: scaled(cropped.width), height: scaled(cropped.height) };
}
