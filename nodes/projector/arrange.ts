import { joinTiles, pictureWindow } from '../tiles.ts';
import type { FeaturesValue, FloatTensor, Tiling } from '../values.ts';

/** Features without their class token; the same tensor where there is none. */
export function withoutClassToken({ tensor, classToken }: Pick<FeaturesValue, 'tensor' | 'classToken'>): FloatTensor {
  if (!classToken) return tensor;
  const [n = 0, tokens = 0, width = 0] = tensor.dims;
  const data = new Float32Array(n * (tokens - 1) * width);
  for (let i = 0; i < n; i++) {
    const start = i * tokens * width;
    data.set(tensor.data.subarray(start + width, start + tokens * width), i * (tokens - 1) * width);
  }
  return { dtype: 'float32', dims: [n, tokens - 1, width], data };
}

/**
 * Puts 2 × 2 neighbours of a `[rows, cols]` grid into one row, upper left first: `[n, rows·cols, width]` →
 * `[n, rows·cols/4, 4·width]` (pixel shuffle of InternVL, patch order of Qwen2-VL).
 */
export function mergeNeighbours(tensor: FloatTensor, [rows, cols]: readonly [number, number]): FloatTensor {
  const [n = 0, tokens = 0, width = 0] = tensor.dims;
  const data = new Float32Array(tensor.data.length);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let row = 0; row < rows; row += 2) {
      for (let col = 0; col < cols; col += 2) {
        for (const lower of [0, 1]) {
          const from = (i * tokens + (row + lower) * cols + col) * width;
          data.set(tensor.data.subarray(from, from + 2 * width), at);
          at += 2 * width;
        }
      }
    }
  }
  return { dtype: 'float32', dims: [n, tokens / 4, 4 * width], data };
}

/**
 * Sine and cosine positions of a `rows × cols` grid, measured in cells of a `side × side` grid: `[1, rows·cols, width]`.
 * The first half of the width turns with the column, the second with the row (`get_2d_sincos_pos_embed` of MAE).
 */
export function gridPositions(rows: number, cols: number, side: number, width: number): FloatTensor {
  const quarter = width / 4;
  const data = new Float32Array(rows * cols * width);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const start = (row * cols + col) * width;
      const places = [(col * side) / cols, (row * side) / rows];
      for (const [half, place] of places.entries()) {
        for (let i = 0; i < quarter; i++) {
          const angle = place * 10000 ** (-i / quarter);
          data[start + 2 * half * quarter + i] = Math.sin(angle);
          data[start + (2 * half + 1) * quarter + i] = Math.cos(angle);
        }
      }
    }
  }
  return { dtype: 'float32', dims: [1, rows * cols, width], data };
}

/**
 * Visual tokens of `count` pictures of `tokens` each, a newline token after every row of a picture that came in tiles,
 * and one after each picture that did not.
 */
export function tokensWithNewlines(
  count: number,
  tokens: number,
  grid: FeaturesValue['grid'],
  tiling: Tiling | undefined,
): { readonly count: number; readonly tokens: number } {
  if (!tiling) return { count, tokens: tokens + 1 };
  const { rows, cols } = pictureWindow(grid, tiling);
  return { count: 1, tokens: rows * (cols + 1) + (tiling.thumbnail ? tokens : 0) };
}

/**
 * Embeddings `[n, tokens, width]` with the learned `newline [width]` after each row: the thumbnail first, without one,
 * then the tiles as one grid without its padding, `[1, tokens out, width]`. Pictures that are not cut get one newline
 * each, `[n, tokens + 1, width]` (LLaVA-NeXT: `prepare_inputs_labels_for_multimodal` of llava_arch.py, merge type
 * `spatial_unpad`; `pack_image_features` in transformers).
 */
export function withNewlines(
  embeddings: FloatTensor,
  newline: Float32Array,
  grid: FeaturesValue['grid'],
  tiling: Tiling | undefined,
): FloatTensor {
  const [n = 0, tokens = 0, width = 0] = embeddings.dims;
  const size = tokensWithNewlines(n, tokens, grid, tiling);
  const data = new Float32Array(size.count * size.tokens * width);
  let at = 0;
  const put = (vectors: Float32Array) => {
    data.set(vectors, at);
    at += vectors.length;
  };
  const picture = (index: number) => embeddings.data.subarray(index * tokens * width, (index + 1) * tokens * width);
  if (tiling) {
    if (tiling.thumbnail) put(picture(n - 1));
    const { rows, cols, vectors } = joinTiles(embeddings, grid, tiling);
    for (let row = 0; row < rows; row++) {
      put(vectors.subarray(row * cols * width, (row + 1) * cols * width));
      put(newline);
    }
  } else
    for (let index = 0; index < n; index++) {
      put(picture(index));
      put(newline);
    }
  return { dtype: 'float32', dims: [size.count, size.tokens, width], data };
}
