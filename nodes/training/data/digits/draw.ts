import type { Raster } from '../../../values.ts';
import { paintBackground } from '../background.ts';
import { type PatchLabels, SIDE } from '../world.ts';
import { IMAGE_SIDE } from './images.ts';
import type { DigitsScene, Placed } from './scene.ts';

/** The picture: every pixel's ink is the mean of bilinear samples of the digit's picture, four a pixel. */
export function drawDigits(scene: DigitsScene, side: number): Raster {
  const picture = paintBackground(scene.background, side);
  for (const digit of scene.digits) paint(picture, digit, scene.ink);
  return picture;
}

function paint({ width: side, data }: Raster, digit: Placed, colour: DigitsScene['ink']): void {
  const scale = side / SIDE;
  const ink = inkAt(digit);
  const extent = halfDiagonal(digit);
  const bounded = (value: number): number => Math.min(side, Math.max(0, Math.round(value * scale)));
  for (let y = bounded(digit.y - extent); y < bounded(digit.y + extent); y++)
    for (let x = bounded(digit.x - extent); x < bounded(digit.x + extent); x++) {
      let sum = 0;
      for (let i = 0; i < 4; i++) sum += ink((x + 0.25 + (i & 1) / 2) / scale, (y + 0.25 + (i >> 1) / 2) / scale);
      if (sum === 0) continue;
      const [share, at] = [sum / (4 * 255), (y * side + x) * 3];
      for (let channel = 0; channel < 3; channel++) {
        const below = data[at + channel] as number;
        data[at + channel] = below + ((colour[channel] as number) - below) * share + 0.5;
      }
    }
}

/** From a digit's centre to the corner of its box, in pixels of 64, with the soft edge of its ink. */
function halfDiagonal({ image: { box }, scale }: Placed): number {
  return (Math.hypot(box.right - box.left, box.bottom - box.top) / 2 + 1.5) * scale;
}

/** Ink at a point of the 64 × 64 square, 0–255: the digit's picture is turned and scaled about the centre of its box. */
function inkAt({
  image: { ink, box },
  scale,
  angle,
  x: centreX,
  y: centreY,
}: Placed): (x: number, y: number) => number {
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const [midX, midY] = [(box.left + box.right) / 2 - 0.5, (box.top + box.bottom) / 2 - 0.5];
  const pixel = (col: number, row: number): number =>
    col < 0 || row < 0 || col >= IMAGE_SIDE || row >= IMAGE_SIDE ? 0 : (ink[row * IMAGE_SIDE + col] as number);
  return (x, y) => {
    const [offX, offY] = [x - centreX, y - centreY];
    const [u, v] = [midX + offX * cos + offY * sin, midY - offX * sin + offY * cos];
    const [col, row] = [Math.floor(u), Math.floor(v)];
    const [right, down] = [u - col, v - row];
    const top = pixel(col, row) * (1 - right) + pixel(col + 1, row) * right;
    const bottom = pixel(col, row + 1) * (1 - right) + pixel(col + 1, row + 1) * right;
    return top * (1 - down) + bottom * down;
  };
}

export const DIGITS_PATCH_CLASSES = {
  /** The digit plus one. */
  digit: 11,
  /** Whether a digit has its centre in the patch. */
  centres: 2,
};

/** Points a patch is sampled at, along each side. */
const POINTS = 4;
/** A patch belongs to the digit with most ink in it, where that is at least this many full points of its 16. */
const LEAST_POINTS = 1.5;

export function digitsPatchLabels({ digits }: DigitsScene, rows: number): PatchLabels {
  const labels = { digit: new Uint8Array(rows * rows), centres: new Uint8Array(rows * rows) };
  const most = new Float32Array(rows * rows).fill(LEAST_POINTS * 255);
  const patch = SIDE / rows;
  for (const digit of digits) {
    const ink = inkAt(digit);
    const first = (centre: number): number => Math.max(0, Math.floor((centre - halfDiagonal(digit)) / patch));
    const last = (centre: number): number => Math.min(rows - 1, Math.floor((centre + halfDiagonal(digit)) / patch));
    for (let row = first(digit.y); row <= last(digit.y); row++)
      for (let col = first(digit.x); col <= last(digit.x); col++) {
        const sum = patchInk(ink, col * patch, row * patch, patch);
        const cell = row * rows + col;
        if (sum < (most[cell] as number)) continue;
        most[cell] = sum;
        labels.digit[cell] = digit.image.digit + 1;
      }
    labels.centres[Math.floor(digit.y / patch) * rows + Math.floor(digit.x / patch)] = 1;
  }
  return labels;
}

function patchInk(ink: (x: number, y: number) => number, left: number, top: number, patch: number): number {
  let sum = 0;
  for (let i = 0; i < POINTS * POINTS; i++)
    sum += ink(left + ((i % POINTS) + 0.5) * (patch / POINTS), top + (Math.floor(i / POINTS) + 0.5) * (patch / POINTS));
  return sum;
}
