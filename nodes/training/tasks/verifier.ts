import { uniformGenerator } from '../../generation/uniforms.ts';
import { decoderHidden, vocabularyScores } from '../../llm/model.ts';
import type { CardOf } from '../../models/card.ts';
import {
  cast,
  equal,
  gatherElements,
  greater,
  logSoftmax,
  matmul,
  mul,
  reshape,
  sigmoid,
  softmax,
  squeeze,
  sub,
  unsqueeze,
  values,
} from '../../onnx/functions.ts';
import type { Graph, Handle } from '../../onnx/graph.ts';
import { embedding } from '../../onnx/layers/linear.ts';
import type { FloatTensor, Tensor } from '../../values.ts';
import { HEAD_WIDTHS, judgeHead, withSurprise } from '../../verifier/model.ts';
import type { BatchMaker } from '../batch.ts';
import { itemSeed } from '../batch.ts';
import { pick } from '../data/chance.ts';
import type { Random } from '../data/world.ts';
import { accuracy, binaryCrossEntropy, crossEntropy, weightedMean } from '../losses.ts';
import type { Outcome } from '../outcome.ts';
import type { VerifierRecipe } from '../recipe.ts';
import type { Rollout } from '../rollouts.ts';
import type { Objective, Trainee } from '../step.ts';
import { conversationInputs, int64, sequenceInputs } from './conversations.ts';
import {
  balanced,
  type Labelled,
  outcomeLabels,
  packedSolutions,
  processLabels,
  progressLabels,
  SLOTS,
  type SolutionRow,
} from './solutions.ts';
import type { Sources } from './sources.ts';

export interface VerifiedModels {
  readonly llm: CardOf<'llm'>;
}

/**
 * The decoder that wrote solutions learns to judge them: with a head in place of its vocabulary, or (`implicit`) by how much
 * likelier it finds them than the model it started from.
 */
export function verifierTrainee(recipe: VerifierRecipe, { llm }: VerifiedModels): Trainee {
  const { judges, schedule, tokens, beta } = recipe;
  const config = llm.architecture;
  return {
    build(g) {
      const { ids, ...places } = conversationInputs(g, schedule.batch, tokens);
      const { embedded, table } = embedding(g, 'embedding', ids, config.vocabulary, config.width);
      const read = (x: Handle) => decoderHidden(g, config, sequenceInputs(g, { x, ...places }));
      if (judges === 'implicit') return implicitObjective(g, vocabularyScores(g, config, read(embedded), table), beta);
      const hidden = read(withSurprise(g, embedded, g.input('surprise', 'float32', [schedule.batch, tokens])));
      const count = schedule.batch * tokens;
      const scores = reshape(g, judgeHead(g, hidden, HEAD_WIDTHS[judges]), [count, HEAD_WIDTHS[judges]]);
      return judges === 'process' ? classObjective(g, scores) : chanceObjective(g, squeeze(g, scores, [1]));
    },
    trains: () => true,
  };
}

/** Outcome (Cobbe et al. 2021, section 4.1) and progress (Setlur et al. 2024): a chance of success at a token. */
function chanceObjective(g: Graph, logits: Handle): Objective {
  const { labels, weights } = labelInputs(g, Number(logits.shape[0]));
  return {
    loss: binaryCrossEntropy(g, logits, labels, weights),
    figures: chanceFigures(g, sigmoid(g, logits), labels, weights),
    outputs: {},
  };
}

function labelInputs(g: Graph, count: number) {
  return { labels: g.input('labels', 'float32', [count]), weights: g.input('label_weights', 'float32', [count]) };
}

function chanceFigures(g: Graph, chance: Handle, labels: Handle, weights: Handle): Objective['figures'] {
  const right = equal(g, cast(g, greater(g, chance, 0.5), 'int32'), cast(g, greater(g, labels, 0.5), 'int32'));
  return { accuracy: weightedMean(g, cast(g, right, 'float32'), weights), brier: brier(g, chance, labels, weights) };
}

/** Brier score: the mean square between a chance and what came (Brier 1950, for two classes). */
function brier(g: Graph, chance: Handle, labels: Handle, weights: Handle): Handle {
  const gap = sub(g, chance, labels);
  return weightedMean(g, mul(g, gap, gap), weights);
}

/** Process (Wang et al. 2024): is a step bad, middling or good, classes 0 to 2, of which the chance is the mean over 2. */
function classObjective(g: Graph, scores: Handle): Objective {
  const count = Number(scores.shape[0]);
  const targets = g.input('targets', 'int64', [count]);
  const weights = g.input('label_weights', 'float32', [count]);
  const chance = matmul(g, softmax(g, scores), values(g, [0, 0.5, 1], [3, 1], 'float32'));
  return {
    loss: crossEntropy(g, scores, targets, { weights }),
    figures: {
      accuracy: accuracy(g, scores, targets, weights),
      brier: brier(g, squeeze(g, chance, [1]), mul(g, cast(g, targets, 'float32'), 0.5), weights),
    },
    outputs: {},
  };
}

/**
 * The reward of a solution is `beta` times the log of how much likelier it is than under the reference, and learns from
 * outcomes alone; that of a step is then the part that its tokens add (Yuan et al. 2024, "Free process rewards", eq. 3 and 5).
 */
function implicitObjective(g: Graph, scores: Handle, beta: number): Objective {
  const [batch, tokens, vocabulary] = scores.shape.map(Number) as [number, number, number];
  const targets = g.input('targets', 'int64', [batch * tokens]);
  const reference = g.input('reference', 'float32', [batch * tokens]);
  const members = g.input('members', 'float32', [batch, SLOTS, tokens]);
  const logProbs = logSoftmax(g, reshape(g, scores, [batch * tokens, vocabulary]));
  const own = reshape(g, gatherElements(g, logProbs, unsqueeze(g, targets, [1]), 1), [batch * tokens]);
  const ratios = reshape(g, sub(g, own, reference), [batch, tokens, 1]);
  const logits = mul(g, reshape(g, matmul(g, members, ratios), [batch * SLOTS]), beta);
  const { labels, weights } = labelInputs(g, batch * SLOTS);
  return {
    loss: binaryCrossEntropy(g, logits, labels, weights),
    figures: chanceFigures(g, sigmoid(g, logits), labels, weights),
    outputs: {},
  };
}

/** One problem in ten is held out. */
const HELD = 10;
/** Of the problems to train with, the share at least that have right and wrong solutions. */
const MIXED = 0.75;

/** Rows of one problem each, with as many different solutions as fit. */
export function verifierBatches(recipe: VerifierRecipe, { rollouts = [], tokenizer }: Sources): BatchMaker {
  const { schedule, seed, tokens } = recipe;
  const held = rollouts.filter((_, i) => i % HELD === 0);
  const trained = rollouts.filter((_, i) => i % HELD !== 0);
  if (trained.length === 0) throw new Error('verifiers need rollouts of two problems at least');
  const mixed = trained.filter(({ solutions }) => new Set(solutions.map(({ right }) => right)).size === 2);
  const picked = (random: Random) => pick(random, mixed.length > 0 && random() < MIXED ? mixed : trained);
  return (split, index) => {
    const rows = Array.from({ length: schedule.batch }, (_, row) => {
      const item = index * schedule.batch + row;
      const random = uniformGenerator(itemSeed(seed, split, item));
      const problem = split === 'train' ? picked(random) : held[item % held.length];
      return packedSolutions(tokenizer, problem as Rollout, tokens, random);
    });
    const square = [rows.length, tokens];
    return {
      feeds: {
        ids: int64(
          rows.map(({ ids }) => ids),
          square,
        ),
        positions: int64(
          rows.map(({ positions }) => positions),
          square,
        ),
        turns: int64(
          rows.map(({ turns }) => turns),
          square,
        ),
        ...labelFeeds(recipe, rows),
      },
    };
  };
}

function labelFeeds(recipe: VerifierRecipe, rows: readonly SolutionRow[]): Readonly<Record<string, Tensor>> {
  const { judges, tokens, prover } = recipe;
  switch (judges) {
    case 'outcome':
      return { ...chanceFeeds(rows.map(outcomeLabels), tokens), surprise: surpriseOf(rows, tokens) };
    case 'progress': {
      const labelled = rows.map((row) => progressLabels(row, prover));
      return { ...chanceFeeds(labelled, tokens), surprise: surpriseOf(rows, tokens) };
    }
    case 'process': {
      const { labels, label_weights } = chanceFeeds(rows.map(processLabels), tokens);
      const targets = { ...labels, dtype: 'int64', data: BigInt64Array.from(labels.data, BigInt) } as const;
      return { targets, label_weights, surprise: surpriseOf(rows, tokens) };
    }
    case 'implicit':
      return implicitFeeds(rows, tokens);
  }
}

/** `labels` and `label_weights [rows·tokens]`, of which those without a label count nothing. */
function chanceFeeds(rows: readonly (readonly Labelled[])[], tokens: number) {
  const labels = new Float32Array(rows.length * tokens);
  const weights = new Float32Array(rows.length * tokens);
  rows.forEach((row, i) => {
    for (const { at, label, weight } of row) {
      labels[i * tokens + at] = label;
      weights[i * tokens + at] = weight;
    }
  });
  return { labels: floats(labels), label_weights: floats(weights) };
}

/** Log-probabilities of the solver's own tokens, `[rows, tokens]`; those of the question it did not choose. */
function surpriseOf(rows: readonly SolutionRow[], tokens: number): FloatTensor {
  const data = new Float32Array(rows.length * tokens);
  rows.forEach(({ spans }, row) => {
    for (const { solution, from } of spans) data.set(solution.logProbs, row * tokens + from);
  });
  return floats(data, [rows.length, tokens]);
}

/**
 * What follows each token of a solution, which solution it belongs to, and what the reference makes of it. The first token
 * of all is predicted by the same token before them, and is left out: it opens the thought, and tells nothing.
 */
function implicitFeeds(rows: readonly SolutionRow[], tokens: number): Readonly<Record<string, Tensor>> {
  const targets = new BigInt64Array(rows.length * tokens);
  const reference = new Float32Array(rows.length * tokens);
  const members = new Float32Array(rows.length * SLOTS * tokens);
  const labels = new Float32Array(rows.length * SLOTS);
  const weights = new Float32Array(rows.length * SLOTS);
  rows.forEach(({ spans }, row) => {
    const counted = balanced(
      spans.map(({ solution, from, times }) => ({ solution, from, weight: times })),
      ({ solution: { right } }) => Number(right),
    );
    counted.forEach(({ solution: { ids, logProbs, right }, from, weight }, slot) => {
      const of = row * SLOTS + slot;
      labels[of] = Number(right);
      weights[of] = weight;
      for (let i = 1; i < ids.length; i++) {
        const at = from + i - 1;
        targets[row * tokens + at] = BigInt(ids[i] as number);
        reference[row * tokens + at] = logProbs[i] as number;
        members[of * tokens + at] = 1;
      }
    });
  });
  return {
    targets: { dtype: 'int64', dims: [targets.length], data: targets },
    reference: floats(reference),
    members: floats(members, [rows.length, SLOTS, tokens]),
    labels: floats(labels),
    label_weights: floats(weights),
  };
}

function floats(data: Float32Array, dims: readonly number[] = [data.length]): FloatTensor {
  return { dtype: 'float32', dims, data };
}

/** The verifier, which is told by the solver that it asks how likely it found each token. */
export function verifierOutcomes(recipe: VerifierRecipe, { llm }: VerifiedModels): readonly Outcome[] {
  const { name, title, about, judges, start, beta } = recipe;
  const implicit = judges === 'implicit' && { beta };
  return [
    {
      card: {
        name,
        title,
        about,
        kind: 'verifier',
        judges,
        architecture: llm.architecture,
        solver: start,
        ...implicit,
      },
      nameOf: (parameter) => parameter,
    },
  ];
}
