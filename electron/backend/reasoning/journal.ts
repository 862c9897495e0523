import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonical } from '../../../graphs/canonical.ts';
import type { Journaled } from '../journal.ts';
import { type Cell, cellSchema } from './cells.ts';
import type { Setup } from './setup.ts';

/** What must be the same for searches of two sessions to stand in one result. */
const headSchema = z.object({
  journalVersion: z.literal(1),
  graph: z.string(),
  data: z.string(),
  split: z.string(),
  n: z.number(),
  budgets: z.array(z.number()),
  strategies: z.array(z.string()),
  verifiers: z.array(z.string()),
  seed: z.number(),
});

/** What the journal of a measurement holds. */
export function journaled(setup: Setup): Journaled<Cell> {
  return { of: 'measurement', headSchema, cellSchema, head: headOf(setup) };
}

function headOf({ document, data, budgets, strategies, verifiers, seed }: Setup): z.infer<typeof headSchema> {
  return {
    journalVersion: 1,
    // Where nodes stand and what notes say changes no result.
    graph: createHash('sha256').update(canonical(document.nodes)).digest('base64url').slice(0, 22),
    data: data.name,
    split: data.split,
    n: data.n,
    budgets: [...budgets],
    strategies: [...strategies],
    verifiers: verifiers.map(({ name }) => name),
    seed,
  };
}
