import { integer, pick, shuffled } from '../chance.ts';
import { columnName, word } from '../wording.ts';
import { CELLS, type Random } from '../world.ts';
import type { Asked } from './asked.ts';
import { DIRECTIONS, WORDINGS } from './language.ts';
import { type Field, mention, type Named, namedShapes, phrase, the } from './noun.ts';
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
    const mentions = [mention(slots.a, first.shape), mention(slots.b, second.shape)];
    return [word(random, WORDINGS.extreme, slots), phrase(a.noun), 'relation', mentions];
  }
  // The truth with its sides exchanged is plainly wrong.
  const yes = random() < 0.5;
  const [first, second] = yes ? [a, b] : [b, a];
  const slots = { direction: pick(random, direction.of), a: the(random, first.noun), b: the(random, second.noun) };
  const mentions = [mention(slots.a, first.shape), mention(slots.b, second.shape)];
  return [word(random, WORDINGS.relation, slots), yes ? 'yes' : 'no', 'relation', mentions];
}

/** The cell of a thing on the 8 × 8 grid, which relations follow from. */
export function place(shapes: readonly Shape[], random: Random): Asked | undefined {
  const named = namedShapes(shapes, random, REFERENCES)[0];
  if (!named) return undefined;
  const a = the(random, named.noun);
  return [word(random, WORDINGS.place, { a }), cellName(named.shape), 'relation', [mention(a, named.shape)]];
}

/** Two cells, whatever is in them: which lies where is the last step of every question about a relation. */
export function order(_: readonly Shape[], random: Random): Asked {
  const direction = pick(random, DIRECTIONS);
  const along = shuffled(
    random,
    Array.from({ length: CELLS }, (_, i) => i),
  ).slice(0, 2) as [number, number];
  const cells = along.map((at) => {
    const [column, row] =
      direction.axis === 'x' ? [at, integer(random, 0, CELLS - 1)] : [integer(random, 0, CELLS - 1), at];
    return `${columnName(column)} ${row + 1}`;
  }) as [string, string];
  const holds = (along[0] - along[1]) * direction.towards > 0;
  const slots = { direction: pick(random, direction.of), a: cells[0], b: cells[1] };
  return [word(random, WORDINGS.order, slots), holds ? 'yes' : 'no', 'relation'];
}
