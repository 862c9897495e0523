import type { GenerateRequest, GeneratorValue } from '../llm/generator.ts';
import { DIMENSION_NAMES, DIMENSIONS, type Dimension, type Preferences, type Scores } from './dimensions.ts';

/** A critic that is an LLM which sees the picture and is asked. */

/** Greedy, and short: a number or a letter is wanted. */
const REQUEST: Omit<GenerateRequest, 'signal'> = {
  sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
  maxTokens: 16,
  stop: ['\n'],
};

export interface Asking {
  readonly generator: GeneratorValue;
  /** With `{question}`, `{dimension}`, `{meaning}` and `{answer}`, or `{first}` and `{second}`. */
  readonly template: string;
  readonly question: string;
  readonly signal: AbortSignal;
}

export async function askedScores(asking: Asking, answer: string): Promise<Scores> {
  return overDimensions(async (dimension) => scoreIn(await reply(asking, dimension, { answer })));
}

/** Asks twice, each answer first once: what depends on the order cancels out (Zheng et al. 2023, section 3.4). */
export async function askedPreferences(asking: Asking, first: string, second: string): Promise<Preferences> {
  return overDimensions(async (dimension) => {
    const forth = preferenceIn(await reply(asking, dimension, { first, second }));
    const back = preferenceIn(await reply(asking, dimension, { first: second, second: first }));
    return (forth - back) / 2;
  });
}

/** One after the other: a model answers one question at a time. */
async function overDimensions<T>(of: (dimension: Dimension) => Promise<T>): Promise<Record<Dimension, T>> {
  const found: [Dimension, T][] = [];
  for (const dimension of DIMENSION_NAMES) found.push([dimension, await of(dimension)]);
  return Object.fromEntries(found) as Record<Dimension, T>;
}

async function reply(
  { generator, template, question, signal }: Asking,
  dimension: Dimension,
  answers: Readonly<Record<string, string>>,
): Promise<string> {
  signal.throwIfAborted();
  const slots: Readonly<Record<string, string>> = { question, dimension, meaning: DIMENSIONS[dimension], ...answers };
  const text = template.replace(/\{(\w+)\}/g, (whole, slot: string) => slots[slot] ?? whole);
  return (await generator.generate({ type: 'text', text }, { ...REQUEST, signal })).answer.text;
}

/** The first number from 0 to 10, over 10. */
export function scoreIn(text: string): number | undefined {
  const number = Number(/\d+(\.\d+)?/.exec(text)?.[0] ?? Number.NaN);
  return number >= 0 && number <= 10 ? number / 10 : undefined;
}

/** 1 for A, -1 for B, 0 for a tie or anything else. */
export function preferenceIn(text: string): number {
  const [letter] = /\b[AB]\b/.exec(text) ?? [];
  return letter === 'A' ? 1 : letter === 'B' ? -1 : 0;
}
