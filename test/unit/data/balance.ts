import type { Random, World } from '../../../nodes/training/data/world.ts';

export interface Item<S> {
  readonly scene: S;
  readonly question: string;
  readonly answer: string;
}

/** `count` questions of a kind about the scenes in turn, which allow one or not. */
export function items<S>(
  world: World<S>,
  scenes: readonly S[],
  random: Random,
  kind: string,
  count: number,
): Item<S>[] {
  const made: Item<S>[] = [];
  for (let i = 0; made.length < count; i++) {
    if (i === 20 * count) throw new Error(`${world.name}: hardly a scene allows a question of kind ${kind}`);
    const scene = scenes[i % scenes.length] as S;
    const asked = world.ask(scene, random, kind);
    if (asked) made.push({ scene, question: asked.question, answer: asked.answer });
  }
  return made;
}

/** The share of the most frequent answer. */
export function majority(list: readonly { readonly answer: string }[]): number {
  return Math.max(...tally(list.map(({ answer }) => answer)).values()) / list.length;
}

/** Accuracy of guessing, on the second half, the answer that the same question had most often in the first half. */
export function blindAccuracy(list: readonly { readonly question: string; readonly answer: string }[]): number {
  const half = list.length / 2;
  const learnt = new Map<string, string[]>();
  for (const { question, answer } of list.slice(0, half)) {
    const key = question.replace('?', '');
    learnt.set(key, [...(learnt.get(key) ?? []), answer]);
  }
  const overall = most(list.slice(0, half).map(({ answer }) => answer));
  const guess = (question: string): string => most(learnt.get(question.replace('?', '')) ?? []) ?? overall ?? '';
  return list.slice(half).filter(({ question, answer }) => guess(question) === answer).length / (list.length - half);
}

function most(answers: readonly string[]): string | undefined {
  return [...tally(answers)].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function tally(answers: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return counts;
}
