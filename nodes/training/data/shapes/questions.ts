import { pick, shuffled } from '../chance.ts';
import { withArticle, word } from '../wording.ts';
import type { Question, Random } from '../world.ts';
import { type Asked, firstOf } from './asked.ts';
import { WORDINGS } from './language.ts';
import {
  allNouns,
  count,
  type Field,
  mention,
  type Noun,
  phrase,
  plural,
  presentNouns,
  the,
  uniqueNouns,
} from './noun.ts';
import { comparison, counting } from './numbers.ts';
import { order, place, relation } from './relations.ts';
import type { ShapesScene } from './scene.ts';
import { COLOUR_NAMES, type Shape, SIZES } from './shape.ts';
import { canonical } from './text.ts';

type Ask = (shapes: readonly Shape[], random: Random) => Asked | undefined;

export const SHAPES_KINDS = ['existence', 'attribute', 'relation', 'counting', 'comparison', 'description'] as const;

/** Steps towards the others, which only training asks. */
export const SHAPES_CURRICULUM = ['place', 'order'] as const;

const ASK: Readonly<Record<(typeof SHAPES_KINDS)[number] | (typeof SHAPES_CURRICULUM)[number], Ask>> = {
  existence,
  attribute,
  relation,
  counting,
  comparison,
  description: (shapes, random) => [word(random, WORDINGS.description), canonical(shapes), 'object'],
  place,
  order,
};

export function askShapes({ shapes }: ShapesScene, random: Random, kind?: string): Question | undefined {
  if (kind !== undefined) return ofKind(shapes, random, kind);
  return firstOf(shuffled(random, SHAPES_KINDS), (each) => ofKind(shapes, random, each));
}

function ofKind(shapes: readonly Shape[], random: Random, kind: string): Question | undefined {
  if (!Object.hasOwn(ASK, kind)) throw new Error(`the world of shapes has no questions of kind ${kind}`);
  const asked = ASK[kind as keyof typeof ASK](shapes, random);
  if (!asked) return undefined;
  const [question, answer, hallucination, mentions] = asked;
  return { question, answer, kind, hallucination, ...(mentions && { mentions }) };
}

const EXISTENCE: readonly (readonly Field[])[] = [
  ['kind'],
  ['colour'],
  ['colour', 'kind'],
  ['colour', 'kind'],
  ['size', 'kind'],
  ['size', 'colour', 'kind'],
];

/** Yes and no come equally often for each set of fields, as a set is asked only where both are possible. */
function existence(shapes: readonly Shape[], random: Random): Asked | undefined {
  const yes = random() < 0.5;
  return firstOf(shuffled(random, EXISTENCE), (fields) => {
    const absent = allNouns(fields).filter((noun) => count(shapes, noun) === 0);
    if (absent.length === 0) return undefined;
    const noun = yes ? pick(random, presentNouns(shapes, fields)) : nearMiss(shapes, random, fields, absent);
    const slots = { a: withArticle(phrase(noun)), plural: plural(noun) };
    return [word(random, WORDINGS.existence, slots), yes ? 'yes' : 'no', 'object'];
  });
}

/** Something that is not there, mostly all but one field of something that is. */
function nearMiss(shapes: readonly Shape[], random: Random, fields: readonly Field[], absent: readonly Noun[]): Noun {
  const near = absent.filter((noun) =>
    shapes.some((shape) => fields.filter((field) => shape[field] !== noun[field]).length === 1),
  );
  return pick(random, near.length > 0 && random() < 0.8 ? near : absent);
}

/** What is asked of a thing, and by what it may be named. */
const ATTRIBUTES: Readonly<Record<Field, readonly (readonly Field[])[]>> = {
  colour: [['kind'], ['size', 'kind']],
  kind: [['colour'], ['size', 'colour']],
  size: [['colour', 'kind'], ['kind'], ['colour']],
};

function attribute(shapes: readonly Shape[], random: Random): Asked | undefined {
  return firstOf(shuffled(random, ['colour', 'kind', 'size', 'verify'] as const), (asked) => {
    if (asked === 'verify') return verifyColour(shapes, random);
    const size = pick(random, SIZES);
    const named = shapes
      .filter((shape) => asked !== 'size' || shape.size === size)
      .flatMap((shape) => uniqueNouns(shapes, shape, ATTRIBUTES[asked]).map((noun) => ({ shape, noun })));
    if (named.length === 0) return undefined;
    const { shape, noun } = pick(random, named);
    const a = the(random, noun);
    return [word(random, WORDINGS[asked], { a }), shape[asked], 'attribute', [mention(a, shape)]];
  });
}

function verifyColour(shapes: readonly Shape[], random: Random): Asked | undefined {
  const named = shapes.flatMap((shape) =>
    uniqueNouns(shapes, shape, ATTRIBUTES.colour).map((noun) => ({ shape, noun })),
  );
  if (named.length === 0) return undefined;
  const { shape, noun } = pick(random, named);
  const others = COLOUR_NAMES.filter((colour) => colour !== shape.colour);
  const seen = others.filter((colour) => shapes.some((other) => other.colour === colour));
  const yes = random() < 0.5;
  const value = yes ? shape.colour : pick(random, seen.length > 0 && random() < 0.7 ? seen : others);
  const a = the(random, noun);
  return [word(random, WORDINGS.verify, { a, value }), yes ? 'yes' : 'no', 'attribute', [mention(a, shape)]];
}
