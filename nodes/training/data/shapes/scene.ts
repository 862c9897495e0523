import { type Background, background } from '../background.ts';
import { between, integer, pick, shuffled, weighted } from '../chance.ts';
import { splitOf } from '../split.ts';
import { type Random, SIDE, type Split } from '../world.ts';
import {
  COLOUR_NAMES,
  COLOURS,
  type Colour,
  cellOf,
  distanceField,
  KINDS,
  type Kind,
  reach,
  type Shape,
  SIZES,
} from './shape.ts';

export interface ShapesScene {
  /** In the order they are painted: later ones lie over earlier ones. */
  readonly shapes: readonly Shape[];
  readonly background: Background;
}

/** Scenes of one shape say little, so that they are rarer; other numbers come equally often. */
const COUNT_WEIGHTS = [0.5, 1, 1, 1, 1, 1];
/** Every shape shows at least this share of its area. */
const VISIBLE = 0.65;
/** Nothing comes nearer to another shape's centre, pixels of 64. */
const CLEAR = 2;
/** Least distance in RGB between a shape and what it lies on. */
const CONTRAST = 80;

/** A scene of that split; drawn again until it belongs to it. */
export function shapesScene(random: Random, split: Split): ShapesScene {
  for (;;) {
    const shapes = placed(random);
    if (shapes === undefined || splitOf(contentOf(shapes)) !== split) continue;
    const paints = shapes.map((shape) => shape.paint);
    return { shapes, background: background(random, paints, CONTRAST) };
  }
}

/** What a scene is for the splits: its shapes with their cells on the 8 × 8 grid, in no order. */
export function contentOf(shapes: readonly Shape[]): string {
  const parts = shapes.map((shape) => `${shape.size} ${shape.colour} ${shape.kind} ${cellOf(shape).join(' ')}`);
  return parts.sort().join(';');
}

type Look = Pick<Shape, 'kind' | 'colour'>;

function placed(random: Random): Shape[] | undefined {
  const shapes: Shape[] = [];
  for (const look of looks(random, weighted(random, COUNT_WEIGHTS) + 1)) {
    const shape = place(random, look, shapes);
    if (shape === undefined) return undefined;
    shapes.push(shape);
  }
  return shapes;
}

/**
 * Kinds and colours of a scene's shapes. Left to chance, nearly every colour would come once; so a third of the scenes
 * repeats one look, with others that share its colour or its kind, and a third draws from few colours and kinds.
 */
function looks(random: Random, count: number): Look[] {
  const any = (): Look => ({ kind: pick(random, KINDS), colour: pick(random, COLOUR_NAMES) });
  const plan = random();
  if (plan < 1 / 3) return Array.from({ length: count }, any);
  if (plan < 2 / 3) {
    const kinds = shuffled<Kind>(random, KINDS).slice(0, integer(random, 1, 3));
    const colours = shuffled<Colour>(random, COLOUR_NAMES).slice(0, integer(random, 1, 3));
    return Array.from({ length: count }, () => ({ kind: pick(random, kinds), colour: pick(random, colours) }));
  }
  const repeated = any();
  const times = Math.min(count, integer(random, 2, 5));
  const others = Array.from({ length: count - times }, () => {
    const share = random();
    return { ...any(), ...(share < 0.35 ? { kind: repeated.kind } : share < 0.7 ? { colour: repeated.colour } : {}) };
  });
  return shuffled(random, [...Array.from({ length: times }, () => repeated), ...others]);
}

/** Puts a shape where it and those under it stay plain to see; undefined where no place is found in a few tries. */
function place(random: Random, look: Look, under: readonly Shape[]): Shape | undefined {
  const size = pick(random, SIZES);
  for (let tries = 0; tries < 12; tries++) {
    const across = size === 'small' ? between(random, 9, 11) : between(random, 17, 21);
    const margin = across * 0.6 + 1;
    const shape: Shape = {
      ...look,
      size,
      across,
      x: between(random, margin, SIDE - margin),
      y: between(random, margin, SIDE - margin),
      angle: between(random, -0.25, 0.25),
      paint: COLOURS[look.colour].map((value) =>
        Math.min(255, value + integer(random, -10, 10)),
      ) as unknown as Shape['paint'],
    };
    if (fits(shape, under)) return shape;
  }
  return undefined;
}

function fits(shape: Shape, under: readonly Shape[]): boolean {
  const shapes = [...under, shape];
  return under.every((lower, i) => {
    const apart = Math.hypot(lower.x - shape.x, lower.y - shape.y) - reach(lower) - reach(shape);
    if (apart > 1.5) return true;
    // Two of one colour that touch would look like one.
    if (lower.colour === shape.colour) return false;
    return visibleShare(shapes, i) >= VISIBLE;
  });
}

const SAMPLES = 14;

/** The share of a shape's area that the shapes painted after it leave free; 0 where they come over its centre. */
export function visibleShare(shapes: readonly Shape[], index: number): number {
  const shape = shapes[index];
  if (!shape) throw new RangeError(`no shape ${index}`);
  const inside = distanceField(shape);
  const over = shapes.slice(index + 1).map(distanceField);
  if (over.some((distance) => distance(shape.x, shape.y) < CLEAR)) return 0;
  let [whole, free] = [0, 0];
  const step = (2 * reach(shape)) / SAMPLES;
  for (let row = 0; row < SAMPLES; row++)
    for (let col = 0; col < SAMPLES; col++) {
      const x = shape.x - reach(shape) + (col + 0.5) * step;
      const y = shape.y - reach(shape) + (row + 0.5) * step;
      if (inside(x, y) >= 0) continue;
      whole++;
      if (over.every((distance) => distance(x, y) > 0)) free++;
    }
  return free / whole;
}
