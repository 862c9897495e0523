import { dimsEqual, product } from '../dims.ts';
import { full, gemm, reduceSum, reshape } from '../functions.ts';
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
  if (axes.length === gradient.shape.length - 1 && !axes.includes(axes.length)) {
    return reshape(g, columnSums(g, gradient), shape, [like]);
  }
  const summed = reduceSum(g, gradient, axes, { keep: false });
  return summed.shape.length === shape.length ? summed : reshape(g, summed, shape, [like]);
}

/** `[…, width]` → `[1, width]`, as a product with ones: ONNX Runtime sums over rows on one thread, and multiplies on all. */
function columnSums(g: Graph, x: Handle): Handle {
  const rows = product(x.shape.slice(0, -1));
  return gemm(g, full(g, [1, rows], 1, x.dtype, [x]), reshape(g, x, [rows, dimAt(x.shape, -1)], [x]));
}
