import { symbol } from '../onnx/dims.ts';
import {
  and,
  argMax,
  cast,
  cumSum,
  div,
  full,
  gatherElements,
  greater,
  greaterOrEqual,
  identity,
  ifElse,
  less,
  lessOrEqual,
  log,
  logSoftmax,
  minimum,
  mul,
  reduceSum,
  scatterElements,
  slice,
  softmax,
  squeeze,
  sub,
  topK,
  unsqueeze,
  where,
} from '../onnx/functions.ts';
import { Graph, type Handle } from '../onnx/graph.ts';
import { sizeAt } from '../onnx/ops/shapes.ts';
import type { Tensor } from '../values.ts';

/** How the next token is picked. Filters apply in this order: penalty, temperature, top-k, top-p, min-p. */
export interface Sampling {
  /** 0: the most likely token. */
  readonly temperature: number;
  /** Only the `topK` most likely tokens; 0: all. */
  readonly topK: number;
  /** Only the fewest tokens that hold this probability together (Holtzman et al. 2020). */
  readonly topP: number;
  /** Only tokens at least this likely, as a share of the most likely one (Nguyen et al. 2024). */
  readonly minP: number;
  /** Divides positive scores, and multiplies negative ones, of tokens in the context (Keskar et al. 2019); 1: off. */
  readonly repetitionPenalty: number;
}

/** Inputs of a graph that say how to sample. */
export interface SamplingInputs {
  readonly greedy: Handle;
  readonly temperature: Handle;
  /** Is any token left out? */
  readonly filtered: Handle;
  readonly candidates: Handle;
  readonly topP: Handle;
  readonly minP: Handle;
  readonly penalised: Handle;
  readonly penalty: Handle;
}

export function samplingInputs(g: Graph): SamplingInputs {
  return {
    greedy: g.input('greedy', 'bool', []),
    temperature: g.input('temperature', 'float32', []),
    filtered: g.input('filtered', 'bool', []),
    candidates: { ...g.input('candidates', 'int64', [1]), value: [symbol('candidates')] },
    topP: g.input('top_p', 'float32', []),
    minP: g.input('min_p', 'float32', []),
    penalised: g.input('penalised', 'bool', []),
    penalty: g.input('penalty', 'float32', []),
  };
}

/** Values for `samplingInputs`. */
export function samplingFeeds(sampling: Sampling, vocabulary: number): Record<string, Tensor> {
  const { temperature, topK: k, topP, minP, repetitionPenalty } = sampling;
  const count = k === 0 ? vocabulary : Math.min(k, vocabulary);
  return {
    greedy: flag(temperature === 0),
    temperature: float(temperature),
    filtered: flag(k !== 0 || topP < 1 || minP > 0),
    candidates: { dtype: 'int64', dims: [1], data: BigInt64Array.of(BigInt(count)) },
    top_p: float(topP),
    min_p: float(minP),
    penalised: flag(repetitionPenalty !== 1),
    penalty: float(repetitionPenalty),
  };
}

function float(value: number): Tensor {
  return { dtype: 'float32', dims: [], data: Float32Array.of(value) };
}

function flag(value: boolean): Tensor {
  return { dtype: 'bool', dims: [], data: Uint8Array.of(Number(value)) };
}

/**
 * Picks a token for each sequence from `logits [batch, vocabulary]`, float32, by `uniform [batch]` in [0, 1): the
 * inverse of the cumulative distribution over what the filters keep, most likely first; without filters, which need an
 * order, over the vocabulary as it stands, since sorting it may take longer than the model does.
 * → int64 tokens `[batch]` and their log-probabilities `[batch]`: under the filtered distribution, or, greedy, the
 * model's own.
 */
export function sample(
  g: Graph,
  logits: Handle,
  seen: Handle,
  uniform: Handle,
  inputs: SamplingInputs,
): { readonly token: Handle; readonly logProb: Handle } {
  const [scores = logits] = ifElse(
    g,
    inputs.penalised,
    (branch) => [penalise(branch, logits, seen, inputs.penalty)],
    (branch) => [identity(branch, logits)],
  );
  const [token, logProb] = ifElse(
    g,
    inputs.greedy,
    (branch) => mostLikely(branch, scores),
    (branch) => drawn(branch, scores, uniform, inputs),
  );
  if (!token || !logProb) throw new Error('sampling gives a token and its log-probability');
  return { token, logProb };
}

/**
 * A token for each sequence from scores that are there already, such as those that several branches fork from. Inputs:
 * `logits [batch, vocabulary]`, `seen [batch, vocabulary]`, `uniform [batch]` and those of `samplingInputs`. Outputs:
 * `token [batch]`, `log_prob [batch]`.
 */
export function sampleGraph(vocabulary: number): Graph {
  const g = new Graph();
  const batch = symbol('batch');
  const logits = g.input('logits', 'float32', [batch, vocabulary]);
  const seen = g.input('seen', 'bool', [batch, vocabulary]);
  const { token, logProb } = sample(g, logits, seen, g.input('uniform', 'float32', [batch]), samplingInputs(g));
  g.output('token', token);
  g.output('log_prob', logProb);
  return g;
}

/** `seen [batch, vocabulary]`, bool, with these tokens `[batch]` too. */
export function markSeen(g: Graph, seen: Handle, token: Handle): Handle {
  const at = unsqueeze(g, token, [1]);
  return scatterElements(g, seen, at, greaterOrEqual(g, at, 0), 1);
}

export function penalise(g: Graph, logits: Handle, seen: Handle, penalty: Handle): Handle {
  const lower = where(g, greater(g, logits, 0), div(g, logits, penalty), mul(g, logits, penalty));
  return where(g, seen, lower, logits);
}

function mostLikely(g: Graph, scores: Handle): readonly Handle[] {
  const best = argMax(g, scores, -1, { keep: true });
  const logProb = gatherElements(g, logSoftmax(g, scores), best, 1);
  return [best, logProb].map((x) => squeeze(g, x, [1]));
}

function drawn(g: Graph, scores: Handle, uniform: Handle, inputs: SamplingInputs): readonly Handle[] {
  const tempered = div(g, scores, inputs.temperature);
  return ifElse(
    g,
    inputs.filtered,
    (branch) => drawnFromKept(branch, tempered, uniform, inputs),
    (branch) => drawnFromAll(branch, tempered, uniform),
  );
}

function drawnFromKept(g: Graph, scores: Handle, uniform: Handle, inputs: SamplingInputs): readonly Handle[] {
  const { indices, masses, kept, total } = keptMasses(g, scores, inputs);
  const passed = cast(g, passedBy(g, masses, uniform, total), 'float32');
  // Rounding may put the target on the total; the last kept token is meant then.
  const rank = cast(g, minimum(g, passed, sub(g, reduceSum(g, kept, [1]), 1)), 'int64');
  const token = gatherElements(g, indices, rank, 1);
  const logProb = log(g, div(g, gatherElements(g, masses, rank, 1), total));
  return [token, logProb].map((x) => squeeze(g, x, [1]));
}

/** The likeliest tokens in their order, `[batch, candidates]`: their probabilities, 0 for those that the filters leave out. */
function keptMasses(g: Graph, scores: Handle, inputs: SamplingInputs) {
  const sorted = topK(g, scores, inputs.candidates);
  const probabilities = softmax(g, sorted.values);
  // The token that crosses top-p is kept: what counts is the mass before it.
  const before = cumSum(g, probabilities, 1, { exclusive: true });
  const best = slice(g, probabilities, 1, 0, 1, { length: 1 });
  const likely = greaterOrEqual(g, probabilities, mul(g, best, inputs.minP));
  const kept = cast(g, and(g, less(g, before, inputs.topP), likely), 'float32');
  const masses = mul(g, probabilities, kept);
  return { indices: sorted.indices, masses, kept, total: reduceSum(g, masses, [1]) };
}

function drawnFromAll(g: Graph, scores: Handle, uniform: Handle): readonly Handle[] {
  const token = drawFrom(g, softmax(g, scores), uniform);
  const logProb = gatherElements(g, logSoftmax(g, scores), token, 1);
  return [token, logProb].map((x) => squeeze(g, x, [1]));
}

/**
 * The probability that sampling gives each token, `[rows, vocabulary]`, from scores that any penalty is already in, at a
 * temperature above 0.
 */
export function distribution(g: Graph, scores: Handle, inputs: SamplingInputs): Handle {
  const tempered = div(g, scores, inputs.temperature);
  const [probabilities = tempered] = ifElse(
    g,
    inputs.filtered,
    (branch) => {
      const { indices, masses, total } = keptMasses(branch, tempered, inputs);
      const none = full(branch, tempered.shape, 0, 'float32', [tempered]);
      return [scatterElements(branch, none, indices, div(branch, masses, total), 1)];
    },
    (branch) => [softmax(branch, tempered)],
  );
  return probabilities;
}

/** A token for each row of `masses [rows, vocabulary]`, drawn in their proportion by `uniform [rows]`: int64 `[rows, 1]`. */
export function drawFrom(g: Graph, masses: Handle, uniform: Handle): Handle {
  const passed = passedBy(g, masses, uniform, reduceSum(g, masses, [1]));
  // Where rounding puts the target on the total, the likeliest token stands in.
  const inside = less(g, passed, sizeAt(masses.shape, 1));
  return where(g, inside, passed, argMax(g, masses, -1, { keep: true }));
}

/** How many of these masses, summed up in their order, lie below the share `uniform` of their `total`: int64 `[batch, 1]`. */
function passedBy(g: Graph, masses: Handle, uniform: Handle, total: Handle): Handle {
  const target = mul(g, unsqueeze(g, uniform, [1]), total);
  return reduceSum(g, cast(g, lessOrEqual(g, cumSum(g, masses, 1), target), 'int64'), [1]);
}
