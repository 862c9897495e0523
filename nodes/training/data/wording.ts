import { pick } from './chance.ts';
import type { Random } from './world.ts';

/** What people call what they look at; `{picture}` in a wording stands for one of these. */
export const PICTURES = ['picture', 'image', 'photo', 'scene'] as const;

/** One of the wordings with its `{slots}` filled; one question in four goes without its question mark. */
export function word(
  random: Random,
  wordings: readonly string[],
  slots: Readonly<Record<string, string>> = {},
): string {
  const all: Record<string, string> = { picture: pick(random, PICTURES), ...slots };
  const text = pick(random, wordings).replace(/\{(\w+)\}/g, (_, slot: string) => {
    const filling = all[slot];
    if (filling === undefined) throw new Error(`a wording has the slot {${slot}}, which nothing fills`);
    return filling;
  });
  return text.endsWith('?') && random() < 0.25 ? text.slice(0, -1) : text;
}

/** `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** The phrase with its indefinite article. */
export function withArticle(phrase: string): string {
  return /^[aeiou]/.test(phrase) ? `an ${phrase}` : `a ${phrase}`;
}

/** Columns of a picture from the left: a, b, c, … */
export function columnName(column: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + column);
}
