import type { FeaturesValue, FloatTensor, Tiling } from './values.ts';

/** Patch vectors on a grid: `vectors[(row · cols + col) · width + channel]`. */
export interface Patches {
  readonly rows: number;
  readonly cols: number;
  readonly width: number;
  readonly vectors: Float32Array;
}

/**
 * Where a picture lies on the patch grid of all its tiles, each of `grid` patches: without the rows or columns of the
 * padding, which a picture that was padded has on two sides (LLaVA-NeXT: `unpad_image` of llava_arch.py, rounding as in
 * transformers' modeling_llava_next.py).
 */
export function pictureWindow([tileRows, tileCols]: FeaturesValue['grid'], tiling: Tiling | undefined) {
  const [rows, cols] = [(tiling?.rows ?? 1) * tileRows, (tiling?.cols ?? 1) * tileCols];
  if (!tiling?.padded) return { top: 0, left: 0, rows, cols };
  const { width, height } = tiling;
  if (width / height > cols / rows) {
    const top = Math.floor((rows - whole(height * (cols / width))) / 2);
    return { top, left: 0, rows: rows - 2 * top, cols };
  }
  const left = Math.floor((cols - whole(width * (rows / height))) / 2);
  return { top: 0, left, rows, cols: cols - 2 * left };
}

/** Cut to a whole number; what lies within 1e-7 below the next one is that. */
function whole(value: number): number {
  return Math.trunc(Number(value.toFixed(7)));
}

/**
 * The patches `[n, tokens, width]` of one picture's tiles on one grid, without padding, thumbnail and class token; of
 * several pictures the first.
 */
export function joinTiles(
  { dims, data }: FloatTensor,
  grid: FeaturesValue['grid'],
  tiling: Tiling | undefined,
): Patches {
  const [, tokens = 0, width = 0] = dims;
  const [tileRows, tileCols] = grid;
  const skip = tokens - tileRows * tileCols;
  const { top, left, rows, cols } = pictureWindow(grid, tiling);
  const vectors = new Float32Array(rows * cols * width);
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      const [y, x] = [top + row, left + col];
      const tile = Math.floor(y / tileRows) * (tiling?.cols ?? 1) + Math.floor(x / tileCols);
      const from = (tile * tokens + skip + (y % tileRows) * tileCols + (x % tileCols)) * width;
      vectors.set(data.subarray(from, from + width), (row * cols + col) * width);
    }
  return { rows, cols, width, vectors };
}
