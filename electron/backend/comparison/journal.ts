import { z } from 'zod';
import { digestOf, type Journaled } from '../measuring/journal.ts';
import { type Cell, cellSchema } from './cells.ts';
import type { Setup } from './setup.ts';

/** What must be the same for cells of two sessions to stand in one comparison. */
const headSchema = z.object({
  journalVersion: z.literal(1),
  graphs: z.array(z.object({ graph: z.string(), digest: z.string() })),
  data: z.string().optional(),
  split: z.string().optional(),
  n: z.number().optional(),
  /** Of questions that can change between two sessions. */
  questions: z.string().optional(),
  blind: z.boolean().optional(),
  seed: z.number(),
  repeat: z.number(),
});

/** What the journal of a comparison holds. */
export function journaled(setup: Setup): Journaled<Cell> {
  return { of: 'comparison', headSchema, cellSchema, head: headOf(setup) };
}

function headOf({ variants, data, blind, repeat, seed }: Setup): z.infer<typeof headSchema> {
  return {
    journalVersion: 1,
    // Where nodes stand and what notes say changes no result.
    graphs: variants.map(({ graph, document }) => ({ graph, digest: digestOf(document.nodes) })),
    ...(data && {
      data: data.name,
      ...(data.split && { split: data.split }),
      n: data.n,
      ...(data.digest !== undefined && { questions: data.digest }),
      blind,
    }),
    seed,
    repeat,
  };
}
