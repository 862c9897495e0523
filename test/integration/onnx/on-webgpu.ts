/**
 * Started by webgpu.test.ts in a process of its own, which needs the driver in its environment. Prints, as JSON, how fused
 * layers on WebGPU differ from the CPU, and which provider ran each operator.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProfile } from '../../../electron/backend/runtime/profile.ts';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { cacheLengths, causalAttention, crossAttention } from '../../../nodes/onnx/layers/attention.ts';
import { linear } from '../../../nodes/onnx/layers/linear.ts';
import { mlp } from '../../../nodes/onnx/layers/mlp.ts';
import { layerNorm, rmsNorm, skipRmsNorm } from '../../../nodes/onnx/layers/norm.ts';
import { rotary, rotaryFrequencies } from '../../../nodes/onnx/layers/rotary.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { difference, floats, int64s, runGraph } from '../../helpers/onnx.ts';

const [batch, tokens, past, total] = [symbol('batch'), symbol('tokens'), symbol('past'), symbol('total')];

function decoderLayer(): Graph {
  const g = new Graph({ precision: 'fp32', fused: true });
  const x = g.input('x', 'float32', [batch, tokens, 64]);
  const context = g.input('context', 'float32', [batch, total, 32]);
  const cache = ['key', 'value'].map((name) => g.input(name, 'float32', [batch, 2, past, 16]));
  const [key = x, value = x] = cache;
  const { output, present } = causalAttention(g, 'attention', rmsNorm(g, 'norm', x), {
    heads: 4,
    kvHeads: 2,
    past: { key, value },
    lengths: cacheLengths(g, x, key),
    rotary: rotary(g, g.input('positions', 'int64', [batch, tokens]), rotaryFrequencies(16, 10_000)),
  });
  const { normalised } = skipRmsNorm(g, 'norm_after', x, output);
  const seen = crossAttention(g, 'cross', normalised, context, { heads: 4 });
  const wide = mlp(g, 'mlp', layerNorm(g, 'layer_norm', seen), { inner: 96, activation: 'quick-gelu' });
  g.output('y', layerNorm(g, 'norm_last', wide));
  g.output('presentKey', present.key);
  return g;
}

function packedLinear(): Graph {
  const g = new Graph({ precision: 'q4', fused: true });
  g.output('y', linear(g, 'linear', g.input('x', 'float32', [batch, tokens, 64]), 96));
  return g;
}

async function compare(g: Graph, feeds: Readonly<Record<string, Tensor>>) {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-webgpu-'));
  const cpu = await runGraph(g, feeds);
  const gpu = await runGraph(g, feeds, {
    session: { executionProviders: ['webgpu'], enableProfiling: true, profileFilePrefix: join(folder, 'run') },
  });
  const [file = ''] = await readdir(folder);
  const { operators } = await readProfile(join(folder, file));
  await rm(folder, { recursive: true });
  const differences = Object.keys(cpu).map((name) => difference(gpu[name], cpu[name]));
  return { difference: Math.max(...differences), operators };
}

const x = floats([1, 5, 64]);
const comparisons = {
  layer: await compare(decoderLayer(), {
    x,
    positions: int64s([1, 5], [3, 4, 5, 6, 7]),
    context: floats([1, 7, 32], 2),
    key: floats([1, 2, 3, 16], 3),
    value: floats([1, 2, 3, 16], 4),
  }),
  packed: await compare(packedLinear(), { x }),
};
console.log(JSON.stringify(comparisons));

export type Comparisons = typeof comparisons;
