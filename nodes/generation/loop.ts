import { symbol } from '../onnx/dims.ts';
import {
  add,
  cast,
  equal,
  expand,
  gather,
  loop,
  or,
  reduceMax,
  reduceMin,
  squeeze,
  unsqueeze,
} from '../onnx/functions.ts';
import type { Graph, Handle } from '../onnx/graph.ts';
import type { KeyValue } from '../onnx/layers/attention.ts';
import { dimAt } from '../onnx/ops/shapes.ts';
import { markSeen, sample, samplingInputs } from './sampling.ts';

/** What a step of a decoder takes: new tokens, where they stand, and the cache of those before them. */
export interface StepInputs {
  /** `[batch, tokens, width]` */
  readonly x: Handle;
  /** int64 `[axes, batch, tokens]` */
  readonly positions: Handle;
  readonly past: readonly KeyValue[];
}

export interface DecodeLoop {
  readonly start: StepInputs;
  readonly vocabulary: number;
  /** Tokens `[batch]` → `[batch, 1, width]`. */
  embed(body: Graph, tokens: Handle): Handle;
  /** → scores after the last token, float32 `[batch, vocabulary]`, and the longer cache. */
  step(body: Graph, inputs: StepInputs): { readonly logits: Handle; readonly present: readonly KeyValue[] };
}

/**
 * Several steps of decoding as one ONNX `Loop`, so that the cache stays inside ONNX Runtime between tokens. The first
 * iteration takes all tokens of `start` (the prefill, or one token), the others the token just sampled: the weights
 * exist once. It ends after `steps`, or when every sequence has ended.
 *
 * Inputs: `steps []`, `uniforms [steps, batch]` in [0, 1), `next [batch]` (position of the first token generated),
 * `seen [batch, vocabulary]` (bool, tokens in the context), `ended [batch]` (bool), `ends [count]` (ids that end a
 * sequence), and those of `samplingInputs`.
 * Outputs: `tokens [steps, batch]`, `log_probs [steps, batch]`, `still_ended [batch]`, `present.<layer>.key` and `.value`.
 */
export function decodeLoop(g: Graph, { start, vocabulary, embed, step }: DecodeLoop): void {
  const batch = dimAt(start.x.shape, 0);
  const [axes, width] = [dimAt(start.positions.shape, 0), dimAt(start.x.shape, 2)];
  const stepCount = symbol('steps');
  const trips = g.input('steps', 'int64', []);
  const uniforms = g.input('uniforms', 'float32', [stepCount, batch]);
  const next = g.input('next', 'int64', [batch]);
  const seen = g.input('seen', 'bool', [batch, vocabulary]);
  const ended = g.input('ended', 'bool', [batch]);
  const ends = g.input('ends', 'int64', [symbol('ends')]);
  const sampling = samplingInputs(g);

  const caches = start.past.flatMap(({ key, value }) => [key, value]);
  const cacheShape = (length: string) => caches.map(({ shape }) => shape.with(2, symbol(length)));
  const same = [next.shape, seen.shape, ended.shape];
  const shapesWith = (tokens: string, length: string) => [
    [batch, symbol(tokens), width],
    [axes, batch, symbol(tokens)],
    ...same,
    ...cacheShape(length),
  ];

  const { carried, scanned } = loop(g, {
    trips,
    tripCount: stepCount,
    carried: [start.x, start.positions, next, seen, ended, ...caches],
    inside: shapesWith('fresh', 'kept'),
    after: shapesWith('last', 'total'),
    step(body, [x, positions, position, seenBefore, endedBefore, ...flat], iteration) {
      if (!x || !positions || !position || !seenBefore || !endedBefore) throw new Error('the loop carries too little');
      const { logits, present } = step(body, { x, positions, past: pairs(flat) });
      const uniform = gather(body, uniforms, iteration);
      const { token, logProb } = sample(body, logits, seenBefore, uniform, sampling);
      const isEnd = equal(body, unsqueeze(body, token, [1]), ends);
      const nowEnded = or(body, endedBefore, anyOf(body, isEnd));
      return {
        proceed: equal(body, squeeze(body, reduceMin(body, cast(body, nowEnded, 'int32'), [0]), [0]), 0),
        carried: [
          embed(body, token),
          expand(body, unsqueeze(body, position, [0, 2]), [axes, batch, 1], [position]),
          add(body, position, 1),
          markSeen(body, seenBefore, token),
          nowEnded,
          ...present.flatMap(({ key, value }) => [key, value]),
        ],
        scanned: [token, logProb],
      };
    },
  });

  const [tokens, logProbs] = scanned;
  const endedAfter = carried[4];
  if (!tokens || !logProbs || !endedAfter) throw new Error('the loop gives too little');
  g.output('tokens', tokens);
  g.output('log_probs', logProbs);
  g.output('still_ended', endedAfter);
  pairs(carried.slice(5)).forEach(({ key, value }, layer) => {
    g.output(`present.${layer}.key`, key);
    g.output(`present.${layer}.value`, value);
  });
}

function pairs(flat: readonly Handle[]): KeyValue[] {
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
