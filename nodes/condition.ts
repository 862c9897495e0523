import { z } from 'zod';
import type { Value } from './values.ts';

/** What control nodes ask of a value. */
export const conditionParams = {
  test: z.enum(['at-least', 'at-most', 'matches']).default('at-least').meta({
    title: 'Condition',
    description: 'A number at least or at most the limit, or a text with the pattern in it',
  }),
  limit: z
    .number()
    .default(0.5)
    .meta({ title: 'Limit', step: 0.05, when: { param: 'test', is: ['at-least', 'at-most'] } }),
  pattern: z
    .string()
    .default('')
    .refine(isPattern, 'expected a regular expression')
    .meta({
      title: 'Pattern',
      description: 'A regular expression, upper and lower case alike',
      when: { param: 'test', is: ['matches'] },
    }),
};

export interface Condition {
  readonly test: 'at-least' | 'at-most' | 'matches';
  readonly limit: number;
  readonly pattern: string;
}

/** Whether a condition holds for a score, or for a text or answer. Throws a sentence where it cannot be asked of the value. */
export function holds({ test, limit, pattern }: Condition, value: Value): boolean {
  if (test === 'matches') {
    if (value.type === 'text' || value.type === 'answer') return new RegExp(pattern, 'i').test(value.text);
    throw new Error(`a pattern is looked for in texts and answers, not in what came: ${value.type}`);
  }
  const number = numberOf(value);
  return test === 'at-least' ? number >= limit : number <= limit;
}

function numberOf(value: Value): number {
  if (value.type === 'score') return value.value;
  if (value.type !== 'text' && value.type !== 'answer')
    throw new Error(`scores, and texts that are numbers, are compared with a limit, not what came: ${value.type}`);
  const number = Number(value.text.trim().replaceAll(',', ''));
  if (value.text.trim() === '' || Number.isNaN(number))
    throw new Error(`"${value.text.slice(0, 40)}" is no number: wire a score, or look for a pattern`);
  return number;
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}
