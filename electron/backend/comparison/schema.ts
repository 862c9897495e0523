import { z } from 'zod';

const dataSchema = z.union([
  z.object({
    world: z.enum(['shapes', 'digits', 'visual-arithmetic']),
    split: z.enum(['test', 'validation']),
    n: z.int().min(1),
  }),
  /** A CSV file, or a folder that holds one. */
  z.object({ path: z.string().min(1), n: z.int().min(1) }),
]);

/** What is chosen about a comparison, but for its graphs. */
const choicesSchema = z.object({
  sweeps: z.array(z.object({ place: z.string(), values: z.array(z.string()).min(1).readonly() })).readonly(),
  /** Values of several sweeps: each with each, or the first with the first and so on. */
  combine: z.enum(['grid', 'list']),
  data: dataSchema.optional(),
  blind: z.boolean(),
  repeat: z.int().min(1).max(1000),
  seed: z.int().min(0).max(0xffffffff),
});

/** A comparison as the app asks for it. */
export const requestSchema = choicesSchema.extend({
  graphs: z.array(z.object({ name: z.string().min(1), text: z.string(), folder: z.string().optional() })).min(1),
});

export type ComparisonChoices = z.infer<typeof choicesSchema>;
export type ComparisonRequest = z.infer<typeof requestSchema>;
