import type { Tensor } from '../values.ts';
import type { Hallucination, Split } from './data/world.ts';

/** An answer within a batch: tokens `from` to `to` (not included) of the flattened targets, all of which must be right. */
export interface AnswerSpan {
  readonly from: number;
  readonly to: number;
  readonly world: string;
  readonly kind: string;
  readonly hallucination: Hallucination;
}

export interface Batch {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Answers to be judged, where the task has any. */
  readonly answers?: readonly AnswerSpan[];
  /** Numbers of the pictures, for features that are kept. */
  readonly pictures?: readonly number[];
}

/** Makes batch `index` of a split: the same for the same index, whatever was made before. */
export type BatchMaker = (split: Split, index: number) => Batch;

/** A seed for one item, mixed so that neighbours have nothing in common (MurmurHash3's finaliser). */
export function itemSeed(seed: number, split: Split, index: number): number {
  const streams = { train: 0x51ed270b, validation: 0x2545f491, test: 0x7f4a7c15 };
  let hash = Math.imul(seed + 1, 0x9e3779b1) ^ streams[split];
  hash = Math.imul(hash ^ index, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) + index;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
