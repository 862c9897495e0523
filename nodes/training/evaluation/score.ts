import type { Hallucination } from '../data/world.ts';

/** Accuracy over `n` items with its 95 % interval, fractions of 1. */
export interface Score {
  readonly n: number;
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
}

export interface Scores extends Score {
  readonly kinds: Readonly<Record<string, Score>>;
}

/** A question that was answered. */
export interface Judged {
  readonly kind: string;
  readonly hallucination: Hallucination;
  /** How many things the scene held. */
  readonly size: number;
  readonly right: boolean;
}

/** Leaves 2.5 % of a normal distribution above it. */
const Z = 1.959963984540054;

/**
 * `right` of `n` items, at least one, with Wilson's interval (Brown, Cai and DasGupta 2001, "Interval Estimation for a
 * Binomial Proportion", equation 4): it holds near 0 and 1 too, where the usual one is too narrow.
 */
export function scoreOf(right: number, n: number): Score {
  const accuracy = right / n;
  const widened = 1 + Z ** 2 / n;
  const centre = (accuracy + Z ** 2 / (2 * n)) / widened;
  const reach = (Z / widened) * Math.sqrt((accuracy * (1 - accuracy)) / n + Z ** 2 / (4 * n ** 2));
  // At 0 and 1 the ends are the accuracy itself, but for rounding.
  const [low, high] = [right === 0 ? 0 : centre - reach, right === n ? 1 : centre + reach];
  return { n, accuracy, low, high };
}

/** The score of all, and of each kind in the order in which they first come. */
export function scoresOf(judged: readonly Pick<Judged, 'kind' | 'right'>[]): Scores {
  return { ...score(judged), kinds: scoresBy(judged, ({ kind }) => kind) };
}

/** Of each kind, the score by how many things the scenes held. */
export function scoresBySize(
  judged: readonly Pick<Judged, 'kind' | 'size' | 'right'>[],
): Record<string, Record<string, Score>> {
  const kinds = [...new Set(judged.map(({ kind }) => kind))];
  const sizesOf = (kind: string) =>
    scoresBy(
      judged.filter((one) => one.kind === kind),
      ({ size }) => String(size),
    );
  return Object.fromEntries(kinds.map((kind) => [kind, sizesOf(kind)]));
}

export function scoresBy<One extends Pick<Judged, 'right'>>(
  judged: readonly One[],
  group: (one: One) => string,
): Record<string, Score> {
  const groups = new Map<string, One[]>();
  for (const one of judged) groups.set(group(one), [...(groups.get(group(one)) ?? []), one]);
  return Object.fromEntries([...groups].map(([name, members]) => [name, score(members)]));
}

export function score(judged: readonly Pick<Judged, 'right'>[]): Score {
  return scoreOf(judged.filter(({ right }) => right).length, judged.length);
}

/** Exact match, but for space around it and capitals. */
export function isRight(given: string, answer: string): boolean {
  return given.trim().toLowerCase() === answer;
}
