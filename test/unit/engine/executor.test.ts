import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEvent, RunOptions } from '../../../electron/backend/executor/events.ts';
import { Executor, type Lender } from '../../../electron/backend/executor/executor.ts';
import { RuntimeLender } from '../../../electron/backend/runtime/lender.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';
import type { Plan } from '../../../graphs/compile.ts';
import { matmul } from '../../../nodes/onnx/functions.ts';
import { Graph } from '../../../nodes/onnx/graph.ts';
import { randomWeights } from '../../../nodes/onnx/random.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { NodeError, type NodeRun, type RunContext } from '../../../nodes/run.ts';
import { plan, step } from '../../integration/engine/plans.ts';

const say = (text: string) => ({ text: { type: 'text' as const, text } });

function bench(extra: Record<string, NodeRun['run']> = {}, cacheBytes = 1e6) {
  const ran: string[] = [];
  const kinds: Record<string, NodeRun['run']> = {
    say: async (_, params) => say(String(params.text)),
    join: async (_, params, inputs) =>
      say((inputs.text ?? []).map((value) => (value.type === 'text' ? value.text : '')).join(String(params.by ?? ' '))),
    ...extra,
  };
  const lender: Lender = new RuntimeLender(new SessionPool(1e9));
  const executor = new Executor(
    lender,
    async (kind) => ({
      run: async (context: RunContext, params, inputs) => {
        ran.push(kind);
        const run = kinds[kind];
        if (!run) throw new Error(`no kind ${kind}`);
        return run(context, params, inputs);
      },
    }),
    cacheBytes,
  );
  const run = (
    of: Plan,
    options: RunOptions = {},
    signal = new AbortController().signal,
    emit: (event: RunEvent) => void = () => {},
  ) => executor.run({ run: 'r', plan: of, options }, signal, emit);
  return { run, ran };
}

const two = (text: string, by = ' ', ids: [string, string] = ['encoder', 'llm']) =>
  plan(step(ids[0], 'say', { text }), step(ids[1], 'join', { by }, { text: [`${ids[0]}.text`, `${ids[0]}.text`] }));

test('values follow the wires in order', async () => {
  const { run } = bench();
  const result = await run(
    plan(
      step('a', 'say', { text: 'one' }),
      step('b', 'say', { text: 'two' }),
      step('c', 'join', {}, { text: ['b.text', 'a.text'] }),
    ),
  );
  expect(result.nodes.c?.outputs?.text).toEqual({ type: 'text', text: 'two one' });
});

test('a node says why it ran again', async () => {
  const { run } = bench();
  expect((await run(two('x'))).nodes.llm).not.toHaveProperty('why');
  expect((await run(two('x'))).nodes.llm).toMatchObject({ status: 'reused', outputs: { text: { text: 'x x' } } });
  expect((await run(two('x', ', '))).nodes.llm?.why).toBe('by changed');
  const changed = await run(two('y', ', '));
  expect(changed.nodes.encoder?.why).toBe('text changed');
  expect(changed.nodes.llm?.why).toBe('encoder ran again');
  expect((await run(two('y', ', '), { fresh: true })).nodes.llm?.why).toBe('it was asked to run afresh');
});

test('ids do not enter the key: a renamed graph is reused', async () => {
  const { run, ran } = bench();
  await run(two('x'));
  ran.length = 0;
  const result = await run(two('x', ' ', ['eyes', 'mouth']));
  expect(Object.values(result.nodes).map((node) => node.status)).toEqual(['reused', 'reused']);
  expect(ran).toEqual([]);
});

test('an output dropped for lack of memory is made again only when it is needed', async () => {
  const { run, ran } = bench({ count: async (_, __, inputs) => say(JSON.stringify(inputs).length.toString()) }, 1000);
  const of = (unit: string) =>
    plan(
      step('encoder', 'say', { text: 'x'.repeat(1000) }),
      step('llm', 'count', { unit }, { text: ['encoder.text'] }),
    );
  await run(of('a'));
  ran.length = 0;
  const again = await run(of('a'));
  expect(Object.values(again.nodes).map((node) => node.status)).toEqual(['reused', 'reused']);
  expect(ran).toEqual([]);
  const changed = await run(of('b'));
  expect(changed.nodes.encoder).toMatchObject({ status: 'finished', why: 'its output was no longer kept' });
  expect(changed.nodes.llm?.why).toBe('unit changed');
});

test('a failure stands on its node, and what depended on it names it', async () => {
  const { run } = bench({
    fail: async () => {
      throw new NodeError('The encoder takes 224 px.', 'Put a tiler before it.');
    },
  });
  const result = await run(
    plan(
      step('encoder', 'fail'),
      step('mid', 'join', {}, { text: ['encoder.text'] }),
      step('end', 'join', {}, { text: ['mid.text'] }),
      step('other', 'say', { text: 'fine' }),
    ),
  );
  expect(result.status).toBe('failed');
  expect(result.nodes.encoder).toMatchObject({
    status: 'failed',
    error: { message: 'The encoder takes 224 px.', hint: 'Put a tiler before it.' },
  });
  expect(result.nodes.end).toMatchObject({ status: 'skipped', why: 'encoder failed' });
  expect(result.nodes.other?.status).toBe('finished');
});

test('branches overlap: each of two nodes waits for the other to have begun', async () => {
  let begun = 0;
  let both: () => void = () => {};
  const met = new Promise<void>((resolve) => {
    both = resolve;
  });
  const meet: NodeRun['run'] = async () => {
    if (++begun === 2) both();
    await met;
    return say('');
  };
  const { run } = bench({ meet });
  expect((await run(plan(step('a', 'meet', { n: 1 }), step('b', 'meet', { n: 2 })))).status).toBe('finished');
});

test('two runs take turns on the one engine, and the clock of each stands still while the other holds it', async () => {
  const turns: string[] = [];
  const own: number[] = [];
  const side = 512;
  const x = { dtype: 'float32' as const, dims: [side, side], data: new Float32Array(side * side) };
  const { run } = bench({
    async decode(context, { name }) {
      const session = await context.session({
        key: 'square',
        weights: randomWeights(0),
        build: () => buildModel(square(side)),
      });
      for (let chunk = 0; chunk < 6; chunk++) {
        const start = context.clock();
        await session.run({ x });
        own.push(context.clock() - start);
        turns.push(String(name));
      }
      return say(String(name));
    },
  });
  await run(plan(step('loads', 'decode', { name: 'neither' })));
  turns.length = own.length = 0;
  const start = performance.now();
  await Promise.all(['one', 'other'].map((name) => run(plan(step('llm', 'decode', { name })))));
  const wall = performance.now() - start;
  expect(turns).toEqual(Array.from({ length: 6 }, () => ['one', 'other']).flat());
  // By the clock on the wall each would have had nearly all of it.
  expect(own.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1.1 * wall);
});

/** Eight matrix products in a row: some milliseconds. */
function square(side: number): Graph {
  const g = new Graph();
  let y = g.input('x', 'float32', [side, side]);
  for (let product = 0; product < 8; product++) y = matmul(g, y, y);
  g.output('y', y);
  return g;
}

test('a cancelled node is not kept', async () => {
  const controller = new AbortController();
  const { run } = bench({
    halfway: async (context) => {
      controller.abort();
      return say(context.signal.aborted ? 'half' : 'whole');
    },
  });
  const of = plan(step('a', 'halfway'), step('b', 'join', {}, { text: ['a.text'] }));
  const result = await run(of, {}, controller.signal);
  expect(result.status).toBe('cancelled');
  expect(result.nodes.a).toMatchObject({ status: 'cancelled', outputs: { text: { text: 'half' } } });
  expect(result.nodes.b?.status).toBe('cancelled');
  expect((await run(of)).nodes.a?.status).not.toBe('reused');
});

test('repeats give first, warm and spread', async () => {
  const { run, ran } = bench();
  const result = await run(plan(step('a', 'say', { text: 'x' })), { repeat: 5 });
  expect(ran).toHaveLength(5);
  const ms = result.nodes.a?.ms;
  expect(ms?.first).toBeGreaterThan(0);
  expect(ms?.warm).toBeGreaterThan(0);
  expect(ms?.spread).toBeGreaterThanOrEqual(0);
});

test('a file that a parameter names is part of the key: so are the weights beside a model', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-digest-'));
  try {
    const file = join(folder, 'model.onnx');
    await writeFile(file, 'graph');
    const { run } = bench({ 'onnx-model': async () => say('read') });
    const of = plan(step('a', 'onnx-model', { file }));
    await run(of);
    expect((await run(of)).nodes.a?.status).toBe('reused');
    await writeFile(`${file}_data`, 'weights');
    expect((await run(of)).nodes.a).toMatchObject({ status: 'finished', why: 'its file changed' });
    await rm(file);
    expect((await run(of)).nodes.a?.why).toBe('its file changed');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('run from here: the node and what depends on it run anew, what it needs is reused', async () => {
  const { run, ran } = bench();
  const chain = plan(
    step('a', 'say', { text: 'one' }),
    step('b', 'join', {}, { text: ['a.text'] }),
    step('c', 'join', { by: ',' }, { text: ['b.text', 'a.text'] }),
    step('d', 'join', { by: ';' }, { text: ['a.text'] }),
  );
  await run(chain);
  ran.length = 0;
  const { nodes } = await run(chain, { from: ['b'] });
  expect(ran).toEqual(['join', 'join']);
  expect(nodes.a).toMatchObject({ status: 'reused', why: 'nothing changed' });
  expect(nodes.b).toMatchObject({ status: 'finished', why: 'it was asked to run from here' });
  expect(nodes.c).toMatchObject({ status: 'finished', why: 'b ran again', outputs: { text: { text: 'one,one' } } });
  expect(nodes.d).toMatchObject({ status: 'reused' });
});

test('the spans of a node follow each other without a gap, on the axis of the run, and its phases are told apart', async () => {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
  const { run } = bench({
    answer: async (context) => {
      await pause();
      context.progress({ type: 'phase', phase: 'prefill' });
      await pause();
      context.progress({ type: 'phase', phase: 'decode' });
      await pause();
      return say('yes');
    },
  });
  const begun: RunEvent[] = [];
  const of = plan(step('ask', 'say', { text: 'is it?' }), step('llm', 'answer', {}, { text: ['ask.text'] }));
  const { nodes, totalMs } = await run(of, { repeat: 2 }, undefined, (event) => begun.push(event));
  const spans = nodes.llm?.spans ?? [];
  expect(spans.map(({ phase, turn }) => `${phase} ${turn}`)).toEqual(
    [0, 1].flatMap((turn) => ['run', 'prefill', 'decode'].map((phase) => `${phase} ${turn}`)),
  );
  expect(spans.slice(1).map(({ start }) => start)).toEqual(spans.slice(0, -1).map(({ end }) => end));
  expect(spans[0]?.start).toBeGreaterThanOrEqual(nodes.ask?.spans?.at(-1)?.end ?? Number.NaN);
  expect(spans.at(-1)?.end).toBeLessThanOrEqual(totalMs);
  const first = spans.filter(({ turn }) => turn === 0).reduce((sum, { start, end }) => sum + end - start, 0);
  expect(Math.abs(first - (nodes.llm?.ms?.first ?? Number.NaN))).toBeLessThan(5);
  const told = begun.flatMap((event) => (event.type === 'node-span' && event.node === 'llm' ? [event.start] : []));
  expect(told).toEqual(spans.map(({ start }) => start));
  expect((await run(of)).nodes.llm).not.toHaveProperty('spans');
});
