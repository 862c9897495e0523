import { expect, test } from 'vitest';
import { Account, accounts } from '../../../electron/backend/runtime/account.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import { symbol } from '../../../nodes/onnx/dims.ts';
import { add, cast, matmul } from '../../../nodes/onnx/functions.ts';
import { Graph, type Precision } from '../../../nodes/onnx/graph.ts';
import { linear } from '../../../nodes/onnx/layers/linear.ts';
import { mlp } from '../../../nodes/onnx/layers/mlp.ts';
import type { OnnxModel } from '../../../nodes/onnx/model.ts';
import { randomWeights } from '../../../nodes/onnx/random.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import type { SessionRequest } from '../../../nodes/run.ts';
import { difference, floats, runGraph } from '../../helpers/onnx.ts';

const WIDTH = 64;
const input = floats([1, 5, WIDTH]);

/** Two linear layers, [1, tokens, width] → [1, tokens, width], float32 outside whatever is inside. */
function network(precision: Precision = 'fp32', width = WIDTH): Graph {
  const g = new Graph({ precision, fused: true });
  const x = g.input('x', 'float32', [1, symbol('tokens'), width]);
  const y = mlp(g, 'mlp', cast(g, x, g.dtype), { inner: 2 * width, activation: 'gelu', bias: true, width });
  g.output('y', cast(g, y, 'float32'));
  return g;
}

function requestOf(graph: Graph, fileBytes?: number, seed = 1): SessionRequest & { built: OnnxModel[] } {
  const built: OnnxModel[] = [];
  return {
    key: `network of ${graph.options.precision} ${seed}`,
    weights: randomWeights(seed),
    built,
    build() {
      const model = buildModel(graph, { fileBytes });
      built.push(model);
      return model;
    },
  };
}

/** Works as one node does, and tells what it used. */
async function asNode<T>(work: () => Promise<T>, { asked = 'cpu', profiling = false } = {}) {
  let loads = 0;
  const account = new Account(new AbortController().signal, asked, profiling, (loading) => {
    if (loading) loads++;
  });
  const result = await accounts.run(account, work);
  return { result, loads, usage: account.usage() };
}

test.each(['fp32', 'fp16', 'q4'] as const)(
  'a built model of %s runs with weights from several files',
  async (precision) => {
    const pool = new SessionPool(1e9);
    const request = requestOf(network(precision), 4096);
    const { result, usage } = await asNode(async () => (await pool.request(request)).run({ x: input }));
    expect(request.built[0]?.files.length).toBeGreaterThan(1);
    expect(difference(result.y, (await runGraph(network(precision), { x: input })).y)).toBeLessThan(1e-6);
    expect(usage).toMatchObject({ provider: { asked: 'cpu', ran: 'cpu' } });
    expect(usage.loadMs).toBeGreaterThan(0);
    expect(usage.peakBytes).toBeGreaterThanOrEqual(
      request.built[0]?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0,
    );
  },
);

test('equal keys are one session: the second node neither builds nor loads', async () => {
  const pool = new SessionPool(1e9);
  const request = requestOf(network());
  await asNode(() => pool.request(request));
  const { loads, usage } = await asNode(async () => (await pool.request(request)).run({ x: input }));
  expect({ loads, loadMs: usage.loadMs, built: request.built.length }).toEqual({ loads: 0, loadMs: 0, built: 1 });
  expect(usage.peakBytes).toBeGreaterThan(0);
});

test('float16 crosses as bits', async () => {
  const g = new Graph();
  g.output('y', cast(g, g.input('x', 'float32', [3]), 'float16'));
  const { result } = await asNode(async () =>
    (await new SessionPool(1e9).request(requestOf(g))).run({
      x: { dtype: 'float32', dims: [3], data: Float32Array.of(1, -2, 0.5) },
    }),
  );
  expect(result.y).toEqual({ dtype: 'float16', dims: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x3800) });
});

test('over its limit the pool releases what was not used for longest, and a session that is still held loads again', async () => {
  const bytes = buildModel(network()).files.reduce((sum, file) => sum + file.bytes, 0);
  const pool = new SessionPool(bytes);
  const first = requestOf(network(), undefined, 1);
  const { result: session } = await asNode(() => pool.request(first));
  const before = (await asNode(() => session.run({ x: input }))).result;
  await asNode(() => pool.request(requestOf(network(), undefined, 2)));
  const again = await asNode(() => session.run({ x: input }));
  expect(first.built).toHaveLength(2);
  expect(again.loads).toBe(1);
  expect(again.usage.loadMs).toBeGreaterThan(0);
  expect(difference(again.result.y, before.y)).toBe(0);
});

test('where weights do not fit twice they are not packed, with the same result', async () => {
  const bytes = buildModel(network()).files.reduce((sum, file) => sum + file.bytes, 0);
  const run = (limit: number) =>
    asNode(async () => (await new SessionPool(limit).request(requestOf(network()))).run({ x: input }));
  expect(difference((await run(bytes)).result.y, (await run(1e9)).result.y)).toBeLessThan(1e-5);
});

test('a provider that cannot be had gives way to the CPU, and the report says why', async () => {
  const { result, usage } = await asNode(
    async () => (await new SessionPool(1e9).request(requestOf(network()))).run({ x: input }),
    { asked: 'qnn' },
  );
  expect(result.y?.dims).toEqual([1, 5, WIDTH]);
  expect(usage.provider).toMatchObject({ asked: 'qnn', ran: 'cpu', reason: expect.stringMatching(/^qnn: .+/) });
});

test('a profile lists the operators by their time and where they ran', async () => {
  const pool = new SessionPool(1e9);
  const { usage } = await asNode(async () => (await pool.request(requestOf(network()))).run({ x: input }), {
    profiling: true,
  });
  const operators = usage.operators ?? [];
  expect(operators.map(({ operator }) => operator)).toContain('MatMul');
  for (const { provider, count, ms } of operators) {
    expect(provider).toBe('cpu');
    expect(count).toBeGreaterThan(0);
    expect(ms).toBeGreaterThanOrEqual(0);
  }
  expect(operators.map(({ ms }) => ms)).toEqual(operators.map(({ ms }) => ms).sort((a, b) => b - a));
  expect(usage.provider?.fallback).toBe(0);
});

test('what ONNX Runtime refuses at a run is one sentence', async () => {
  const g = new Graph();
  const x = g.input('x', 'float32', [symbol('rows'), symbol('width')]);
  g.output('y', add(g, x, g.input('z', 'float32', [symbol('rows'), symbol('width')])));
  const feeds = { x: floats([2, 3]), z: floats([4, 5]) };
  await expect(asNode(async () => (await new SessionPool(1e9).request(requestOf(g))).run(feeds))).rejects.toThrow(
    /^ONNX Runtime could not run the model: .*(broadcast|dimension)/i,
  );
});

test('the peak of a node counts what its weights take, once they are loaded', async () => {
  const width = 2048;
  const g = new Graph();
  const x = g.input('x', 'float32', [1, width]);
  g.output(
    'y',
    matmul(g, linear(g, 'a', x, width, { bias: false }), g.param('b', [width, width], { kind: 'constant', value: 0 })),
  );
  const weights = 2 * 4 * width * width;
  const { usage } = await asNode(async () =>
    (await new SessionPool(1e9).request(requestOf(g))).run({ x: floats([1, width]) }),
  );
  expect(usage.peakBytes).toBeGreaterThan(weights);
  expect(usage.peakBytes).toBeLessThan(5 * weights);
});

test('time in which another node holds the engine is not charged, whether it began before or ends after', async () => {
  const pool = new SessionPool(1e9);
  const signal = new AbortController().signal;
  const accountOf = () => new Account(signal, 'cpu', false, () => {});
  const session = await accounts.run(accountOf(), () => pool.request(requestOf(network())));
  const run = (account: Account) => accounts.run(account, () => session.run({ x: input }));
  // The second asks while the first holds the engine, and is done after it.
  const [first, second] = [accountOf(), accountOf()];
  const start = performance.now();
  await Promise.all([run(first), run(second)]);
  const wall = performance.now() - start;
  expect(first.usage().ownMs + second.usage().ownMs).toBeLessThan(1.5 * wall);
  expect(second.usage().ownMs).toBeGreaterThan(0);
});
