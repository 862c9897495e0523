/** A dot that is to be named, in pixels. */
export interface Named {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where the middle of a label stands, in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Of the sans-serif 10 px in which labels stand: a wide letter, and a line. */
const [LETTER, LINE] = [5.3, 12];
const RADIUS = 7;
const GAP = 3;

/**
 * Places for the labels of dots, inside `within`: each on no dot and on no label before it, beside its own dot where that can
 * be, else a line higher or lower; where all is full, where it covers least.
 */
export function labelPlaces(dots: readonly Named[], within: Box): Place[] {
  const taken: Box[] = dots.map(({ x, y }) => around({ x, y }, 2 * RADIUS, 2 * RADIUS));
  return dots.map((dot) => {
    const width = widthOf(dot.text);
    const best = placesBeside(dot, width)
      .map((place) => ({ place, box: around(place, width, LINE) }))
      .map((one) => ({ ...one, covered: outside(one.box, within) + sum(taken, (other) => shared(one.box, other)) }))
      .reduce((least, one) => (one.covered < least.covered ? one : least));
    taken.push(best.box);
    return best.place;
  });
}

export const widthOf = (text: string) => LETTER * text.length;
export const labelBox = (place: Place, text: string) => around(place, widthOf(text), LINE);

/** Those nearest to the dot first, to its right before its left. */
function placesBeside({ x, y }: Named, width: number): Place[] {
  const aside = RADIUS + GAP + width / 2;
  const levels = [0, -1, 1, -2, 2, -3, 3].map((line) => y + line * LINE);
  return levels.flatMap((level) => [
    { x: x + aside, y: level },
    { x: x - aside, y: level },
    ...(Math.abs(level - y) > RADIUS + LINE / 2 - 1 ? [{ x, y: level }] : []),
  ]);
}

function around({ x, y }: Place, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

/** Square pixels that two boxes share. */
export function shared(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Square pixels of a box that lie outside of another. */
function outside(box: Box, within: Box): number {
  return (box.right - box.left) * (box.bottom - box.top) - shared(box, within);
}

const sum = (boxes: readonly Box[], of: (box: Box) => number) => boxes.reduce((total, box) => total + of(box), 0);
