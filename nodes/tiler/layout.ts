import type { Tiling } from '../values.ts';

/** How a picture is laid out on tiles; pure arithmetic on sizes in pixels. */
export interface TilePlan extends Tiling {
  /** Size that the picture is resized to, before padding to `rows · tile` by `cols · tile`. */
  readonly resized: { readonly width: number; readonly height: number };
}

/** `[rows, cols]` */
export type Grid = readonly [number, number];

/**
 * LLaVA-NeXT's anyres: of the allowed grids, the one that keeps the most pixels of the picture at its own shape, then
 * the one that wastes least (`select_best_resolution`); the picture is fitted inside and padded (`resize_and_pad_image`).
 * LLaVA-NeXT blog of 2024-01-30; llava/mm_utils.py.
 */
export function anyres(width: number, height: number, tile: number, grids: readonly Grid[]): TilePlan {
  let best = { kept: -1, wasted: Infinity, grid: grids[0] ?? ([1, 1] as const) };
  for (const grid of grids) {
    const [gridHeight, gridWidth] = [grid[0] * tile, grid[1] * tile];
    const scale = Math.min(gridWidth / width, gridHeight / height);
    const kept = Math.min(Math.trunc(width * scale) * Math.trunc(height * scale), width * height);
    const wasted = gridWidth * gridHeight - kept;
    if (kept > best.kept || (kept === best.kept && wasted < best.wasted)) best = { kept, wasted, grid };
  }
  const [rows, cols] = best.grid;
  const resized = fitInside(width, height, cols * tile, rows * tile);
  return { rows, cols, thumbnail: true, width, height, padded: true, resized };
}

/** The largest size of the picture's shape inside a box, rounded up as LLaVA does. */
export function fitInside(width: number, height: number, boxWidth: number, boxHeight: number) {
  const [scaleX, scaleY] = [boxWidth / width, boxHeight / height];
  return scaleX < scaleY
    ? { width: boxWidth, height: Math.min(Math.ceil(height * scaleX), boxHeight) }
    : { width: Math.min(Math.ceil(width * scaleY), boxWidth), height: boxHeight };
}

/**
 * InternVL's dynamic tiling: of all grids of `minTiles` to `maxTiles` tiles the one whose shape is nearest to the
 * picture's; among equals the larger, if the picture has more than half its pixels. The picture is stretched onto it.
 * InternVL 1.5, arXiv:2404.16821, section 3.2 (`dynamic_preprocess`, `find_closest_aspect_ratio`).
 */
export function dynamicTiles(
  width: number,
  height: number,
  options: { tile: number; minTiles: number; maxTiles: number; thumbnail: boolean },
): TilePlan {
  const { tile, minTiles, maxTiles, thumbnail } = options;
  let [rows, cols, nearest] = [1, 1, Infinity];
  for (const [gridRows, gridCols] of gridsUpTo(minTiles, maxTiles)) {
    const difference = Math.abs(width / height - gridCols / gridRows);
    const roomy = width * height > 0.5 * tile * tile * gridRows * gridCols;
    if (difference < nearest || (difference === nearest && roomy))
      [rows, cols, nearest] = [gridRows, gridCols, difference];
  }
  return {
    rows,
    cols,
    // A picture of one tile is its own thumbnail.
    thumbnail: thumbnail && rows * cols > 1,
    width,
    height,
    resized: { width: cols * tile, height: rows * tile },
  };
}

/** All grids of `min` to `max` tiles, fewest tiles first. */
function gridsUpTo(min: number, max: number): Grid[] {
  const sides = Array.from({ length: max }, (_, i) => i + 1);
  return sides
    .flatMap((cols) => sides.map((rows): Grid => [rows, cols]))
    .filter(([rows, cols]) => rows * cols >= min && rows * cols <= max)
    .sort((a, b) => a[0] * a[1] - b[0] * b[1]);
}
