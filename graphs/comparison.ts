import { z } from 'zod';
import { amount, count, fraction, holdsResult, resultIn } from './result.ts';

/** What a comparison of graphs found. Its JSON Schema is comparison.schema.json. */

export const COMPARISON_VERSION = 1;

/** Accuracy over `n` items with Wilson's 95 % interval, fractions of 1. */
const scoreSchema = z.object({ n: count, accuracy: fraction, low: fraction, high: fraction });

/** What a graph would cost with so many images, or tiles of one: counted, not run. */
const growthSchema = z.object({
  of: z.enum(['images', 'tiles']),
  count: z.int().min(1),
  visualTokens: amount,
  /** Of one run up to the first token, the encoder included; multiply and add counted as two. */
  flops: amount,
  /** Of the LLM, and of what gated layers in it attend to. */
  kvCacheBytes: amount,
});

/** One graph. Times are medians over the rounds without loading; what was not measured is absent. */
export const rowSchema = z.object({
  /** Its file's name, with the parameters that were swept. Every row has another. */
  graph: z.string(),
  /** Swept parameters by `<node>.<param>`. */
  settings: z.record(z.string(), z.unknown()).optional(),
  /** Timed runs. */
  rounds: count,
  /** Parameters of the nodes between encoder and LLM. */
  extraParameters: count.optional(),
  /** Visual tokens that the LLM reads or attends to. */
  visualTokens: amount.optional(),
  /** Of reading a prompt; multiply and add counted as two. */
  prefillFlops: amount.optional(),
  kvCacheBytes: amount.optional(),
  /** Time to first token of the LLM that answers: its prefill and one step. */
  firstTokenMs: amount.optional(),
  /** After the first token. */
  tokensPerSecond: amount.optional(),
  /** Of the whole graph. */
  totalMs: amount.optional(),
  /** Interquartile range. */
  totalMsSpread: amount.optional(),
  /** Each node's highest, summed; the largest of all rounds. */
  peakBytes: amount.optional(),
  accuracy: fraction.optional(),
  /** Low and high, with 95 %. */
  accuracyInterval: z.tuple([fraction, fraction]).optional(),
  /** Items answered. */
  items: count.optional(),
  /** By kind of question. */
  kinds: z.record(z.string(), scoreSchema).optional(),
  /** With another scene's picture: what is guessed. */
  blindAccuracy: fraction.optional(),
  blindInterval: z.tuple([fraction, fraction]).optional(),
  /** Each node's own time. */
  nodes: z.record(z.string(), z.object({ kind: z.string(), ms: amount })),
  growth: z.array(growthSchema).optional(),
});

/** The figures of a row that differences are taken of. */
export const metricSchema = z.enum(['accuracy', 'blindAccuracy', 'firstTokenMs', 'tokensPerSecond', 'totalMs']);

/** `b − a`: of accuracies the mean over items, of others the median over rounds in which both ran. */
export const differenceSchema = z.object({
  metric: metricSchema,
  /** Graphs, as in their rows. */
  a: z.string(),
  b: z.string(),
  difference: z.number(),
  /** Paired bootstrap interval. */
  low: z.number(),
  high: z.number(),
  pairs: count,
  /** False where the interval holds 0, or there are too few pairs to tell: then there is no difference to speak of. */
  differs: z.boolean(),
});

export const comparisonSchema = z.object({
  schemaVersion: z.literal(COMPARISON_VERSION),
  rows: z.array(rowSchema),
  differences: z.array(differenceSchema),
  how: z.object({
    /** What was asked about: a world, or the name of the user's own file; absent where each graph ran on its own inputs. */
    data: z.string().optional(),
    /** Of a world's scenes. */
    split: z.enum(['train', 'validation', 'test']).optional(),
    seed: count.optional(),
    n: count.optional(),
    /** Timed runs of each graph on each item. */
    repeat: count,
    /** In every round each graph runs once, after this many runs that do not count. */
    warmUpRuns: count,
    /** Bootstrap resamples of a difference, and the share of them in its interval. */
    resamples: count,
    level: fraction,
    /** False where it was stopped: then rows hold the rounds that all graphs finished. */
    complete: z.boolean(),
    platform: z.string(),
    cpu: z.string(),
  }),
});

export type Comparison = z.infer<typeof comparisonSchema>;
export type ComparisonRow = z.infer<typeof rowSchema>;
export type Growth = z.infer<typeof growthSchema>;
export type Difference = z.infer<typeof differenceSchema>;
export type Metric = z.infer<typeof metricSchema>;

const LISTS = ['rows', 'differences'];

/** The comparison that a file's text holds; see `resultIn`. */
export const comparisonIn = (text: string): Comparison | undefined => resultIn(comparisonSchema, text, LISTS);

/** Whether a text is of a comparison, as it should be or not. */
export const holdsComparison = (text: string): boolean => holdsResult(text, LISTS);

/** `graph − baseline`, whichever of them stands first in the comparison; undefined where it was not taken. */
export function differenceFrom(
  { differences }: Comparison,
  metric: Metric,
  baseline: string,
  graph: string,
): Difference | undefined {
  const found = differences.find(
    ({ a, b, metric: of }) => of === metric && ((a === baseline && b === graph) || (a === graph && b === baseline)),
  );
  if (!found || found.a === baseline) return found;
  const { difference, low, high } = found;
  return { ...found, a: baseline, b: graph, difference: -difference, low: -high, high: -low };
}
