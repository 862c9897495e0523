import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import type { Plan } from '../../../graphs/compile.ts';
import { buildEngine } from './build.ts';
import { finish, plan, step } from './plans.ts';

let built: Awaited<ReturnType<typeof buildEngine>>;
let folder: string;
let engine: EngineProcess;

beforeAll(async () => {
  built = await buildEngine(join(import.meta.dirname, 'kinds/engine.ts'));
});
afterAll(() => built[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-engine-'));
  engine = new EngineProcess(built.path, { graceMs: 300 });
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const hello = plan(step('a', 'say', { text: 'hello' }), step('b', 'join', {}, { text: ['a.text'] }));

test('a plan runs in the engine, and a second run reuses everything', async () => {
  const first = await finish(engine.run(hello));
  expect(first).toMatchObject({ status: 'finished', graph: 'test' });
  expect(first.nodes.b?.outputs?.text).toEqual({ type: 'text', text: 'hello' });
  const second = await finish(engine.run(hello));
  expect(Object.values(second.nodes).map((node) => node.status)).toEqual(['reused', 'reused']);
});

test('a cancelled run stops by itself between nodes, and the engine keeps what it has', async () => {
  await finish(engine.run(hello));
  const waiting = plan(step('p', 'patient'), step('after', 'join', {}, { text: ['p.text'] }));
  const result = await finish(
    engine.run(waiting),
    (event) => event.type === 'node-started' && engine.cancel(event.run),
  );
  expect(result.status).toBe('cancelled');
  expect(result.error).toBeUndefined();
  expect(result.nodes.after?.status).toBe('cancelled');
  expect((await finish(engine.run(hello))).nodes.b?.status).toBe('reused');
});

test('leaving the loop over the events cancels the run', async () => {
  for await (const event of engine.run(plan(step('p', 'patient')))) if (event.type === 'node-started') break;
  expect((await finish(engine.run(hello))).status).toBe('finished');
});

/** What comes of a run that is cancelled as soon as one of its nodes has written the file `begun`; it ends soon after that. */
async function cancelledOnce(planOf: (begun: string) => Plan) {
  const begun = join(folder, 'begun');
  let run = '';
  const events = finish(engine.run(planOf(begun)), (event) => {
    run = event.run;
  });
  await vi.waitUntil(() => existsSync(begun), { timeout: 10_000 });
  const cancelledAt = performance.now();
  engine.cancel(run);
  const result = await events;
  expect(performance.now() - cancelledAt).toBeLessThan(2_000);
  return result;
}

test('a node that holds the process is ended after the grace period; what was done stays and the next run works', async () => {
  const result = await cancelledOnce((begun) =>
    plan(step('a', 'say', { text: 'kept' }), step('b', 'block', { begun }, { text: ['a.text'] })),
  );
  expect(result.status).toBe('cancelled');
  expect(result.error?.message).toContain('did not stop within 0.3 s');
  expect(result.nodes.a).toMatchObject({ status: 'finished', outputs: { text: { text: 'kept' } } });
  expect(result.nodes.b?.status).toBe('cancelled');
  expect((await finish(engine.run(hello))).status).toBe('finished');
});

test('a session run that does not end is cancelled: the engine goes within the grace period and starts again', async () => {
  const result = await cancelledOnce((begun) => plan(step('a', 'churn', { begun })));
  expect(result).toMatchObject({ status: 'cancelled', nodes: { a: { status: 'cancelled' } } });
  expect((await finish(engine.run(hello))).status).toBe('finished');
});

test('what a crash said on stderr stands in the error', async () => {
  const result = await finish(engine.run(plan(step('a', 'crash'))));
  expect(result.error).toEqual({
    message: 'The engine process was ended by SIGABRT during the run.',
    hint: 'There was not enough memory (std::bad_alloc). Use a smaller model, a coarser precision or a shorter context.',
  });
  expect(result.nodes.a?.error).toEqual(result.error);
});

test('an engine that dies fails the run in one sentence, and the next run works', async () => {
  const result = await finish(engine.run(plan(step('a', 'die'), step('b', 'join', {}, { text: ['a.text'] }))));
  expect(result.status).toBe('failed');
  expect(result.error?.message).toBe('The engine process was ended by SIGKILL during the run.');
  expect(result.nodes.a).toMatchObject({ status: 'failed', error: { hint: expect.stringContaining('Run again') } });
  expect(result.nodes.b?.status).toBe('skipped');
  expect((await finish(engine.run(hello))).status).toBe('finished');
});

test('a probe that kills the engine twice is refused, not asked for ever', async () => {
  await expect(engine.probe('die', {})).rejects.toThrow('was ended by SIGKILL');
  expect(await engine.probe('say', {})).toEqual({});
});

test('a provider whose driver ends the engine is not tried again: a run after it says why it is on the CPU', async () => {
  const unlucky = new EngineProcess(built.path, { env: { BROKEN_DRIVER: 'webgpu' } });
  const multiplied = plan(step('n', 'network', { network: 'matmul' }, {}, ['table']));
  const first = await finish(unlucky.run(multiplied, { provider: 'webgpu' }));
  expect(first.nodes.n).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('SIGABRT') } });
  const second = await finish(unlucky.run(multiplied, { provider: 'auto' }));
  expect(second.nodes.n).toMatchObject({
    status: 'finished',
    provider: { ran: 'cpu', reason: expect.stringMatching(/^webgpu: trying it ended the engine/) },
  });
  expect((await unlucky.providers()).find(({ name }) => name === 'webgpu')?.works).toBe(false);
  await unlucky.close();
});

test('the CPU is among the providers and works', async () => {
  const providers = await engine.providers();
  expect(providers.at(-1)).toMatchObject({ name: 'cpu', works: true });
  for (const provider of providers) expect(provider.reason).not.toBe('');
});
