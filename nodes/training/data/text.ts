import { shuffled, weighted } from './chance.ts';
import type { Question, Random, World } from './world.ts';

/** The language of both worlds without pictures: scenes told in words, and what is asked about them. */

/**
 * Up to `count` different questions about a scene, of the kinds that evaluation reports and of the curriculum, each as
 * often as `shares` says (1 where it says nothing).
 */
export function questionsAbout<S>(
  world: World<S>,
  scene: S,
  random: Random,
  count: number,
  shares: Readonly<Record<string, number>> = {},
): readonly Question[] {
  const kinds = [...world.kinds, ...world.curriculum];
  const weights = kinds.map((kind) => shares[kind] ?? 1);
  const asked = new Map<string, Question>();
  // Some scenes allow few questions, so that a kind may have none.
  for (let tries = 0; tries < 2 * count && asked.size < count; tries++) {
    const question = world.ask(scene, random, kinds[weighted(random, weights)]);
    if (question) asked.set(question.question, question);
  }
  return shuffled(random, [...asked.values()]);
}

export interface Told {
  readonly text: string;
  /** What of these can be answered from the text alone. */
  answers(questions: readonly Question[]): readonly Question[];
}

/** The scene in words that hold all that is asked. */
export function told<S>(world: World<S>, scene: S, random: Random, bareCells = false): Told {
  return { text: world.describe(scene, random, bareCells), answers: (questions) => questions };
}

/** The question of each world whose answer tells all but places. */
const TELLING = { shapes: 'description', digits: 'read', 'visual-arithmetic': 'read' } as const;
/** What such an answer cannot tell, or is no question any more. */
const UNTOLD: ReadonlySet<string> = new Set(['relation', 'place', ...Object.values(TELLING)]);

/** The scene as an answer tells it: what a cascade hands on. */
export function retold<S>(world: World<S>, scene: S, random: Random, bareCells = false): Told {
  const telling = world.ask(scene, random, TELLING[world.name]);
  if (!telling) return told(world, scene, random, bareCells);
  return {
    text: telling.answer,
    answers: (questions) =>
      questions.filter(({ kind }) => !UNTOLD.has(kind)).map(({ mentions: _, ...question }) => question),
  };
}
