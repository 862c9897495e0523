import type { Raster } from '../../../nodes/values.ts';

/** Thirty sizes that break arithmetic: single pixels, lines, primes, one off a patch or a tile, large. */
export const SIZES: readonly (readonly [width: number, height: number])[] = [
  [1, 1],
  [1, 2],
  [2, 1],
  [1, 201],
  [201, 1],
  [3, 7],
  [7, 3],
  [13, 13],
  [27, 29],
  [28, 28],
  [29, 27],
  [55, 57],
  [100, 20],
  [20, 100],
  [223, 225],
  [224, 224],
  [225, 223],
  [333, 77],
  [77, 333],
  [336, 336],
  [378, 377],
  [384, 383],
  [511, 513],
  [512, 512],
  [640, 480],
  [601, 799],
  [1023, 130],
  [1024, 1025],
  [1500, 40],
  [1300, 1100],
];

/** A picture with slopes, hard edges and grain, the same each time. */
export function picture(width: number, height: number): Raster {
  const data = new Uint8Array(3 * width * height);
  let seed = (width * 7919 + height) >>> 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const edge = (Math.floor(x / 9) + Math.floor(y / 7)) % 2 === 0 ? 90 : 0;
      const at = 3 * (y * width + x);
      data[at] = (edge + (160 * x) / width) & 255;
      data[at + 1] = (edge / 2 + (200 * y) / height) & 255;
      data[at + 2] = seed >>> 24;
    }
  return { width, height, data };
}
