import { uniformGenerator } from '../../generation/uniforms.ts';
import { itemSeed } from '../batch.ts';
import { valuesOf } from '../data/digits/questions.ts';
import type { DigitsScene } from '../data/digits/scene.ts';
import type { ShapesScene } from '../data/shapes/scene.ts';
import { COLOUR_NAMES, KINDS } from '../data/shapes/shape.ts';
import { canonical } from '../data/shapes/text.ts';
import { withArticle } from '../data/wording.ts';
import type { Split, World } from '../data/world.ts';

/** What towers of pictures and texts are asked to match in a world. */
interface Naming<S> {
  /** What is in the picture: two scenes of one name could share a caption. */
  whole(scene: S): string;
  /** The class of a scene with one thing in it; undefined for others. */
  single(scene: S): string | undefined;
  /** Captions of all classes. */
  readonly classes: readonly string[];
}

const shapes: Naming<ShapesScene> = {
  whole: (scene) => canonical(scene.shapes),
  single: ({ shapes: [first, ...others] }) => (first && others.length === 0 ? look(first) : undefined),
  classes: COLOUR_NAMES.flatMap((colour) => KINDS.map((kind) => look({ colour, kind }))),
};

function look({ colour, kind }: Pick<ShapesScene['shapes'][number], 'colour' | 'kind'>): string {
  return withArticle(`${colour} ${kind}`);
}

const digits: Naming<DigitsScene> = {
  whole: (scene) => valuesOf(scene).join(''),
  single: (scene) => (scene.digits.length === 1 ? `the number ${valuesOf(scene).join('')}` : undefined),
  classes: Array.from({ length: 10 }, (_, digit) => `the number ${digit}`),
};

const NAMINGS = { shapes, digits, 'visual-arithmetic': digits } as Readonly<Record<World['name'], Naming<unknown>>>;

/** Scenes with their captions, no two of the same content, so that each caption fits its picture alone. */
export function drawPairs(world: World, split: Split, seed: number, count: number) {
  const random = uniformGenerator(itemSeed(seed, split, 0));
  const pairs = new Map<string, { readonly scene: unknown; readonly caption: string }>();
  while (pairs.size < count) {
    const scene = world.scene(random, split);
    const name = NAMINGS[world.name].whole(scene);
    if (!pairs.has(name)) pairs.set(name, { scene, caption: world.caption(scene, random) });
  }
  return [...pairs.values()];
}

/** A scene of one thing, and its class among `classesOf` the world. */
export function drawSingle(world: World, split: Split, seed: number, index: number) {
  const random = uniformGenerator(itemSeed(seed, split, index));
  for (;;) {
    const scene = world.scene(random, split);
    const name = NAMINGS[world.name].single(scene);
    if (name !== undefined) return { scene, name };
  }
}

export function classesOf({ name }: World): readonly string[] {
  return NAMINGS[name].classes;
}

/** Share of rows, and of columns, whose largest value stands on the diagonal of a square. Equal values count as largest. */
export function recall(similarities: readonly (readonly number[])[]): { rows: number; columns: number } {
  const n = similarities.length;
  const own = similarities.map((row, i) => row[i] as number);
  const rows = similarities.filter((row, i) => row.every((value) => value <= (own[i] as number)));
  const columns = own.filter((value, i) => similarities.every((row) => (row[i] as number) <= value));
  return { rows: rows.length / n, columns: columns.length / n };
}
