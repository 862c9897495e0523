import { dimsEqual } from '../dims.ts';
import { reduceSum, reshape } from '../functions.ts';
import type { Graph, Handle } from '../graph.ts';
import { dimAt } from '../ops/shapes.ts';

/** Sums a gradient over the dimensions that were broadcast, to the shape of `like`. */
export function unbroadcast(g: Graph, gradient: Handle, like: Handle): Handle {
  const { shape } = like;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((size, axis) => {
    const stretched = axis < extra || (dimAt(shape, axis - extra) === 1 && !dimsEqual(size, 1));
    return stretched ? [axis] : [];
  });
  if (axes.length === 0) return gradient;
  const summed = reduceSum(g, gradient, axes, { keep: false });
  return summed.shape.length === shape.length ? summed : reshape(g, summed, shape, [like]);
}
