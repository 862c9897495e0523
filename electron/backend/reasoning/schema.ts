import { z } from 'zod';
import { DATA_NAMES } from './data.ts';

/** More candidates of a problem than this are asked of no search. */
export const MOST_CANDIDATES = 1024;

/** What is chosen about a measurement, but for its graph. */
const choicesSchema = z.object({
  data: z.enum(DATA_NAMES),
  split: z.enum(['test', 'validation']),
  n: z.int().min(1).max(10_000),
  budgets: z.array(z.int().min(1).max(MOST_CANDIDATES)).min(1).readonly(),
  /** Names of strategies; all that the graph can run, if there are none. */
  strategies: z.array(z.string()).readonly(),
  /** Models that the verifier's node holds in turn; its own, if there are none. */
  verifiers: z.array(z.string()).readonly(),
  seed: z.int().min(0).max(0xffffffff),
});

/** A measurement as the app asks for it. */
export const reasoningRequestSchema = choicesSchema.extend({
  name: z.string().min(1),
  text: z.string(),
  folder: z.string().optional(),
});

export type ReasoningChoices = z.infer<typeof choicesSchema>;
export type ReasoningRequest = z.infer<typeof reasoningRequestSchema>;
