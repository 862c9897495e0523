import { pick, shuffled } from '../chance.ts';
import type { Mention, Random } from '../world.ts';
import { THINGS } from './language.ts';
import { COLOUR_NAMES, cellName, KINDS, type Shape, SIZES } from './shape.ts';

/** What a noun phrase says of a thing: "large red circle", "red shape". */
export type Noun = Partial<Pick<Shape, 'size' | 'colour' | 'kind'>>;
export type Field = keyof Noun;

const VALUES = { size: SIZES, colour: COLOUR_NAMES, kind: KINDS } as const satisfies Record<Field, readonly string[]>;

export function nounOf(shape: Shape, fields: readonly Field[]): Noun {
  return Object.fromEntries(fields.map((field) => [field, shape[field]]));
}

/** Every noun that says these fields. */
export function allNouns(fields: readonly Field[]): Noun[] {
  return fields.reduce<Noun[]>(
    (nouns, field) => nouns.flatMap((noun) => VALUES[field].map((value) => ({ ...noun, [field]: value }))),
    [{}],
  );
}

export function matches(shape: Shape, noun: Noun): boolean {
  return (Object.keys(noun) as Field[]).every((field) => shape[field] === noun[field]);
}

export function count(shapes: readonly Shape[], noun: Noun): number {
  return shapes.filter((shape) => matches(shape, noun)).length;
}

/** "large red circle"; `thing` stands where the kind is not said. */
export function phrase({ size, colour, kind }: Noun, thing = 'shape'): string {
  return [size, colour, kind ?? thing].filter((part) => part !== undefined).join(' ');
}

export function plural(noun: Noun, thing = 'shape'): string {
  return `${phrase(noun, thing)}s`;
}

/** "the red circle", "the small thing". */
export function the(random: Random, noun: Noun): string {
  return `the ${phrase(noun, pick(random, THINGS))}`;
}

export function mention(text: string, shape: Shape): Mention {
  return { text, place: cellName(shape) };
}

/** The shape's nouns of these sets of fields that fit no other shape. */
export function uniqueNouns(shapes: readonly Shape[], shape: Shape, sets: readonly (readonly Field[])[]): Noun[] {
  return sets.map((fields) => nounOf(shape, fields)).filter((noun) => count(shapes, noun) === 1);
}

/** The different nouns of these fields that fit some shape. */
export function presentNouns(shapes: readonly Shape[], fields: readonly Field[]): Noun[] {
  const nouns = new Map(shapes.map((shape) => [phrase(nounOf(shape, fields)), nounOf(shape, fields)]));
  return [...nouns.values()];
}

export interface Named {
  readonly shape: Shape;
  readonly noun: Noun;
}

/** The shapes that a noun of one of these sets of fields points out, each with such a noun, in random order. */
export function namedShapes(shapes: readonly Shape[], random: Random, sets: readonly (readonly Field[])[]): Named[] {
  return shuffled(random, shapes).flatMap((shape) => {
    const nouns = uniqueNouns(shapes, shape, sets);
    return nouns.length === 0 ? [] : [{ shape, noun: pick(random, nouns) }];
  });
}
