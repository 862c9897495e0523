import * as ort from 'onnxruntime-node';
import { quantile } from '../../../electron/backend/executor/timing.ts';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { add } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { cacheLengths, causalAttention } from '../../../nodes/onnx/layers/attention.ts';
import { swiglu } from '../../../nodes/onnx/layers/mlp.ts';
import { rmsNorm } from '../../../nodes/onnx/layers/norm.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { openModel } from '../model.ts';

/** The heads of Vicuna 7B, so a cache as wide as its, in two layers that are narrow otherwise. */
const WIDTH = 512;
const INNER = 1024;
const HEADS = 32;
const KV_HEADS = 32;
const HEAD_DIM = 128;
const LAYERS = 2;
const STEPS = 3;

/** One decode step over a cache that goes in and comes out, as a decoder exported to ONNX has it. */
function decoderStep(): Graph {
  const g = new Graph();
  let x = g.input('x', 'float32', [1, 1, WIDTH]);
  const pasts = Array.from({ length: LAYERS }, (_, layer) => ({
    key: g.input(`past.${layer}.key`, 'float32', [1, KV_HEADS, symbol('past'), HEAD_DIM]),
    value: g.input(`past.${layer}.value`, 'float32', [1, KV_HEADS, symbol('past'), HEAD_DIM]),
  }));
  const lengths = pasts[0] && cacheLengths(g, x, pasts[0].key);
  pasts.forEach((past, layer) => {
    if (!lengths) return;
    x = g.scope(`layers.${layer}`, () => {
      const attention = causalAttention(g, 'attention', rmsNorm(g, 'norm.1', x), {
        heads: HEADS,
        kvHeads: KV_HEADS,
        headDim: HEAD_DIM,
        past,
        lengths,
      });
      g.output(`present.${layer}.key`, attention.present.key);
      g.output(`present.${layer}.value`, attention.present.value);
      const hidden = add(g, x, attention.output);
      return add(g, hidden, swiglu(g, 'mlp', rmsNorm(g, 'norm.2', hidden), { inner: INNER }));
    });
  });
  g.output('y', x);
  return g;
}

const session = openModel(buildModel(decoderStep()));

/** Milliseconds of a step, median of some in a row, after a context of that many tokens. */
async function measure(context: number): Promise<number> {
  const decoder = await session;
  const x = new ort.Tensor('float32', new Float32Array(WIDTH).fill(0.1), [1, 1, WIDTH]);
  const dims = [1, KV_HEADS, context, HEAD_DIM];
  let feeds: Record<string, ort.Tensor> = { x };
  for (const name of decoder.inputNames.filter((input) => input !== 'x'))
    feeds[name] = new ort.Tensor('float32', new Float32Array(KV_HEADS * context * HEAD_DIM).fill(0.1), dims);
  const times: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const start = performance.now();
    const results = await decoder.run(feeds);
    times.push(performance.now() - start);
    feeds = { x };
    for (const [name, tensor] of Object.entries(results))
      if (name !== 'y') feeds[name.replace('present', 'past')] = tensor as ort.Tensor;
  }
  return quantile(times, 0.5);
}

process.on('message', async (context: number) => process.send?.(await measure(context)));
process.once('disconnect', () => process.exit());
