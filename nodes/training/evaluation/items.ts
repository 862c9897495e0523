import { uniformGenerator } from '../../generation/uniforms.ts';
import { itemSeed } from '../batch.ts';
import type { Question, Split, World } from '../data/world.ts';

/** How a question is put: as it is, with another scene's picture, with none, or over the scene in words. */
export type Mode = 'seeing' | 'blind' | 'noPicture' | 'text';

/** A question about a scene. */
export interface Item<S = unknown> {
  readonly question: Question;
  readonly scene: S;
  /** Another scene of that world and split, for a blind answer. */
  readonly other: S;
  /** The scene in words. */
  readonly description: string;
}

/**
 * Item `index` of a split: the same whatever was drawn before, and each kind of the world in turn. Of one scene comes one
 * question, so that items are independent.
 */
export function drawItem<S>(world: World<S>, split: Split, seed: number, index: number): Item<S> {
  const random = uniformGenerator(itemSeed(seed, split, index));
  const kind = world.kinds[index % world.kinds.length];
  for (;;) {
    const scene = world.scene(random, split);
    const question = world.ask(scene, random, kind);
    if (!question) continue;
    return { question, scene, description: world.describe(scene, random), other: world.scene(random, split) };
  }
}

/** The scene whose picture is shown, where one is. */
export function shownIn<S>({ scene, other }: Item<S>, mode: Mode): S | undefined {
  if (mode === 'noPicture' || mode === 'text') return undefined;
  return mode === 'blind' ? other : scene;
}

/** What is asked: a scene in words stands before the question, as language models of the family learn it. */
export function askedIn({ question: { question }, description }: Item, mode: Mode): string {
  return mode === 'text' ? `${description}\n${question}` : question;
}
