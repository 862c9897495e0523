import { z } from 'zod';
import { amount, count, fraction, holdsResult, resultIn } from './result.ts';

/** What spending compute on problems came to: accuracy against generated tokens. Its JSON Schema is reasoning.schema.json. */

export const REASONING_VERSION = 1;

/** A strategy at a budget. Amounts are means over problems. */
const pointSchema = z.object({
  /** As the search loop calls it; `pass@1` and `pass@k` are what one candidate, and the best of k, come to. */
  strategy: z.string(),
  /** That chose; absent where nothing did. */
  verifier: z.string().optional(),
  /** Candidates of a problem: solutions, a beam's beginnings, a tree's simulations. */
  budget: z.int().min(1),
  /** Generated for a problem. */
  tokens: amount,
  /** Share of the problems that were solved, with its 95 % interval. */
  accuracy: fraction,
  low: fraction,
  high: fraction,
  /** Problems. */
  n: count,
  /** That went through the verifier's model. */
  verifierTokens: amount.optional(),
  /** Of a search; absent where candidates were taken from a larger pool. */
  seconds: amount.optional(),
  /** Most bytes of caches held at once; absent where candidates were taken from a larger pool. */
  kvCacheBytes: amount.optional(),
});

/** What is claimed of reasoning, and what was found. */
const claimSchema = z.object({
  claim: z.string(),
  found: z.string(),
  /** Whether what was found is what is claimed. */
  holds: z.boolean(),
  /** Of accuracies, within problems, with its 95 % interval. */
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  /** False where the interval holds 0: then chance alone may have made the difference. */
  differs: z.boolean(),
});

export const reasoningSchema = z.object({
  schemaVersion: z.literal(REASONING_VERSION),
  points: z.array(pointSchema),
  claims: z.array(claimSchema),
  how: z.object({
    graph: z.string(),
    data: z.string(),
    split: z.string().optional(),
    /** Problems that were to be solved; those that were are the points' own `n`. */
    n: count,
    seed: count,
    budgets: z.array(z.int().min(1)),
    /** What solves and what judges, by node: models as the graph names them. */
    models: z.record(z.string(), z.string()),
    /** Candidates of a problem that strategies which only sample share. */
    pool: count,
    /** Bootstrap resamples of an interval, and the share of them in it. */
    resamples: count,
    level: fraction,
    /** False where it was stopped: then points hold the problems that every strategy finished. */
    complete: z.boolean(),
    platform: z.string(),
    cpu: z.string(),
  }),
});

export type Reasoning = z.infer<typeof reasoningSchema>;
export type ReasoningPoint = z.infer<typeof pointSchema>;
export type ReasoningClaim = z.infer<typeof claimSchema>;

const LISTS = ['points', 'claims'];

/** The measurement that a file's text holds; see `resultIn`. */
export const reasoningIn = (text: string): Reasoning | undefined => resultIn(reasoningSchema, text, LISTS);

/** Whether a text is of a measurement, as it should be or not. */
export const holdsReasoning = (text: string): boolean => holdsResult(text, LISTS);

/** A strategy's name with its verifier's: a line of the plot. */
export function lineOf({ strategy, verifier }: Pick<ReasoningPoint, 'strategy' | 'verifier'>): string {
  return verifier === undefined ? strategy : `${strategy} · ${verifier}`;
}
