import { pick, shuffled, weighted } from '../chance.ts';
import { columnName, word } from '../wording.ts';
import { CELLS, type Hallucination, type Question, type Random, SIDE } from '../world.ts';
import { CAPTIONS, DESCRIPTIONS, PLACED, WORDINGS } from './language.ts';
import type { DigitsScene } from './scene.ts';

export const DIGITS_KINDS = ['read', 'sum', 'largest', 'count', 'length'] as const;

const HALLUCINATIONS = {
  read: 'object',
  sum: 'quantity',
  largest: 'attribute',
  count: 'quantity',
  length: 'quantity',
} as const satisfies Record<(typeof DIGITS_KINDS)[number], Hallucination>;

/** Digits of a scene from left to right. */
export function valuesOf(scene: DigitsScene): number[] {
  return scene.digits.map(({ image }) => image.digit);
}

export function askDigits(scene: DigitsScene, random: Random, kind?: string): Question {
  const asked = DIGITS_KINDS.find((each) => each === kind);
  if (kind !== undefined && asked === undefined)
    throw new Error(`the world of digits has no questions of kind ${kind}`);
  return ofKind(valuesOf(scene), random, asked ?? pick(random, DIGITS_KINDS));
}

function ofKind(values: readonly number[], random: Random, kind: (typeof DIGITS_KINDS)[number]): Question {
  const digit = kind === 'count' ? countedDigit(values, random) : 0;
  const answers = {
    read: () => values.join(''),
    sum: () => String(values.reduce((sum, value) => sum + value, 0)),
    largest: () => String(Math.max(...values)),
    count: () => String(times(values, digit)),
    length: () => String(values.length),
  };
  const question = word(random, WORDINGS[kind], { digit: String(digit) });
  return { question, answer: answers[kind](), kind, hallucination: HALLUCINATIONS[kind] };
}

const times = (values: readonly number[], digit: number): number => values.filter((value) => value === digit).length;

/** How much rather a count is asked for than chance would, 0 first: repeated digits are rare, and each should come as often. */
const RARITY = [1, 1, 3, 8, 20];

/** A digit to count: first how often it shall be there, then which. */
function countedDigit(values: readonly number[], random: Random): number {
  const digits = Array.from({ length: 10 }, (_, digit) => digit);
  const counts = [...new Set(digits.map((digit) => times(values, digit)))];
  const weights = counts.map((count) => RARITY[count] ?? 1);
  const wanted = counts[weighted(random, weights)];
  const having = digits.filter((digit) => times(values, digit) === wanted);
  return pick(random, having);
}

/** In their order, or half of the time with their columns, in any. */
export function describeDigits(scene: DigitsScene, random: Random): string {
  const columns = columnsOf(scene);
  if (columns && random() < 0.5) {
    const placed = valuesOf(scene).map((digit, i) =>
      PLACED.digit.replace('{digit}', String(digit)).replace('{column}', columns[i] as string),
    );
    return shuffled(random, placed).join(PLACED.join);
  }
  return word(random, DESCRIPTIONS, { digits: valuesOf(scene).join(' ') });
}

/** "3 e" for each. */
export function digitsThings(scene: DigitsScene): readonly string[] | undefined {
  const columns = columnsOf(scene);
  return columns && valuesOf(scene).map((digit, i) => `${digit} ${columns[i]}`);
}

/** The columns that the digits stand in; undefined where two share one, as their order would be lost. */
function columnsOf({ digits }: DigitsScene): readonly string[] | undefined {
  const columns = digits.map(({ x }) => columnName(Math.floor((x * CELLS) / SIDE)));
  return new Set(columns).size === columns.length ? columns : undefined;
}

export function captionDigits(scene: DigitsScene, random: Random): string {
  const values = valuesOf(scene);
  return word(random, CAPTIONS, { digits: values.join(' '), number: values.join('') });
}
