import { NodeError } from '../../run.ts';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Sized, a picture may have this many pixels; one that is a line would take gigabytes to bring to a model's size. */
const MOST_PIXELS = 16_384 * 16_384;

/** Throws a `NodeError` where a picture that was sized so would not fit in memory. */
export function checked(from: Size, to: Size): Size {
  if (to.width * to.height <= MOST_PIXELS) return to;
  throw new NodeError(
    `A picture of ${from.width} × ${from.height} is too long for this model: its short side alone asks for ${to.width} × ${to.height} pixels.`,
    'Crop the picture first.',
  );
}

/**
 * The picture's shape kept, its shorter side brought to `shortest` (left alone where that is absent), then the longer
 * side to `longest` at most (exactly, where only `longest` is given). Rounded down, as transformers.js does: PyTorch
 * users may see one pixel less on the longer side than torchvision gives.
 */
export function edgeSize(from: Size, shortest: number | undefined, longest: number | undefined): Size {
  const grown = shortest === undefined ? 1 : Math.max(shortest / from.width, shortest / from.height);
  const [width, height] = [from.width * grown, from.height * grown];
  const shrunk = longest === undefined ? 1 : Math.min(longest / width, longest / height);
  return { width: wholePixels(width * shrunk), height: wholePixels(height * shrunk) };
}

/** Rounded down, but for what the arithmetic lost; a side has at least one pixel. */
function wholePixels(value: number): number {
  return Math.max(1, Math.floor(Number(value.toFixed(2))));
}

/**
 * Sides that are multiples of `factor`, near the picture's own, with `fewest` to `most` pixels in all (`smart_resize`
 * of Qwen2-VL, as transformers.js has it: a picture smaller than one factor is enlarged first, and halves are rounded
 * up, where Python rounds them to the even neighbour). Throws a `NodeError` where the picture is longer than 200:1.
 */
export function smartSize(from: Size, factor: number, fewest: number, most: number): Size {
  const enlarged = Math.max(1, factor / from.width, factor / from.height);
  const [width, height] =
    enlarged === 1
      ? [from.width, from.height]
      : [Math.round(from.width * enlarged), Math.round(from.height * enlarged)];
  if (Math.max(width, height) > 200 * Math.min(width, height))
    throw new NodeError(
      `A picture of ${from.width} × ${from.height} is too long for this model: at most 200 to 1.`,
      'Crop the picture first.',
    );
  const each = (size: (side: number) => number): Size => ({
    width: Math.max(factor, size(width) * factor),
    height: Math.max(factor, size(height) * factor),
  });
  const near = each((side) => Math.round(side / factor));
  const pixels = near.width * near.height;
  // The order of the arithmetic is the reference's: another rounds otherwise at the edges.
  if (pixels > most) {
    const beta = Math.sqrt((height * width) / most);
    return each((side) => Math.floor(side / beta / factor));
  }
  if (pixels < fewest) {
    const beta = Math.sqrt(fewest / (height * width));
    return each((side) => Math.ceil((side * beta) / factor));
  }
  return near;
}
