import type { Family } from './family.ts';

const AROUND = '<fake_token_around_image>';

/** Idefics3 and SmolVLM: tiles row by row with their places, then the whole picture (processing_idefics3.py). */
export const idefics3: Family = {
  types: ['idefics3', 'smolvlm'],
  place({ tokens, tiles: [rows, cols] }, token) {
    const visual = token.repeat(tokens);
    const lines = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: cols }, (_, col) => `${AROUND}<row_${row + 1}_col_${col + 1}>${visual}`).join(''),
    );
    const tiled = lines.map((line) => `${line}\n`).join('');
    return `${tiled}${tiled && '\n'}${AROUND}<global-img>${visual}${AROUND}`;
  },
};
