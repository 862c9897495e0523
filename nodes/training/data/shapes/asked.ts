import type { Hallucination, Mention } from '../world.ts';

export type Asked = readonly [
  question: string,
  answer: string,
  hallucination: Hallucination,
  mentions?: readonly Mention[],
];

/** What the first entry that has something gives. */
export function firstOf<T, R>(list: readonly T[], from: (entry: T) => R | undefined): R | undefined {
  for (const entry of list) {
    const found = from(entry);
    if (found !== undefined) return found;
  }
  return undefined;
}
