import * as ort from 'onnxruntime-node';
import { Executor } from '../../electron/backend/executor/executor.ts';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { RuntimeLender } from '../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../electron/backend/runtime/sessions.ts';
import { add } from '../../nodes/onnx/functions.ts';
import { Graph } from '../../nodes/onnx/graph.ts';
import { mlp } from '../../nodes/onnx/layers/mlp.ts';
import { layerNorm } from '../../nodes/onnx/layers/norm.ts';
import { randomWeights } from '../../nodes/onnx/random.ts';
import { buildModel } from '../../nodes/onnx/serialize.ts';
import type { NodeRun } from '../../nodes/run.ts';
import type { Tensor, TensorValue } from '../../nodes/values.ts';
import { floats } from '../helpers/onnx.ts';
import { plan, step } from '../integration/engine/plans.ts';
import { openModel } from './model.ts';
import type { BenchRow } from './run.ts';

/** CLIP ViT-B/32's twelve MLP blocks over its 50 tokens, three times: what encoder, connector and LLM of a small graph take. */
const WIDTH = 768;
const TOKENS = 50;
const NODES = 3;
const LAYERS = 12;
const PAIRS = 21;

function blocks(): Graph {
  const g = new Graph();
  let x = g.input('x', 'float32', [1, TOKENS, WIDTH]);
  for (let i = 0; i < LAYERS; i++)
    x = g.scope(`layers.${i}`, () =>
      add(g, x, mlp(g, 'mlp', layerNorm(g, 'norm', x), { inner: 4 * WIDTH, activation: 'quick-gelu' })),
    );
  g.output('y', x);
  return g;
}

const input = floats([1, TOKENS, WIDTH]);
const value = (tensor: Tensor): Record<string, TensorValue> => ({ y: { type: 'tensor', name: 'y', tensor } });

const kinds: Readonly<Record<string, NodeRun>> = {
  input: { run: async () => value(input) },
  blocks: {
    async run(context, _, inputs) {
      const [x] = inputs.x ?? [];
      const session = await context.session({
        key: 'blocks',
        weights: randomWeights(1),
        build: () => buildModel(blocks()),
      });
      const { y } = await session.run({ x: (x as TensorValue).tensor });
      return value(y as Tensor);
    },
  },
};

/** The executor, in this process, against a script that calls the same models one after the other. */
export async function rows(): Promise<BenchRow[]> {
  const executor = new Executor(new RuntimeLender(new SessionPool(4e9)), async (kind) => kinds[kind] as NodeRun, 1e9);
  const chain = plan(
    step('n0', 'input', {}, {}, ['y']),
    ...Array.from({ length: NODES }, (_, i) => step(`n${i + 1}`, 'blocks', {}, { x: [`n${i}.y`] }, ['y'])),
  );
  const session = await openModel(buildModel(blocks()));

  const script = async () => {
    let x: ort.Tensor = new ort.Tensor('float32', input.data as Float32Array, input.dims);
    for (let i = 0; i < NODES; i++) x = (await session.run({ x })).y as ort.Tensor;
    return x;
  };
  const graph = () =>
    executor.run(
      { run: 'bench', plan: chain, options: { fresh: true, provider: 'cpu' } },
      new AbortController().signal,
      () => {},
    );
  const timed = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  await graph();
  await script();
  const pairs: { ours: number; theirs: number }[] = [];
  for (let i = 0; i < PAIRS; i++) {
    // Whoever comes second finds the other's weights in the caches: take turns.
    const first = i % 2 === 0 ? await timed(graph) : await timed(script);
    const second = i % 2 === 0 ? await timed(script) : await timed(graph);
    pairs.push(i % 2 === 0 ? { ours: first, theirs: second } : { ours: second, theirs: first });
  }
  await session.release();
  const ms = (of: 'ours' | 'theirs') =>
    quantile(
      pairs.map((pair) => pair[of]),
      0.5,
    ).toFixed(1);
  return [
    {
      name: `executor / hand-written script, ${NODES} nodes`,
      goal: '≤ 1.02',
      measured: quantile(
        pairs.map(({ ours, theirs }) => ours / theirs),
        0.5,
      ),
      unit: '×',
      how: `${ms('ours')} and ${ms('theirs')} ms; median of ${PAIRS} pairs, alternating, executor in the script's process`,
    },
  ];
}
