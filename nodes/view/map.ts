import { joinTiles, type Patches } from '../tiles.ts';
import type { EmbeddingsValue, FeaturesValue, Raster, Tensor, TensorValue } from '../values.ts';

/** One value a patch, row by row. */
export interface HeatMap {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array;
}

export interface MapOptions {
  readonly map: 'norm' | 'similarity' | 'channel';
  readonly row: number;
  readonly column: number;
  readonly channel: number;
}

/**
 * The map of features `[n, tokens, width]` or of a float tensor `[rows, cols]`, `[1, rows, cols]` or
 * `[1, channels, rows, cols]`; `undefined` where there is no grid. Throws an `Error` where a chosen patch or channel
 * is outside.
 */
export function heatMap(
  value: FeaturesValue | EmbeddingsValue | TensorValue,
  options: MapOptions,
): HeatMap | undefined {
  const patches = value.type === 'tensor' ? patchesOfTensor(value.tensor) : patchesOfFeatures(value);
  if (!patches) return undefined;
  const { rows, cols, width } = patches;
  const at = (i: number) => patches.vectors.subarray(i * width, (i + 1) * width);
  const values = new Float32Array(rows * cols);
  if (options.map === 'channel' || width === 1) {
    const channel = width === 1 ? 0 : options.channel;
    if (channel >= width) throw new Error(`channel ${channel} is outside: there are ${width}, counted from 0`);
    for (let i = 0; i < values.length; i++) values[i] = at(i)[channel] ?? 0;
  } else if (options.map === 'similarity') {
    if (options.row >= rows || options.column >= cols)
      throw new Error(`patch (${options.row}, ${options.column}) is outside the grid of ${rows} × ${cols}`);
    const chosen = at(options.row * cols + options.column);
    for (let i = 0; i < values.length; i++) values[i] = cosine(chosen, at(i));
  } else {
    for (let i = 0; i < values.length; i++) values[i] = Math.sqrt(dot(at(i), at(i)));
  }
  return { rows, cols, values };
}

/** No grid, or one that the tokens do not fill: nothing to draw on. */
function patchesOfFeatures({ tensor, grid, tiling }: FeaturesValue | EmbeddingsValue): Patches | undefined {
  if (!grid || (tensor.dims[1] ?? 0) < grid[0] * grid[1]) return undefined;
  return joinTiles(tensor, grid, tiling);
}

function patchesOfTensor({ dims, data, dtype }: Tensor): Patches | undefined {
  if (dtype !== 'float32' || !(data instanceof Float32Array)) return undefined;
  const [rows = 0, cols = 0] = dims.slice(-2);
  const channels = dims.length === 4 ? (dims[1] ?? 0) : 1;
  const batch = dims.length === 2 ? 1 : dims[0];
  if (dims.length < 2 || dims.length > 4 || batch !== 1 || rows < 2 || cols < 2) return undefined;
  const vectors = new Float32Array(data.length);
  const plane = rows * cols;
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0; i < plane; i++) vectors[i * channels + channel] = data[channel * plane + i] ?? 0;
  return { rows, cols, width: channels, vectors };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function cosine(a: Float32Array, b: Float32Array): number {
  const length = Math.sqrt(dot(a, a) * dot(b, b));
  return length === 0 ? 0 : dot(a, b) / length;
}

/** Draws a map over a picture, `opacity` 0–1; the smallest value is dark blue, the largest yellow. */
export function drawOver(picture: Raster, { rows, cols, values }: HeatMap, opacity: number): Raster {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const range = high - low || 1;
  const data = new Uint8Array(picture.data.length);
  for (let y = 0; y < picture.height; y++)
    for (let x = 0; x < picture.width; x++) {
      const value = bilinear(
        values,
        rows,
        cols,
        ((y + 0.5) / picture.height) * rows - 0.5,
        ((x + 0.5) / picture.width) * cols - 0.5,
      );
      const colour = viridis((value - low) / range);
      const at = (y * picture.width + x) * 3;
      for (let c = 0; c < 3; c++)
        data[at + c] = Math.round((1 - opacity) * (picture.data[at + c] ?? 0) + opacity * (colour[c] ?? 0));
    }
  return { ...picture, data };
}

function bilinear(values: Float32Array, rows: number, cols: number, y: number, x: number): number {
  const [cy, cx] = [Math.min(Math.max(y, 0), rows - 1), Math.min(Math.max(x, 0), cols - 1)];
  const [top, left] = [Math.floor(cy), Math.floor(cx)];
  const [bottom, right] = [Math.min(top + 1, rows - 1), Math.min(left + 1, cols - 1)];
  const at = (row: number, col: number) => values[row * cols + col] ?? 0;
  const upper = at(top, left) + (at(top, right) - at(top, left)) * (cx - left);
  const lower = at(bottom, left) + (at(bottom, right) - at(bottom, left)) * (cx - left);
  return upper + (lower - upper) * (cy - top);
}

/** Five stops of the viridis colour map, evenly spaced. */
const VIRIDIS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

function viridis(share: number): [number, number, number] {
  const place = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const index = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const [low, high] = [VIRIDIS[index] ?? VIRIDIS[0], VIRIDIS[index + 1] ?? VIRIDIS[0]];
  const mix = (channel: 0 | 1 | 2) => low[channel] + (high[channel] - low[channel]) * (place - index);
  return [mix(0), mix(1), mix(2)];
}
