import { symbol } from '../onnx/dims.ts';
import {
  add,
  cast,
  dimension,
  equal,
  expand,
  gather,
  loop,
  mul,
  neg,
  not,
  or,
  reduceMax,
  slice,
  squeeze,
  unsqueeze,
  values,
} from '../onnx/functions.ts';
import type { Graph, Handle } from '../onnx/graph.ts';
import type { KeyValue } from '../onnx/layers/attention.ts';
import { dimAt } from '../onnx/ops/shapes.ts';
import { longerHistory, withoutRepeats } from './no-repeat.ts';
import { markSeen, sample, samplingInputs } from './sampling.ts';

/** What a step of a decoder takes: new tokens, where they stand, and the cache of those before them. */
export interface StepInputs {
  /** `[batch, tokens, width]` */
  readonly x: Handle;
  /** int64 `[axes, batch, tokens]` */
  readonly positions: Handle;
  readonly past: readonly KeyValue[];
  /** Places of the cache that are each sequence's own, int64 `[batch]`. */
  readonly kept: Handle;
  /** The same, when this call began. */
  readonly keptAtFirst: Handle;
}

export interface DecodeLoop {
  readonly start: Omit<StepInputs, 'kept' | 'keptAtFirst'>;
  readonly vocabulary: number;
  /** No stretch of so many tokens comes twice: there is an input `history [batch, tokens]` of all tokens so far. */
  readonly noRepeat?: number;
  /** The input `kept`, where it is there already. */
  readonly kept?: Handle;
  /** Tokens `[batch]` → `[batch, 1, width]`. */
  embed(body: Graph, tokens: Handle): Handle;
  /** → scores after the tokens from `from` on (int64 `[1]`, negative), float32 `[batch, scored, vocabulary]`, and the longer cache. */
  step(
    body: Graph,
    inputs: StepInputs,
    from: Handle,
  ): { readonly logits: Handle; readonly present: readonly KeyValue[] };
  /**
   * Puts the cache of a decoder that adds to its very end into order after the last step: each sequence's own places first.
   * Absent where each step does so.
   */
  settle?(present: readonly KeyValue[], keptAtFirst: Handle): readonly KeyValue[];
}

/** Tokens whose scores are given, counted from the last one back. */
export const SCORED = symbol('scored');

/**
 * Several steps of decoding as one ONNX `Loop`, so that the cache stays inside ONNX Runtime between tokens. The first
 * iteration takes all tokens of `start` (the prefill, or one token), the others the token just sampled: the weights
 * exist once. It ends after `steps`, or when every sequence has ended. A sequence that has ended
 * stands still while others go on: it takes part in the steps, but what it adds to its cache lies in the padding.
 *
 * Inputs: `steps []`, `uniforms [steps, batch]` in [0, 1), `next [batch]` (position of the first token generated),
 * `kept [batch]` (places of the cache that are a sequence's own), `seen [batch, vocabulary]` (bool, tokens in the
 * context), `ended [batch]` (bool), `ends [count]` (ids that end a sequence), `scored [1]` (after how many tokens of the
 * last step scores are given; more than 1 with a single step only), `history [batch, tokens]` (see `noRepeat`), and those of
 * `samplingInputs`.
 * Outputs: `tokens [steps, batch]`, `log_probs [steps, batch]`, `still_ended [batch]`, `now_kept [batch]`,
 * `logits [batch, scored, vocabulary]` of the last step, `present.<layer>.key` and `.value`.
 */
export function decodeLoop(g: Graph, { start, vocabulary, embed, step, settle, noRepeat, ...given }: DecodeLoop): void {
  const batch = dimAt(start.x.shape, 0);
  const [axes, width] = [dimAt(start.positions.shape, 0), dimAt(start.x.shape, 2)];
  const stepCount = symbol('steps');
  const trips = g.input('steps', 'int64', []);
  const uniforms = g.input('uniforms', 'float32', [stepCount, batch]);
  const next = g.input('next', 'int64', [batch]);
  const kept = given.kept ?? g.input('kept', 'int64', [batch]);
  const seen = g.input('seen', 'bool', [batch, vocabulary]);
  const ended = g.input('ended', 'bool', [batch]);
  const ends = g.input('ends', 'int64', [symbol('ends')]);
  const from = neg(g, g.input('scored', 'int64', [1]));
  const sampling = samplingInputs(g);
  const history = noRepeat === undefined ? [] : [g.input('history', 'int64', [batch, symbol('history')])];

  const caches = start.past.flatMap(({ key, value }) => [key, value]);
  const cacheShape = (length: string) => caches.map(({ shape }) => shape.with(2, symbol(length)));
  const same = [next.shape, kept.shape, seen.shape, ended.shape, [batch, SCORED, vocabulary]];
  const first = dimAt(start.x.shape, 1);
  const shapesWith = (name: string, length: string) => {
    const tokens = first === 1 ? first : symbol(name);
    const histories = history.map(() => [batch, symbol(`${name}_history`)]);
    return [[batch, tokens, width], [axes, batch, tokens], ...same, ...histories, ...cacheShape(length)];
  };
  const noScores = values(g, [0], [1, 1, 1], 'float32');

  const { carried, scanned } = loop(g, {
    trips,
    tripCount: stepCount,
    carried: [start.x, start.positions, next, kept, seen, ended, noScores, ...history, ...caches],
    inside: shapesWith('fresh', 'kept'),
    after: shapesWith('last', 'total'),
    step(body, [x, positions, position, keptBefore, seenBefore, endedBefore, _, ...rest], iteration) {
      if (!x || !positions || !position || !keptBefore || !seenBefore || !endedBefore)
        throw new Error('the loop carries too little');
      const [before, flat] = [rest.slice(0, history.length), rest.slice(history.length)];
      const inputs = { x, positions, past: pairs(flat), kept: keptBefore, keptAtFirst: kept };
      const { logits, present } = step(body, inputs, from);
      const uniform = gather(body, uniforms, iteration);
      const last = squeeze(body, slice(body, logits, 1, -1), [1]);
      const open = before.reduce((scores, each) => withoutRepeats(body, scores, each, noRepeat ?? 0), last);
      const { token, logProb } = sample(body, open, seenBefore, uniform, sampling);
      const isEnd = equal(body, unsqueeze(body, token, [1]), ends);
      const nowEnded = or(body, endedBefore, anyOf(body, isEnd));
      const [went, goes] = [endedBefore, nowEnded].map((is) => cast(body, not(body, is), 'int64'));
      if (!went || !goes) throw new Error('a sequence goes on or has ended');
      // Where one that has ended stands says nothing, but it must be a place that a table of positions has.
      const placed = mul(body, position, goes);
      return {
        proceed: cast(body, squeeze(body, reduceMax(body, goes, [0]), [0]), 'bool'),
        carried: [
          embed(body, token),
          expand(body, unsqueeze(body, placed, [0, 2]), [axes, batch, 1], [position]),
          add(body, position, went),
          add(body, keptBefore, mul(body, went, dimension(body, x, 1))),
          markSeen(body, seenBefore, token),
          nowEnded,
          logits,
          ...before.map((each) => longerHistory(body, each, token)),
          ...present.flatMap(({ key, value }) => [key, value]),
        ],
        scanned: [token, logProb],
      };
    },
  });

  const [tokens, logProbs] = scanned;
  const [, , , keptAfter, , endedAfter, logits, ...rest] = carried;
  const present = rest.slice(history.length);
  if (!tokens || !logProbs || !keptAfter || !endedAfter || !logits) throw new Error('the loop gives too little');
  g.output('tokens', tokens);
  g.output('log_probs', logProbs);
  g.output('still_ended', endedAfter);
  g.output('now_kept', keptAfter);
  g.output('logits', logits);
  const grown = pairs(present);
  (settle?.(grown, kept) ?? grown).forEach(({ key, value }, layer) => {
    g.output(`present.${layer}.key`, key);
    g.output(`present.${layer}.value`, value);
  });
}

/** Keys and values that are carried in one row. */
export function pairs(flat: readonly Handle[]): KeyValue[] {
  return Array.from({ length: flat.length / 2 }, (_, layer) => {
    const [key, value] = flat.slice(2 * layer, 2 * layer + 2);
    if (!key || !value) throw new Error('keys come with values');
    return { key, value };
  });
}

/** Any true in each row of `x [batch, n]` → bool `[batch]`. */
function anyOf(g: Graph, x: Handle): Handle {
  return cast(g, squeeze(g, reduceMax(g, cast(g, x, 'int32'), [1]), [1]), 'bool');
}
