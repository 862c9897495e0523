import { z } from 'zod';
import type { Split } from './data/world.ts';

/**
 * Solutions that a model wrote, and what came of their steps: what verifiers learn from. A file of them has a head, then
 * a line a problem.
 */

const solutionSchema = z.object({
  /** Tokens after the prompt; the last one ends it, where it came to its end. */
  ids: z.array(z.int()),
  text: z.string(),
  /** Its answer is the true one. */
  right: z.boolean(),
  /** Tokens of which the steps consist, ascending: after so many, a step is done. */
  stepEnds: z.array(z.int()),
  /** For each step, the share of texts that go on from there, this one among them, which reach the true answer. */
  shares: z.array(z.number()),
  /** Natural-log probability of each token under the model itself, at temperature 1. */
  logProbs: z.array(z.number()),
});

const rolloutSchema = z.object({
  question: z.string(),
  answer: z.string(),
  solutions: z.array(solutionSchema),
});

const headSchema = z.object({
  format: z.literal('patchbay rollouts 1'),
  model: z.string(),
  /** Of the model's weights: a name may stand for others tomorrow. */
  digest: z.string(),
  split: z.enum(['train', 'validation', 'test'] as const satisfies readonly Split[]),
  n: z.int().min(1),
  samples: z.int().min(1),
  completions: z.int().min(0),
  temperature: z.number(),
  seed: z.int().min(0),
});

export type Solution = z.output<typeof solutionSchema>;
export type Rollout = z.output<typeof rolloutSchema>;
export type RolloutHead = z.output<typeof headSchema>;

export interface Rollouts {
  readonly head: RolloutHead;
  readonly problems: readonly Rollout[];
}

/** Throws a sentence that names the line which is not as it should be. */
export function parseRollouts(text: string): Rollouts {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  return { head: parseHead(first), problems: lines.map((line, i) => parseLine(rolloutSchema, line, i + 2)) };
}

export function parseHead(line: string): RolloutHead {
  return parseLine(headSchema, line, 1);
}

function parseLine<S extends z.ZodType>(schema: S, line: string, number: number): z.output<S> {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    throw new Error(`line ${number} is no line of rollouts: make the file anew with patchbay rollouts`);
  }
}

export type StepLabel = -1 | 0 | 1;

/** Above this share, most continuations reach the answer. */
const MOST = 0.5;

/**
 * What a step is called by the share of its continuations that reach the true answer: -1 none, 0 some, 1 most of them
 * (after Wang et al. 2024, Math-Shepherd, section 3.3, whose labels know none and any).
 */
export function stepLabel(share: number): StepLabel {
  if (share === 0) return -1;
  return share > MOST ? 1 : 0;
}
