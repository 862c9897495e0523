import {
  and,
  argMax,
  cast,
  concat,
  equal,
  lessOrEqual,
  or,
  range,
  reshape,
  slice,
  unsqueeze,
  where,
} from '../../onnx/functions.ts';
import type { Graph, Handle } from '../../onnx/graph.ts';
import { LOWEST } from '../../onnx/layers/attention.ts';
import type { Tensor } from '../../values.ts';
import type { Batch } from '../batch.ts';
import { accuracy, crossEntropy } from '../losses.ts';
import type { Objective } from '../step.ts';
import { OPENING, type Sequence } from '../turns.ts';

/** Batches of conversations, and the inputs that a training graph takes them by. */

/** What stands in a sequence: `x [batch, tokens, width]`, and for each token its place and its turn, int64 `[batch, tokens]`. */
export interface Tokens {
  readonly x: Handle;
  readonly positions: Handle;
  readonly turns: Handle;
}

/** Inputs `ids`, `positions` and `turns`, int64 `[batch, tokens]`. */
export function conversationInputs(g: Graph, batch: number, tokens: number) {
  const input = (name: string) => g.input(name, 'int64', [batch, tokens]);
  return { ids: input('ids'), positions: input('positions'), turns: input('turns') };
}

/** Tokens that stand after the first of each sequence. */
export function inserted(g: Graph, text: Tokens, beside: Tokens): Tokens {
  const joined = (of: (tokens: Tokens) => Handle) =>
    concat(g, [sliced(g, of(text), 0, 1), of(beside), sliced(g, of(text), 1)], 1);
  return { x: joined(({ x }) => x), positions: joined((one) => one.positions), turns: joined(({ turns }) => turns) };
}

const sliced = (g: Graph, x: Handle, from: number, to?: number) => slice(g, x, 1, from, to);

/** What a decoder takes: each token sees, of what came before it, the opening and its own turn. */
export function sequenceInputs(g: Graph, { x, positions, turns }: Tokens) {
  return { x, positions: unsqueeze(g, positions, [0]), mask: turnMask(g, turns) };
}

/** 0 where a token may look, very low where it may not: `turns [batch, tokens]` → `[batch, 1, tokens, tokens]`. */
function turnMask(g: Graph, turns: Handle): Handle {
  const places = range(g, 0, Number(turns.shape[1]));
  const before = lessOrEqual(g, unsqueeze(g, places, [0]), unsqueeze(g, places, [1]));
  const [looking, seen] = [unsqueeze(g, turns, [1, 3]), unsqueeze(g, turns, [1, 2])];
  const shared = or(g, equal(g, seen, OPENING), equal(g, seen, looking));
  return where(g, and(g, before, shared), 0, LOWEST);
}

/** Cross-entropy of `scores [batch, tokens, vocabulary]` against the inputs `targets` and `target_weights`, `[batch·tokens]`. */
export function answerObjective(g: Graph, scores: Handle): Objective {
  const [batch, tokens, vocabulary] = scores.shape.map(Number) as [number, number, number];
  const targets = g.input('targets', 'int64', [batch * tokens]);
  const weights = g.input('target_weights', 'float32', [batch * tokens]);
  const flat = reshape(g, cast(g, scores, 'float32'), [batch * tokens, vocabulary]);
  return {
    loss: crossEntropy(g, flat, targets, { weights }),
    figures: { accuracy: accuracy(g, flat, targets, weights) },
    outputs: { predicted: argMax(g, flat, -1) },
  };
}

/** Sequences as tensors `ids`, `positions` and `turns [batch, tokens]`, `targets` and `target_weights [batch·tokens]`. */
export function conversationBatch(sequences: readonly Sequence[], tokens: number): Batch {
  const flat = [sequences.length * tokens];
  const rows = [sequences.length, tokens];
  const weights = Float32Array.from(sequences.flatMap((sequence) => [...sequence.weights]));
  return {
    feeds: {
      ids: int64(
        sequences.map(({ ids }) => ids),
        rows,
      ),
      positions: int64(
        sequences.map(({ positions }) => positions),
        rows,
      ),
      turns: int64(
        sequences.map((sequence) => sequence.turns),
        rows,
      ),
      targets: int64(
        sequences.map(({ targets }) => targets),
        flat,
      ),
      target_weights: { dtype: 'float32', dims: flat, data: weights },
    },
    answers: sequences.flatMap(({ answers }, row) =>
      answers.map((span) => ({ ...span, from: row * tokens + span.from, to: row * tokens + span.to })),
    ),
  };
}

/** Rows of whole numbers one after the other. */
export function int64(rows: readonly ArrayLike<number>[], dims: readonly number[]): Tensor {
  return { dtype: 'int64', dims, data: BigInt64Array.from(rows.flatMap((row) => Array.from(row, BigInt))) };
}
