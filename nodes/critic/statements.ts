import type { Field, Noun } from '../training/data/shapes/noun.ts';
import { COLOUR_NAMES, KINDS, SIZES } from '../training/data/shapes/shape.ts';

/** Something that a text says of a picture of the shapes' world. */
export interface Statement {
  readonly noun: Noun;
  /** So many, no more and no less; absent: at least one. */
  readonly count?: number;
  /** "no red circle" */
  readonly denied: boolean;
}

const FIELDS: Readonly<Record<string, Field>> = Object.fromEntries([
  ...SIZES.map((word) => [word, 'size']),
  ...COLOUR_NAMES.map((word) => [word, 'colour']),
  ...KINDS.map((word) => [word, 'kind']),
]);
const THINGS = new Set(['shape', 'object', 'thing']);
const NUMBERS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const DENIALS = new Set(['no', 'not', 'without']);

export function numberIn(word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word);
  const at = NUMBERS.indexOf(word);
  return at < 0 ? undefined : at;
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z]+|\d+|[^\sa-z\d]/g) ?? [];
}

/** Things named by size, colour and kind, with how many of them: "2 small squares, a red circle". */
export function statementsIn(text: string): Statement[] {
  const found: Statement[] = [];
  let [noun, count, denied] = [{} as Noun, undefined as number | undefined, false];
  const close = () => {
    if (Object.keys(noun).length > 0) found.push({ noun, denied, ...(count !== undefined && { count }) });
    [noun, count, denied] = [{}, undefined, false];
  };
  for (const word of wordsOf(text)) {
    const singular = word.replace(/s$/, '');
    const field = FIELDS[singular];
    const number = numberIn(word);
    if (field !== undefined) {
      if (noun[field] !== undefined) close();
      noun = { ...noun, [field]: singular };
      if (field === 'kind') close();
    } else if (number !== undefined) {
      close();
      count = number;
    } else if (DENIALS.has(word)) {
      close();
      denied = true;
    } else if (THINGS.has(singular) || !['a', 'an', 'any'].includes(word)) close();
  }
  close();
  return found;
}
