import { STOP_GRADIENT } from '../onnx/autodiff/rules.ts';
import {
  add,
  cast,
  div,
  equal,
  exp,
  gatherElements,
  ints,
  log,
  logSoftmax,
  matmul,
  maximum,
  mul,
  neg,
  reduceL2,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  sub,
  transpose,
  unsqueeze,
  values,
} from '../onnx/functions.ts';
import type { Graph, Handle } from '../onnx/graph.ts';
import { dimAt, sizeAt } from '../onnx/ops/shapes.ts';

/** Losses as graphs: each gives a scalar. */

/**
 * Cross-entropy of `logits [n, classes]` against `targets`, int64 `[n]`, averaged over `weights [n]` (0 leaves an item
 * out; all items count alike if absent). `smoothing` spreads that share of the target evenly over all classes (Szegedy et al. 2016, §7).
 */
export function crossEntropy(
  g: Graph,
  logits: Handle,
  targets: Handle,
  options: { readonly weights?: Handle; readonly smoothing?: number } = {},
): Handle {
  const { weights, smoothing = 0 } = options;
  const logProbs = logSoftmax(g, logits);
  const picked = gatherElements(g, logProbs, unsqueeze(g, targets, [1]), 1);
  const hit = neg(g, reshape(g, picked, [dimAt(logits.shape, 0)], [logits]));
  if (smoothing === 0) return weightedMean(g, hit, weights);
  const even = neg(g, reduceMean(g, logProbs, [1], { keep: false }));
  return weightedMean(g, add(g, mul(g, hit, 1 - smoothing), mul(g, even, smoothing)), weights);
}

/** The mean of `x [n]`, weighted; an even one without weights. 0 where all weights are 0. */
export function weightedMean(g: Graph, x: Handle, weights?: Handle): Handle {
  if (!weights) return reduceMean(g, x, [0], { keep: false });
  const total = maximum(g, reduceSum(g, weights, [0], { keep: false }), 1e-6);
  return div(g, reduceSum(g, mul(g, x, weights), [0], { keep: false }), total);
}

/** Rows of length 1. */
export function normalised(g: Graph, x: Handle): Handle {
  return div(g, x, maximum(g, reduceL2(g, x, [-1]), 1e-6));
}

/**
 * CLIP's symmetric softmax loss (Radford et al. 2021, figure 3): `images`, `texts [n, width]`, row i of both belongs together;
 * `scale [1]` is the log of the inverse temperature.
 */
export function clipLoss(g: Graph, images: Handle, texts: Handle, scale: Handle): Handle {
  const similarity = mul(
    g,
    matmul(g, normalised(g, images), transpose(g, normalised(g, texts), [1, 0])),
    exp(g, scale),
  );
  return pairedCrossEntropy(g, similarity);
}

/** Row i of `similarity [n, n]` belongs to column i: the mean of the cross-entropies of rows and of columns. */
export function pairedCrossEntropy(g: Graph, similarity: Handle): Handle {
  const targets = rowNumbers(g, sizeAt(similarity.shape, 0));
  const rows = crossEntropy(g, similarity, targets);
  const columns = crossEntropy(g, transpose(g, similarity, [1, 0]), targets);
  return mul(g, add(g, rows, columns), 0.5);
}

/** SigLIP's pairwise sigmoid loss (Zhai et al. 2023, algorithm 1): `scale [1]` as in CLIP, `bias [1]`; a mean over images. */
export function siglipLoss(g: Graph, images: Handle, texts: Handle, scale: Handle, bias: Handle): Handle {
  const n = sizeAt(images.shape, 0);
  const similarity = matmul(g, normalised(g, images), transpose(g, normalised(g, texts), [1, 0]));
  const logits = add(g, mul(g, similarity, exp(g, scale)), bias);
  const signs = values(
    g,
    Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : -1)),
    [n, n],
    logits.dtype,
  );
  return div(g, reduceSum(g, softplus(g, neg(g, mul(g, signs, logits))), [0, 1], { keep: false }), n);
}

/** Binary cross-entropy of `logits [n]` against `labels [n]` in 0 … 1: an outcome verifier's loss (Cobbe et al. 2021, §4.1). */
export function binaryCrossEntropy(g: Graph, logits: Handle, labels: Handle, weights?: Handle): Handle {
  return weightedMean(g, sub(g, softplus(g, logits), mul(g, logits, labels)), weights);
}

/** `log(1 + eˣ)`, stable for large `|x|`. */
function softplus(g: Graph, x: Handle): Handle {
  // In this order the slope of |x| at 0 is -1, as that of relu is 0: the two halves then make σ(0).
  const magnitude = maximum(g, neg(g, x), x);
  return add(g, relu(g, x), log(g, add(g, exp(g, neg(g, magnitude)), 1)));
}

/**
 * What ties a vector quantiser's encoder to its codebook (van den Oord et al. 2017, eq. 3): `encoded [n, width]` moves to
 * its code at the rate `commitment`, the code to it at 1. The two take the gradient of one side each: pass each side's other one
 * as an input or through `stopped`.
 */
export function commitmentLoss(
  g: Graph,
  encoded: Handle,
  codes: Handle,
  options: { readonly commitment?: number } = {},
): Handle {
  const { commitment = 0.25 } = options;
  const towards = (x: Handle, fixed: Handle) => {
    const gap = sub(g, x, stopped(g, fixed));
    return reduceMean(g, reduceSum(g, mul(g, gap, gap), [-1], { keep: false }), [0], { keep: false });
  };
  return add(g, towards(codes, encoded), mul(g, towards(encoded, codes), commitment));
}

/** The same value, through which no gradient flows. */
export function stopped(g: Graph, x: Handle): Handle {
  return g.op('Identity', [x], STOP_GRADIENT);
}

/** Share of rows of `logits [n, classes]` whose largest is the target, weighted. */
export function accuracy(g: Graph, logits: Handle, targets: Handle, weights?: Handle): Handle {
  const right = cast(g, equal(g, g.op('ArgMax', [logits], { axis: -1, keepdims: 0 }), targets), 'float32');
  return weightedMean(g, right, weights);
}

function rowNumbers(g: Graph, count: number): Handle {
  return ints(
    g,
    Array.from({ length: count }, (_, i) => i),
  );
}
