import type { FeaturesValue, FloatTensor } from '../values.ts';

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
