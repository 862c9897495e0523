import { z } from 'zod';

/** What strategies share that only sample: its candidates are made once for all of them. */
export const POOL = 'pool';

/** A search: which problem, how, and with how much. */
const turnSchema = z.object({
  problem: z.int().min(0),
  /** As the search loop calls it, or the pool. */
  strategy: z.string(),
  verifier: z.string().optional(),
  budget: z.int().min(1),
});

const candidateSchema = z.object({
  answer: z.string(),
  right: z.boolean(),
  tokens: z.number(),
  /** Mean log-probability of its tokens. */
  confidence: z.number(),
  score: z.number().optional(),
});

/** A search that is done. */
export const cellSchema = turnSchema.extend({
  /** Whether the chosen answer is the true one. */
  right: z.boolean(),
  /** Of a pool, in the order in which they were sampled. */
  candidates: z.array(candidateSchema).optional(),
  /** Generated. */
  tokens: z.number(),
  verifierTokens: z.number(),
  ms: z.number(),
  kvCacheBytes: z.number(),
});

export type Turn = z.infer<typeof turnSchema>;
export type Cell = z.infer<typeof cellSchema>;
export type PoolCandidate = z.infer<typeof candidateSchema>;

/** A turn as a text, no two of a measurement the same. */
export function keyOf({ problem, strategy, verifier, budget }: Turn): string {
  return JSON.stringify([problem, strategy, verifier ?? null, budget]);
}
