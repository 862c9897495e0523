import { pick, shuffled } from '../chance.ts';
import { word } from '../wording.ts';
import type { Random } from '../world.ts';
import type { Asked } from './asked.ts';
import { DIRECTIONS, WORDINGS } from './language.ts';
import { type Field, type Named, namedShapes, phrase, the } from './noun.ts';
import { cellName, type Shape } from './shape.ts';

/** Centres that differ by less along an axis are not asked about, pixels of 64: the truth is to be plain. */
const PLAIN = 10;

const REFERENCES: readonly (readonly Field[])[] = [
  ['colour', 'kind'],
  ['colour', 'kind'],
  ['kind'],
  ['size', 'kind'],
  ['size', 'colour', 'kind'],
];

export function relation(shapes: readonly Shape[], random: Random): Asked | undefined {
  const named = namedShapes(shapes, random, REFERENCES);
  const found = named.flatMap((a) =>
    named.flatMap((b) =>
      DIRECTIONS.filter(({ axis, towards }) => (a.shape[axis] - b.shape[axis]) * towards >= PLAIN).map((direction) => ({
        a,
        b,
        direction,
      })),
    ),
  );
  if (found.length === 0) return undefined;
  const { a, b, direction } = pick(random, found);
  if (random() < 0.35) {
    const [first, second] = shuffled(random, [a, b]) as [Named, Named];
    const slots = { most: pick(random, direction.most), a: the(random, first.noun), b: the(random, second.noun) };
    return [word(random, WORDINGS.extreme, slots), phrase(a.noun), 'relation'];
  }
  // The truth with its sides exchanged is plainly wrong.
  const yes = random() < 0.5;
  const [first, second] = yes ? [a, b] : [b, a];
  const slots = { direction: pick(random, direction.of), a: the(random, first.noun), b: the(random, second.noun) };
  return [word(random, WORDINGS.relation, slots), yes ? 'yes' : 'no', 'relation'];
}

/** The cell of a thing on the 8 × 8 grid, which relations follow from. */
export function place(shapes: readonly Shape[], random: Random): Asked | undefined {
  const named = namedShapes(shapes, random, REFERENCES)[0];
  if (!named) return undefined;
  return [word(random, WORDINGS.place, { a: the(random, named.noun) }), cellName(named.shape), 'relation'];
}
