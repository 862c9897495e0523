import { pick } from './chance.ts';
import type { Question, Random, World } from './world.ts';

/** A scene in words and what is asked about it: what a language model learns both worlds' language from. */
export interface Conversation {
  readonly scene: string;
  /** None twice. */
  readonly questions: readonly Question[];
}

/** Up to `turns` questions about the scene, of the kinds that evaluation reports and of the curriculum alike. */
export function conversation<S>(world: World<S>, scene: S, random: Random, turns: number): Conversation {
  const kinds = [...world.kinds, ...world.curriculum];
  const questions = new Map<string, Question>();
  // Some scenes allow few questions, so that a kind may have none.
  for (let tries = 0; tries < 3 * turns && questions.size < turns; tries++) {
    const asked = world.ask(scene, random, pick(random, kinds));
    if (asked) questions.set(asked.question, asked);
  }
  return { scene: world.describe(scene, random), questions: [...questions.values()] };
}
