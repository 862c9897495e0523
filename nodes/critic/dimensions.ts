/** What an answer about a picture is judged by (LLaVA-Critic, arXiv:2410.02712, section 3), each from 0 to 1, the more the better. */
export const DIMENSIONS = {
  accuracy: 'does what it says hold of the picture?',
  relevance: 'does it answer what was asked?',
  detail: 'does it say all that was asked for?',
  hallucination: 'is it free of things that are not in the picture?',
} as const;

export type Dimension = keyof typeof DIMENSIONS;
export const DIMENSION_NAMES = Object.keys(DIMENSIONS) as Dimension[];

/** `undefined` where the critic said nothing that is a score. */
export type Scores = Readonly<Record<Dimension, number | undefined>>;

/** Which of two answers is better: 1 the first, -1 the second, 0 neither; between, where two hearings differ. */
export type Preferences = Readonly<Record<Dimension, number>>;

export function eachDimension<T>(of: (dimension: Dimension) => T): Record<Dimension, T> {
  return Object.fromEntries(DIMENSION_NAMES.map((dimension) => [dimension, of(dimension)])) as Record<Dimension, T>;
}

/** The mean of what was scored; `undefined` where nothing was. */
export function overall(scores: Scores): number | undefined {
  const said = Object.values(scores).filter((score) => score !== undefined);
  return said.length > 0 ? said.reduce((sum, score) => sum + score, 0) / said.length : undefined;
}

/** By scores of each: the higher one. */
export function preferredBy(first: Scores, second: Scores): Preferences {
  return eachDimension((dimension) => Math.sign((first[dimension] ?? 0) - (second[dimension] ?? 0)));
}
