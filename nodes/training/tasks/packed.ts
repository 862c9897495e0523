import type { TextTokenizer } from '../../generation/tokenizer.ts';
import { mul, reduceSum, unsqueeze } from '../../onnx/functions.ts';
import type { Graph, Handle } from '../../onnx/graph.ts';
import { rowsOf } from '../../onnx/layers/linear.ts';
import type { Tensor } from '../../values.ts';
import { integer, shuffled } from '../data/chance.ts';
import { idOf } from '../data/tokens.ts';
import type { Random } from '../data/world.ts';
import { HIDDEN, OPENING } from '../turns.ts';
import { int64, type Tokens } from './conversations.ts';

/**
 * Scenes told in one token a thing, the sum of the embeddings of its words: so that a language model which has read words
 * only knows what to do with tokens that a connector makes of pictures, which hold a thing at a time as well.
 */

/** What a slot says that holds nothing. */
const NOTHING = idOf('<pad>');

/** Tokens kept for it in every sequence, and words of one. */
const SLOTS = 12;
const WORDS = 5;
/** Places that patches of a picture take up at most. */
const LONGEST = 66;

/** One scene: words of each slot, `<pad>` where it says that there is nothing; and the places of the slots. */
export interface Packed {
  readonly words: readonly (readonly number[])[];
  readonly positions: readonly number[];
  /** Places between `<user>` and what follows. */
  readonly span: number;
}

/** Things in random order at random places, tokens that stand for nothing among them. */
export function packing(tokenizer: TextTokenizer, things: readonly string[], random: Random): Packed {
  const told = things.map((thing) => tokenizer.encode(thing));
  if (told.some(({ length }) => length > WORDS)) throw new Error(`a thing is told in more than ${WORDS} tokens`);
  const empty = Array.from({ length: integer(random, 0, SLOTS - told.length) }, () => [NOTHING]);
  const words = shuffled(random, [...told, ...empty]);
  const span = integer(random, words.length, LONGEST);
  const places = shuffled(
    random,
    Array.from({ length: span }, (_, i) => i + 1),
  ).slice(0, words.length);
  return { words, positions: places.sort((a, b) => a - b), span };
}

/** Inputs `things [batch, slots, words]`, `thing_weights`, `thing_positions` and `thing_turns`. */
export function packedInputs(g: Graph, table: Handle, batch: number): Tokens {
  const words = g.input('things', 'int64', [batch, SLOTS, WORDS]);
  const weights = g.input('thing_weights', 'float32', [batch, SLOTS, WORDS]);
  const weighted = mul(g, rowsOf(g, table, words), unsqueeze(g, weights, [3]));
  return {
    x: reduceSum(g, weighted, [2], { keep: false }),
    positions: g.input('thing_positions', 'int64', [batch, SLOTS]),
    turns: g.input('thing_turns', 'int64', [batch, SLOTS]),
  };
}

/** Of sequences that are told in words, none is seen. */
export function packedFeeds(rows: readonly (Packed | undefined)[]): Readonly<Record<string, Tensor>> {
  const weights = new Float32Array(rows.length * SLOTS * WORDS);
  const words = new Int32Array(weights.length);
  rows.forEach((row, at) => {
    row?.words.forEach((ids, slot) => {
      const start = (at * SLOTS + slot) * WORDS;
      words.set(ids, start);
      // As long as one word.
      weights.fill(1 / Math.sqrt(ids.length), start, start + ids.length);
    });
  });
  const slots = (value: (row: Packed | undefined, slot: number) => number) =>
    rows.map((row) => Array.from({ length: SLOTS }, (_, slot) => value(row, slot)));
  return {
    things: int64([words], [rows.length, SLOTS, WORDS]),
    thing_weights: { dtype: 'float32', dims: [rows.length, SLOTS, WORDS], data: weights },
    thing_positions: int64(
      slots((row, slot) => row?.positions[slot] ?? 0),
      [rows.length, SLOTS],
    ),
    thing_turns: int64(
      slots((row, slot) => (row && slot < row.words.length ? OPENING : HIDDEN)),
      [rows.length, SLOTS],
    ),
  };
}
