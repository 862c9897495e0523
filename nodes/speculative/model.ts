import type { AdapterConfig } from '../cross-attention-adapter/adapter.ts';
import { pairs } from '../generation/loop.ts';
import { distribution, drawFrom, penalise, type SamplingInputs, samplingInputs } from '../generation/sampling.ts';
import { type DecoderConfig, positionAxes } from '../llm/config.ts';
import { type AdapterLayers, adapterInputs, cacheInputs, decoderStep, scoresAfter } from '../llm/model.ts';
import { symbol } from '../onnx/dims.ts';
import {
  add,
  argMax,
  cast,
  concat,
  cumSum,
  dimension,
  equal,
  expand,
  full,
  gather,
  gatherElements,
  greater,
  greaterOrEqual,
  identity,
  ifElse,
  less,
  lessOrEqual,
  log,
  logSoftmax,
  loop,
  maximum,
  minimum,
  mul,
  not,
  or,
  range,
  reduceMax,
  reduceSum,
  scatterElements,
  slice,
  squeeze,
  sub,
  unsqueeze,
  where,
} from '../onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../onnx/graph.ts';
import type { KeyValue } from '../onnx/layers/attention.ts';
import { embedding, rowsOf } from '../onnx/layers/linear.ts';

/** A decoder, and the gated layers that an adapter inserts. */
export interface SpeculatedModel {
  readonly config: DecoderConfig;
  readonly adapter?: AdapterConfig;
}

/** One of the two models with what it has read. */
interface Side extends Pick<SpeculatedModel, 'config'> {
  readonly name: 'target' | 'draft';
  /** Where the last token stands, int64 `[1]`. */
  readonly at: Handle;
  /** The last place that there is a position for, int64 `[1]`: what stands after it is thrown away. */
  readonly most: Handle;
  /** Places of the cache that hold, int64 `[1]`: what was rejected lies after them and is written over. */
  readonly kept: Handle;
  readonly past: readonly KeyValue[];
  readonly adapter?: AdapterLayers;
}

const [ROUNDS, DRAFTED] = [symbol('rounds'), symbol('drafted')];

/**
 * Rounds of speculative decoding of one sequence as one ONNX `Loop` (Leviathan et al. 2023, algorithm 1; Chen et al. 2023,
 * algorithm 2): the draft makes `draft_length` tokens in a loop inside, the target reads them in one pass over its cache,
 * and those that it accepts are kept, with one more of its own. Both caches stay inside ONNX Runtime; what a round
 * rejects is written over by the next.
 *
 * Inputs: `rounds []`, `draft_length []`, `tail [1 or 2]` (the last tokens: those that the draft has not read; the target
 * has read all but the last), `seen [1, vocabulary]`, `ends [count]`, `until [1]` (rounds end once the target's cache is
 * this long), uniform numbers in [0, 1) `draft_uniforms`, `accept_uniforms [rounds, drafted]` and `last_uniforms [rounds]`,
 * those of `samplingInputs`, and for `target` and `draft` each `<side>.at`, `.most`, `.kept [1]`, `<side>.past.<layer>.key` and
 * `.value`. Weights are named after their side.
 * Outputs: `accepted [rounds, 1]`; `tokens`, `log_probs [rounds, drafted + 1]`, of which a round made as many as it
 * accepted and one more; `<side>.present.<layer>.key` and `.value`.
 */
export function speculativeGraph(target: SpeculatedModel, draft: SpeculatedModel, options: GraphOptions): Graph {
  const g = new Graph(options);
  const trips = g.input('rounds', 'int64', []);
  const length = g.input('draft_length', 'int64', []);
  const draws = {
    draft: g.input('draft_uniforms', 'float32', [ROUNDS, DRAFTED]),
    accept: g.input('accept_uniforms', 'float32', [ROUNDS, DRAFTED]),
    last: g.input('last_uniforms', 'float32', [ROUNDS]),
  };
  const tail = g.input('tail', 'int64', [symbol('tail')]);
  const seen = g.input('seen', 'bool', [1, target.config.vocabulary]);
  const ends = g.input('ends', 'int64', [symbol('ends')]);
  const until = g.input('until', 'int64', [1]);
  const sampling = samplingInputs(g);
  const [to, from] = [sideInputs(g, 'target', target), sideInputs(g, 'draft', draft)];
  const caches = [...flat(to.past), ...flat(from.past)];
  const shapesWith = (tokens: string, places: string) => [
    [symbol(tokens)],
    ...[to.at, to.kept, from.at, from.kept, seen].map(({ shape }) => shape),
    ...caches.map(({ shape }) => shape.with(2, symbol(places))),
  ];

  const { carried, scanned } = loop(g, {
    trips,
    tripCount: ROUNDS,
    carried: [tail, to.at, to.kept, from.at, from.kept, seen, ...caches],
    inside: shapesWith('unread', 'kept'),
    after: shapesWith('last', 'total'),
    step(body, [unread, at, kept, draftAt, draftKept, seenBefore, ...held], round) {
      if (!unread || !at || !kept || !draftAt || !draftKept || !seenBefore)
        throw new Error('the loop carries too little');
      const draft = { ...from, at: draftAt, kept: draftKept, past: pairs(held.slice(flat(to.past).length)) };
      const target = { ...to, at, kept, past: pairs(held.slice(0, flat(to.past).length)) };
      const uniform = gather(body, draws.draft, round);
      const proposal = propose(body, draft, { unread, length, seen: seenBefore, uniform }, sampling);
      const last = slice(body, unread, 0, -1, undefined, { length: 1 });
      const read = readAll(body, target, concat(body, [last, proposal.tokens], 0));
      const scores = penalised(body, read.scores, proposal.tokens, seenBefore, sampling);
      const { accepted, tokens, logProbs } = judge(body, scores, proposal, sampling, {
        accept: gather(body, draws.accept, round),
        last: unsqueeze(body, gather(body, draws.last, round), [0]),
      });
      const [made, row] = [add(body, accepted, 1), unsqueeze(body, tokens, [0])];
      const nowKept = add(body, kept, made);
      // The draft has not read its own last token: where that was accepted, two are left to read.
      const whole = cast(body, equal(body, accepted, length), 'int64');
      const draftRead = add(body, dimension(body, unread, 0), minimum(body, accepted, sub(body, length, 1)));
      const over = or(body, anyOf(body, row, ends), greaterOrEqual(body, nowKept, until));
      return {
        proceed: not(body, squeeze(body, over, [0])),
        carried: [
          slice(body, tokens, 0, sub(body, accepted, whole), made, { length: symbol('unread') }),
          add(body, at, made),
          nowKept,
          add(body, draftAt, made),
          add(body, draftKept, draftRead),
          scatterElements(body, seenBefore, row, greaterOrEqual(body, row, 0), 1),
          ...flat(read.present),
          ...flat(proposal.present),
        ],
        scanned: [accepted, tokens, logProbs],
      };
    },
  });

  for (const [i, name] of ['accepted', 'tokens', 'log_probs'].entries()) if (scanned[i]) g.output(name, scanned[i]);
  const presents = pairs(carried.slice(-caches.length));
  cacheOutputs(g, 'target', presents.slice(0, to.past.length));
  cacheOutputs(g, 'draft', presents.slice(to.past.length));
  return g;
}

function sideInputs(g: Graph, name: Side['name'], { config, adapter }: SpeculatedModel): Side {
  const [at, most, kept] = ['at', 'most', 'kept'].map((what) => g.input(`${name}.${what}`, 'int64', [1]));
  if (!at || !most || !kept) throw new Error('a side has three numbers');
  return {
    ...{ name, config, at, most, kept },
    past: cacheInputs(g, config, 1, `${name}.`),
    ...(adapter && { adapter: adapterInputs(g, adapter, config.layers, undefined, `${name}.`) }),
  };
}

function cacheOutputs(g: Graph, name: Side['name'], present: readonly KeyValue[]): void {
  present.forEach(({ key, value }, layer) => {
    g.output(`${name}.present.${layer}.key`, key);
    g.output(`${name}.present.${layer}.value`, value);
  });
}

const flat = (caches: readonly KeyValue[]) => caches.flatMap(({ key, value }) => [key, value]);

/** What the draft proposes: `tokens [drafted]`, and the probabilities that they were drawn by, `[drafted, vocabulary]`. */
interface Proposal {
  readonly tokens: Handle;
  readonly probabilities: Handle;
  readonly present: readonly KeyValue[];
}

interface Proposing {
  /** Tokens that the draft has not read. */
  readonly unread: Handle;
  readonly length: Handle;
  readonly seen: Handle;
  /** `[drafted]` */
  readonly uniform: Handle;
}

function propose(
  g: Graph,
  draft: Side,
  { unread, length, seen, uniform }: Proposing,
  sampling: SamplingInputs,
): Proposal {
  const { config, name } = draft;
  const count = dimension(g, unread, 0);
  const { embedded, table } = g.scope(name, () =>
    embedding(g, 'embedding', unsqueeze(g, unread, [0]), config.vocabulary, config.width),
  );
  const positions = placesFrom(g, draft, sub(g, draft.at, sub(g, count, 1)), count);
  const caches = flat(draft.past);
  const shapesWith = (tokens: string, places: string) => [
    [1, symbol(tokens), config.width],
    [positionAxes(config), 1, symbol(tokens)],
    [1],
    ...caches.map(({ shape }) => shape.with(2, symbol(places))),
  ];
  const { carried, scanned } = loop(g, {
    trips: length,
    tripCount: DRAFTED,
    carried: [embedded, positions, draft.kept, ...caches],
    inside: shapesWith('draftFresh', 'draftKept'),
    after: shapesWith('draftLast', 'draftTotal'),
    step(body, [x, places, kept, ...held], step) {
      if (!x || !places || !kept) throw new Error('the loop carries too little');
      const read = layersOver(body, draft, table, { x, positions: places, kept, past: pairs(held) }, 1);
      const scores = penalised(body, read.scores, undefined, seen, sampling);
      const [token, probabilities] = ifElse(
        body,
        sampling.greedy,
        (branch) => [argMax(branch, scores, -1), identity(branch, scores)],
        (branch) => {
          const likely = distribution(branch, scores, sampling);
          const drawn = drawFrom(branch, likely, unsqueeze(branch, gather(branch, uniform, step), [0]));
          return [squeeze(branch, drawn, [1]), likely];
        },
      );
      if (!token || !probabilities) throw new Error('a draft gives a token and its probabilities');
      const next = minimum(body, add(body, slice(body, places, 2, -1), 1), draft.most);
      return {
        carried: [
          unsqueeze(body, rowsOf(body, table, token), [0]),
          next,
          add(body, kept, dimension(body, x, 1)),
          ...flat(read.present),
        ],
        scanned: [token, probabilities],
      };
    },
  });
  const [tokens, probabilities] = scanned;
  if (!tokens || !probabilities) throw new Error('a draft gives tokens and their probabilities');
  return {
    tokens: squeeze(g, tokens, [1]),
    probabilities: squeeze(g, probabilities, [1]),
    present: pairs(carried.slice(3)),
  };
}

/** One pass over `tokens [count]`, the last token made first → the scores after each, `[count, vocabulary]`. */
function readAll(g: Graph, side: Side, tokens: Handle) {
  const { config, name, at, kept, past } = side;
  const count = dimension(g, tokens, 0);
  const { embedded, table } = g.scope(name, () =>
    embedding(g, 'embedding', unsqueeze(g, tokens, [0]), config.vocabulary, config.width),
  );
  const positions = placesFrom(g, side, at, count);
  return layersOver(g, side, table, { x: embedded, positions, kept, past });
}

/** Scores after the last token, for 1, or after each: `[tokens, vocabulary]`, float32. */
function layersOver(
  g: Graph,
  { config, name, adapter }: Side,
  table: Handle,
  inputs: Parameters<typeof decoderStep>[2],
  scored?: 1,
): { readonly scores: Handle; readonly present: readonly KeyValue[] } {
  return g.scope(name, () => {
    const { hidden, present } = decoderStep(g, config, inputs, adapter);
    const wanted = scored ? slice(g, hidden, 1, -1) : hidden;
    return { scores: squeeze(g, scoresAfter(g, config, wanted, table), [0]), present };
  });
}

/** Positions of so many tokens in a row, int64 `[axes, 1, count]`. */
function placesFrom(g: Graph, { config, most }: Side, start: Handle, count: Handle): Handle {
  const places = unsqueeze(g, minimum(g, add(g, range(g, 0, count), start), most), [0, 1]);
  return expand(g, places, places.shape.with(0, positionAxes(config)));
}

/**
 * `scores [rows, vocabulary]` with the penalty for what came before each: for the first row what is in `seen [1, vocabulary]`,
 * for each further one also the next of `drafted [rows - 1]`.
 */
function penalised(
  g: Graph,
  scores: Handle,
  drafted: Handle | undefined,
  seen: Handle,
  { penalised: wanted, penalty }: SamplingInputs,
): Handle {
  const [result = scores] = ifElse(
    g,
    wanted,
    (branch) => [penalise(branch, scores, drafted ? seenBefore(branch, drafted, seen) : seen, penalty)],
    (branch) => [identity(branch, scores)],
  );
  return result;
}

function seenBefore(g: Graph, drafted: Handle, seen: Handle): Handle {
  const vocabulary = dimension(g, seen, 1);
  const each = equal(g, unsqueeze(g, drafted, [1]), unsqueeze(g, range(g, 0, vocabulary), [0]));
  const soFar = greater(g, cumSum(g, cast(g, each, 'int32'), 0), 0);
  return concat(g, [seen, or(g, soFar, seen)], 0);
}

/** Uniform numbers that decide: `accept [drafted]`, `last [1]`. */
interface Draws {
  readonly accept: Handle;
  readonly last: Handle;
}

/**
 * How many of the drafted tokens stand (`accepted [1]`), and the `tokens [drafted + 1]` of the round: those, then the
 * target's own, which also fills up the rest.
 */
function judge(g: Graph, scores: Handle, proposal: Proposal, sampling: SamplingInputs, draws: Draws) {
  const [accepted, tokens, rows] = ifElse(
    g,
    sampling.greedy,
    (branch) => agreed(branch, scores, proposal),
    (branch) => resampled(branch, distribution(branch, scores, sampling), proposal, draws),
  );
  if (!accepted || !tokens || !rows) throw new Error('a round gives tokens');
  const logProbs = gatherElements(g, rows, unsqueeze(g, tokens, [1]), 1);
  return { accepted, tokens, logProbs: squeeze(g, logProbs, [1]) };
}

/** Greedy: the longest beginning that the target would have written too. */
function agreed(g: Graph, scores: Handle, { tokens }: Proposal): readonly Handle[] {
  const best = argMax(g, scores, -1);
  const accepted = leading(g, equal(g, slice(g, best, 0, 0, -1, { length: DRAFTED }), tokens));
  const inside = lessOrEqual(g, range(g, 0, dimension(g, best, 0)), accepted);
  return [accepted, where(g, inside, best, gather(g, best, accepted)), logSoftmax(g, scores)];
}

/**
 * A drafted token stands with the chance min(1, p / q); where the first falls, another is drawn from max(0, p - q), and after
 * the last from p: the tokens are distributed as p alone would have them (Leviathan et al. 2023, appendix A.1).
 * `p [drafted + 1, vocabulary]`.
 */
function resampled(g: Graph, p: Handle, { tokens, probabilities: q }: Proposal, draws: Draws): readonly Handle[] {
  const chosen = unsqueeze(g, tokens, [1]);
  const [target, draft] = [slice(g, p, 0, 0, -1, { length: DRAFTED }), q].map((each) =>
    squeeze(g, gatherElements(g, each, chosen, 1), [1]),
  );
  if (!target || !draft) throw new Error('two models give probabilities');
  const accepted = leading(g, less(g, mul(g, draws.accept, draft), target));
  const none = full(g, [1, ...q.shape.slice(1)], 0, 'float32');
  const [here, proposed] = [p, concat(g, [q, none], 0)].map((each) => gather(g, each, accepted));
  if (!here || !proposed) throw new Error('two models give probabilities');
  const left = maximum(g, sub(g, here, proposed), 0);
  // Nothing is left where rounding alone made the difference.
  const masses = where(g, greater(g, reduceSum(g, left, [1]), 0), left, here);
  const own = squeeze(g, drawFrom(g, masses, draws.last), [1]);
  const all = concat(g, [tokens, own], 0);
  const inside = less(g, range(g, 0, dimension(g, all, 0)), accepted);
  return [accepted, where(g, inside, all, own), log(g, p)];
}

/** How many of `flags [n]` are true before the first that is not: int64 `[1]`. */
function leading(g: Graph, flags: Handle): Handle {
  const fallen = cumSum(g, cast(g, not(g, flags), 'int64'), 0);
  return reduceSum(g, cast(g, equal(g, fallen, 0), 'int64'), [0]);
}

/** Is any of `row [1, n]` among `ids [count]`? bool `[1]`. */
function anyOf(g: Graph, row: Handle, ids: Handle): Handle {
  const found = equal(g, unsqueeze(g, row, [2]), ids);
  return cast(g, squeeze(g, reduceMax(g, cast(g, found, 'int32'), [1, 2]), [1, 2]), 'bool');
}
