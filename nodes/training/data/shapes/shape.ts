import type { Rgb } from '../background.ts';
import { columnName } from '../wording.ts';
import { CELLS, SIDE } from '../world.ts';

export const KINDS = ['circle', 'square', 'triangle', 'star'] as const;
export const SIZES = ['small', 'large'] as const;

/** The colours in the order in which descriptions name them. */
export const COLOURS = {
  red: [220, 40, 45],
  orange: [245, 135, 25],
  yellow: [245, 215, 40],
  green: [40, 160, 65],
  cyan: [50, 200, 215],
  blue: [40, 80, 220],
  purple: [135, 60, 190],
  pink: [255, 130, 190],
} as const satisfies Record<string, Rgb>;

export const COLOUR_NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

export type Kind = (typeof KINDS)[number];
export type Size = (typeof SIZES)[number];
export type Colour = keyof typeof COLOURS;

export interface Shape {
  readonly kind: Kind;
  readonly colour: Colour;
  readonly size: Size;
  /** Centre, in pixels of 64. */
  readonly x: number;
  readonly y: number;
  /** Width, in pixels of 64: 9–11 small, 17–21 large. */
  readonly across: number;
  /** Turn, radians. */
  readonly angle: number;
  /** The colour it is painted in, near the one it is named after. */
  readonly paint: Rgb;
}

/** The place of a centre on a grid of `rows × rows` cells: column and row, from 0. */
export function cellOf(
  { x, y }: { readonly x: number; readonly y: number },
  rows = CELLS,
): [column: number, row: number] {
  const place = (value: number): number => Math.min(rows - 1, Math.max(0, Math.floor((value * rows) / SIDE)));
  return [place(x), place(y)];
}

/** The cell in words, as on a chessboard: "c 5". Columns and rows have names of their own, so that order does not matter. */
export function cellName(shape: Shape): string {
  const [column, row] = cellOf(shape);
  return `${columnName(column)} ${row + 1}`;
}

/** Corners of a kind around its centre at a width of 1, clockwise; a circle has none. */
const CORNERS: Readonly<Record<Exclude<Kind, 'circle'>, readonly (readonly [number, number])[]>> = {
  square: [45, 135, 225, 315].map((degrees) => polar(0.66, degrees)),
  triangle: [0, 120, 240].map((degrees) => polar(0.62, degrees)),
  star: Array.from({ length: 10 }, (_, i) => polar(i % 2 === 0 ? 0.6 : 0.27, i * 36)),
};

/** `degrees` clockwise from straight up; y points down. */
function polar(radius: number, degrees: number): [number, number] {
  const angle = (degrees * Math.PI) / 180;
  return [radius * Math.sin(angle), -radius * Math.cos(angle)];
}

/** How far the shape reaches from its centre, in pixels of 64. */
export function reach({ kind, across }: Shape): number {
  return across * (kind === 'circle' ? 0.5 : Math.hypot(...(CORNERS[kind][0] as readonly [number, number])));
}

/** Signed distance of points from the shape's edge, in pixels of 64: negative inside. */
export function distanceField(shape: Shape): (x: number, y: number) => number {
  const { kind, across, x: centreX, y: centreY } = shape;
  if (kind === 'circle') return (x, y) => Math.hypot(x - centreX, y - centreY) - across / 2;
  const [cos, sin] = [Math.cos(shape.angle) * across, Math.sin(shape.angle) * across];
  const xs = Float64Array.from(CORNERS[kind], ([x, y]) => centreX + x * cos - y * sin);
  const ys = Float64Array.from(CORNERS[kind], ([x, y]) => centreY + x * sin + y * cos);
  return polygonDistance(xs, ys);
}

/** Signed distance to a polygon: the nearest edge, with the sign of the winding (Quilez, "2D distance functions"). */
function polygonDistance(xs: Float64Array, ys: Float64Array): (x: number, y: number) => number {
  const before = (i: number): number => (i + xs.length - 1) % xs.length;
  const edgeXs = xs.map((x, i) => (xs[before(i)] as number) - x);
  const edgeYs = ys.map((y, i) => (ys[before(i)] as number) - y);
  const shares = edgeXs.map((x, i) => 1 / (x * x + (edgeYs[i] as number) ** 2));
  return (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    let sign = 1;
    for (let i = 0; i < xs.length; i++) {
      const edgeX = edgeXs[i] as number;
      const edgeY = edgeYs[i] as number;
      const toX = x - (xs[i] as number);
      const toY = y - (ys[i] as number);
      const at = Math.min(1, Math.max(0, (toX * edgeX + toY * edgeY) * (shares[i] as number)));
      const offX = toX - edgeX * at;
      const offY = toY - edgeY * at;
      nearest = Math.min(nearest, offX * offX + offY * offY);
      const above = toY >= 0;
      if (above === toY < edgeY && above === edgeX * toY > edgeY * toX) sign = -sign;
    }
    return sign * Math.sqrt(nearest);
  };
}
