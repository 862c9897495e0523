import { z } from 'zod';

/** How long and how fast a recipe trains. */
export const scheduleSchema = z.strictObject({
  steps: z.int().min(1),
  /** Items in a batch. */
  batch: z.int().min(1),
  /** The largest learning rate, reached after the warm-up. */
  rate: z.number().positive(),
  /** Steps in which the rate rises from 0. */
  warmup: z.int().min(0),
  /** What the rate falls to at the last step, as a fraction of `rate`. */
  floor: z.number().min(0).max(1).default(0.05),
  decay: z.number().min(0).default(0.01),
  clip: z.number().positive().default(1),
  betas: z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]).default([0.9, 0.99]),
  epsilon: z.number().positive().default(1e-8),
});

export type Schedule = z.output<typeof scheduleSchema>;

/** Learning rate of step `step` (from 0): a linear warm-up, then half a cosine (Loshchilov and Hutter 2017, eq. 5). */
export function learningRate({ steps, warmup, rate, floor }: Schedule, step: number): number {
  if (step < warmup) return (rate * (step + 1)) / warmup;
  const done = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * done)));
}

/** Steps between two evaluations: twenty in a training, or fewer, so that a short one is not all evaluation. */
export function evaluationEvery(steps: number): number {
  return Math.max(10, Math.ceil(steps / 20));
}
