import type { Tensor } from '../values.ts';
import type { TextConfig } from './presets.ts';

export interface TextFeeds {
  /** int64 `[n, context]` */
  readonly ids: Tensor;
  /** int64 `[n]` */
  readonly read: Tensor;
}

/**
 * Token ids of each text as the tower takes them: start token where it has one, the text cut to fit, end token, padding.
 * Ids beyond the tower's vocabulary (another tokenizer's) are folded into it.
 */
export function textFeeds(config: TextConfig, texts: readonly (readonly number[])[]): TextFeeds {
  const { vocabulary, context, start, end, padding, causal } = config;
  const before = start === undefined ? [] : [start];
  const rows = texts.map((ids) => [
    ...before,
    ...ids.slice(0, context - before.length - 1).map((id) => id % vocabulary),
    end,
  ]);
  const ids = rows.flatMap((row) => [...row, ...Array<number>(context - row.length).fill(padding)]);
  const read = rows.map((row, i) => i * context + (causal ? row.length : context) - 1);
  return { ids: int64([rows.length, context], ids), read: int64([rows.length], read) };
}

function int64(dims: readonly number[], values: readonly number[]): Tensor {
  return { dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) };
}
