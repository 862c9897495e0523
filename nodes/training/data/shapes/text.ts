import { pick, shuffled } from '../chance.ts';
import { listed, withArticle, word } from '../wording.ts';
import type { Random } from '../world.ts';
import { BARE_DESCRIPTIONS, CAPTIONS, DESCRIPTIONS, type Description, PLACES } from './language.ts';
import { count, type Field, nounOf, phrase, plural, presentNouns } from './noun.ts';
import type { ShapesScene } from './scene.ts';
import { COLOUR_NAMES, cellName, cellOf, KINDS, type Shape, SIZES } from './shape.ts';

/**
 * The answer to "describe the picture": equal shapes together, by colour, then kind, then size, large first: an order
 * that can be known, so that an exact match is fair.
 */
export function canonical(shapes: readonly Shape[]): string {
  const rank = ({ colour, kind, size }: Shape): number =>
    (COLOUR_NAMES.indexOf(colour) * KINDS.length + KINDS.indexOf(kind)) * SIZES.length - SIZES.indexOf(size);
  return listed(
    groups(
      [...shapes].sort((a, b) => rank(a) - rank(b)),
      ['size', 'colour', 'kind'],
    ),
  );
}

/** "a red circle", "2 blue squares": the shapes that these fields do not tell apart, in the order they are first met. */
function groups(shapes: readonly Shape[], fields: readonly Field[]): string[] {
  return presentNouns(shapes, fields).map((noun) => {
    const times = count(shapes, noun);
    return times === 1 ? withArticle(phrase(noun)) : `${times} ${plural(noun)}`;
  });
}

/** Every shape with its size, colour, kind and cell of the 8 × 8 grid, in random order. */
export function describeShapes({ shapes }: ShapesScene, random: Random, bareCells = false): string {
  const wordings: readonly Description[] = bareCells ? BARE_DESCRIPTIONS : DESCRIPTIONS;
  const { object, join, scene } = pick(random, wordings);
  const objects = shuffled(random, shapes).map((shape) =>
    object.replace('{look}', phrase(shape)).replace('{cell}', cellName(shape)),
  );
  return scene.replace('{list}', objects.join(join));
}

/** "large red circle c 5" for each. */
export function shapesThings({ shapes }: ShapesScene): readonly string[] {
  return shapes.map((shape) => `${phrase(shape)} ${cellName(shape)}`);
}

/** All shapes in random order, mostly with their sizes; of up to three, sometimes each with its place in words. */
export function captionShapes({ shapes }: ShapesScene, random: Random): string {
  const fields: Field[] = random() < 0.7 ? ['size', 'colour', 'kind'] : ['colour', 'kind'];
  const order = shuffled(random, shapes);
  const placed = shapes.length <= 3 && random() < 0.4;
  const parts = placed
    ? order.map((shape) => `${withArticle(phrase(nounOf(shape, fields)))} ${placeInWords(shape)}`)
    : groups(order, fields);
  return word(random, CAPTIONS, { list: listed(parts) });
}

function placeInWords(shape: Shape): string {
  const [column, row] = cellOf(shape, 3);
  return PLACES[row]?.[column] ?? '';
}
