import { concat, split } from '../../../../nodes/onnx/functions.ts';
import { Graph } from '../../../../nodes/onnx/graph.ts';
import { linear } from '../../../../nodes/onnx/layers/linear.ts';
import { mlp } from '../../../../nodes/onnx/layers/mlp.ts';
import { layerNorm } from '../../../../nodes/onnx/layers/norm.ts';

const WIDTH = 128;
/** More storage buffers than a WebGPU shader may bind. */
const PARTS = 16;

function graphOf(dims: readonly number[], make: (g: Graph, x: Graph['inputs'][number]) => Graph['inputs'][number]) {
  return {
    dims,
    make(): Graph {
      const g = new Graph();
      g.output('y', make(g, g.input('x', 'float32', dims)));
      return g;
    },
  };
}

export const networks = {
  matmul: graphOf([7, WIDTH], (g, x) => linear(g, 'only', x, WIDTH, { bias: false })),
  mlp: graphOf([1, 7, WIDTH], (g, x) =>
    mlp(g, 'mlp', layerNorm(g, 'norm', x), { inner: 4 * WIDTH, activation: 'gelu', bias: true, width: WIDTH }),
  ),
  /** 61 MB of weights. */
  wide: graphOf([7, WIDTH], (g, x) =>
    linear(g, 'down', linear(g, 'up', x, 60_000, { bias: false }), WIDTH, { bias: false }),
  ),
  parts: graphOf([2, PARTS], (g, x) =>
    concat(
      g,
      split(
        g,
        x,
        Array.from({ length: PARTS }, () => 1),
        1,
      ).toReversed(),
      1,
    ),
  ),
};
