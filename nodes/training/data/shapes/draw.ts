import type { Raster } from '../../../values.ts';
import { paintBackground } from '../background.ts';
import { type PatchLabels, SIDE } from '../world.ts';
import type { ShapesScene } from './scene.ts';
import { COLOUR_NAMES, cellOf, distanceField, KINDS, reach, type Shape, SIZES } from './shape.ts';

/** The picture: a pixel's share of a shape is taken from the distance of its centre to the shape's edge. */
export function drawShapes(scene: ShapesScene, side: number): Raster {
  const picture = paintBackground(scene.background, side);
  for (const shape of scene.shapes) paint(picture, shape);
  return picture;
}

function paint({ width: side, data }: Raster, shape: Shape): void {
  const scale = side / SIDE;
  const distance = distanceField(shape);
  const extent = reach(shape) + 1;
  const [left, right] = [shape.x - extent, shape.x + extent].map((x) => bounded(x * scale, side)) as [number, number];
  const [top, bottom] = [shape.y - extent, shape.y + extent].map((y) => bounded(y * scale, side)) as [number, number];
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const share = 0.5 - distance((x + 0.5) / scale, (y + 0.5) / scale) * scale;
      if (share > 0) blend(data, (y * side + x) * 3, shape.paint, Math.min(1, share));
    }
}

const bounded = (value: number, side: number): number => Math.min(side, Math.max(0, Math.round(value)));

function blend(data: Uint8Array, at: number, colour: Shape['paint'], share: number): void {
  for (let channel = 0; channel < 3; channel++) {
    const below = data[at + channel] as number;
    data[at + channel] = below + ((colour[channel] as number) - below) * share + 0.5;
  }
}

export const SHAPES_PATCH_CLASSES = {
  kind: KINDS.length + 1,
  colour: COLOUR_NAMES.length + 1,
  size: SIZES.length + 1,
  /** How many shapes have their centre in the patch; 2 stands for more. */
  centres: 3,
};

/** Points a patch is sampled at, along each side. */
const POINTS = 4;
/** A patch belongs to the shape that covers most of it, where that is at least this many of its 16 points. */
const LEAST_POINTS = 3;

export function shapesPatchLabels({ shapes }: ShapesScene, rows: number): PatchLabels {
  const cells = rows * rows;
  const labels = {
    kind: new Uint8Array(cells),
    colour: new Uint8Array(cells),
    size: new Uint8Array(cells),
    centres: new Uint8Array(cells),
  };
  const fields = shapes.map(distanceField);
  for (let cell = 0; cell < cells; cell++) {
    const shape = shapes[coveringShape(fields, cell % rows, Math.floor(cell / rows), rows)];
    if (!shape) continue;
    labels.kind[cell] = KINDS.indexOf(shape.kind) + 1;
    labels.colour[cell] = COLOUR_NAMES.indexOf(shape.colour) + 1;
    labels.size[cell] = SIZES.indexOf(shape.size) + 1;
  }
  for (const shape of shapes) {
    const [col, row] = cellOf(shape, rows);
    labels.centres[row * rows + col] = Math.min(2, (labels.centres[row * rows + col] ?? 0) + 1);
  }
  return labels;
}

function coveringShape(
  fields: readonly ((x: number, y: number) => number)[],
  col: number,
  row: number,
  rows: number,
): number {
  const points = new Uint8Array(fields.length);
  for (let i = 0; i < POINTS * POINTS; i++) {
    const x = ((col + ((i % POINTS) + 0.5) / POINTS) * SIDE) / rows;
    const y = ((row + (Math.floor(i / POINTS) + 0.5) / POINTS) * SIDE) / rows;
    const top = fields.findLastIndex((distance) => distance(x, y) < 0);
    if (top >= 0) points[top] = (points[top] ?? 0) + 1;
  }
  const most = Math.max(...points);
  return most >= LEAST_POINTS ? points.indexOf(most) : -1;
}
