import type { DecoderConfig } from '../llm/config.ts';
import { decoderHidden, vocabularyScores } from '../llm/model.ts';
import type { CardOf } from '../models/card.ts';
import { symbol } from '../onnx/dims.ts';
import { add, gatherElements, logSoftmax, maximum, mul, squeeze, unsqueeze } from '../onnx/functions.ts';
import { Graph, type GraphOptions, type Handle } from '../onnx/graph.ts';
import { embedding, linear } from '../onnx/layers/linear.ts';
import { sizeAt } from '../onnx/ops/shapes.ts';

/** What a head says at a token: a probability's logit, or one logit for each of the classes -1, 0 and +1. */
export const HEAD_WIDTHS = { outcome: 1, process: 3, progress: 1 } as const;

/**
 * Adds to each token how surprised the solver was at it: `logProbs [batch, tokens]`, natural logarithms, along one learned
 * direction. A verifier this small cannot reckon as well as judge; where the solver hesitated is where it went wrong.
 */
export function withSurprise(g: Graph, embedded: Handle, logProbs: Handle): Handle {
  const direction = g.scope('judge', () =>
    g.param('surprise', [sizeAt(embedded.shape, -1)], { kind: 'normal', std: 0.1 }),
  );
  return add(g, embedded, mul(g, unsqueeze(g, maximum(g, logProbs, LEAST), [2]), direction));
}

/** What is less likely than this is no more telling. */
const LEAST = -6;

/** The head of a verifier over `hidden [batch, tokens, width]` → `[batch, tokens, outputs]`. */
export function judgeHead(g: Graph, hidden: Handle, outputs: number): Handle {
  return linear(g, 'judge', hidden, outputs);
}

/** Inputs `ids` and `positions [batch, tokens]`, int64: whole texts, padded behind, which nothing before it sees. */
function textInputs(g: Graph, config: DecoderConfig) {
  const shape = [symbol('batch'), symbol('tokens')];
  const ids = g.input('ids', 'int64', shape);
  const positions = unsqueeze(g, g.input('positions', 'int64', shape), [0]);
  return { ids, positions, ...embedding(g, 'embedding', ids, config.vocabulary, config.width) };
}

export type JudgingModel = Pick<CardOf<'verifier'>, 'judges' | 'architecture'>;

/**
 * A decoder with a head in place of its vocabulary: `scores [batch, tokens, outputs]`, each of what came up to its token.
 * Input beside the text's: `surprise [batch, tokens]`, see `withSurprise`.
 */
function judgeGraph(config: DecoderConfig, outputs: number, options: GraphOptions): Graph {
  const g = new Graph(options);
  const { ids, positions, embedded } = textInputs(g, config);
  const x = withSurprise(g, embedded, g.input('surprise', 'float32', ids.shape));
  g.output('scores', judgeHead(g, decoderHidden(g, config, { x, positions }), outputs));
  return g;
}

/** What a trained verifier runs. */
export function verifierGraph({ judges, architecture }: JudgingModel, options: GraphOptions): Graph {
  return judges === 'implicit'
    ? likelihoodGraph(architecture, options)
    : judgeGraph(architecture, HEAD_WIDTHS[judges], options);
}

/** `log_probs [batch, tokens]`: of the input `targets [batch, tokens]`, each after what came up to its token. */
export function likelihoodGraph(config: DecoderConfig, options: GraphOptions): Graph {
  const g = new Graph(options);
  const { ids, table, positions, embedded } = textInputs(g, config);
  const hidden = decoderHidden(g, config, { x: embedded, positions });
  const targets = unsqueeze(g, g.input('targets', 'int64', ids.shape), [2]);
  const scores = logSoftmax(g, vocabularyScores(g, config, hidden, table));
  g.output('log_probs', squeeze(g, gatherElements(g, scores, targets, 2), [2]));
  return g;
}
