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
  const { left, right, top, bottom } = boundsOf(shape, side);
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const share = 0.5 - distance((x + 0.5) / scale, (y + 0.5) / scale) * scale;
      if (share > 0) blend(data, (y * side + x) * 3, shape.paint, Math.min(1, share));
    }
}

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
const LEAST_POINTS = 2;

export function shapesPatchLabels({ shapes }: ShapesScene, rows: number): PatchLabels {
  const empty = (): Uint8Array => new Uint8Array(rows * rows);
  const labels = { kind: empty(), colour: empty(), size: empty(), centres: empty() };
  const points = shapes.map(empty);
  topShapes(shapes, rows * POINTS).forEach((top, i) => {
    const [row, col] = [Math.floor(i / (rows * POINTS * POINTS)), Math.floor((i % (rows * POINTS)) / POINTS)];
    const covered = points[top - 1];
    if (covered) covered[row * rows + col] = (covered[row * rows + col] ?? 0) + 1;
  });
  for (let cell = 0; cell < rows * rows; cell++) {
    const covered = points.map((each) => each[cell] ?? 0);
    const most = Math.max(...covered);
    const shape = shapes[covered.indexOf(most)];
    if (!shape || most < LEAST_POINTS) continue;
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

/** Which shape lies on top at each of `side × side` points, counted from 1; 0 where there is none. */
function topShapes(shapes: readonly Shape[], side: number): Uint8Array {
  const tops = new Uint8Array(side * side);
  shapes.forEach((shape, i) => {
    const distance = distanceField(shape);
    const { left, right, top, bottom } = boundsOf(shape, side);
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        if (distance(((x + 0.5) * SIDE) / side, ((y + 0.5) * SIDE) / side) < 0) tops[y * side + x] = i + 1;
  });
  return tops;
}

/** The pixels of a `side × side` picture that a shape can reach, its soft edge included; right and bottom are excluded. */
function boundsOf(shape: Shape, side: number) {
  const extent = reach(shape) + 1;
  const pixel = (value: number): number => Math.min(side, Math.max(0, Math.round((value * side) / SIDE)));
  return {
    left: pixel(shape.x - extent),
    right: pixel(shape.x + extent),
    top: pixel(shape.y - extent),
    bottom: pixel(shape.y + extent),
  };
}
