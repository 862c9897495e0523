import { z } from 'zod';
import { digestOf, type Journaled } from '../measuring/journal.ts';
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
    graph: digestOf(document.nodes),
    data: data.name,
    split: data.split,
    n: data.n,
    budgets: [...budgets],
    strategies: [...strategies],
    verifiers: verifiers.map(({ name }) => name),
    seed,
  };
}
