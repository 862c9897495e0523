import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import type { NodeReport } from '../../../electron/backend/executor/events.ts';
import { definition as llmDefinition } from '../../../nodes/llm/definition.ts';
import { definition as promptDefinition } from '../../../nodes/prompt/definition.ts';
import { writeTextExport } from '../../helpers/exports/text.ts';
import { buildEngine } from './build.ts';
import { finish, plan, step } from './plans.ts';

const CHROMIUM = '/usr/lib/chromium';
const DRIVER = join(CHROMIUM, 'vk_swiftshader_icd.json');

/** A GPU without a GPU: SwiftShader, the software Vulkan that comes with Chromium. */
describe.skipIf(!existsSync(DRIVER))('WebGPU on a software Vulkan device', () => {
  let built: Awaited<ReturnType<typeof buildEngine>>;
  let engine: EngineProcess;
  let exports: string;
  beforeAll(async () => {
    exports = await mkdtemp(join(tmpdir(), 'patchbay-webgpu-'));
    built = await buildEngine(join(import.meta.dirname, 'kinds/engine.ts'));
    engine = new EngineProcess(built.path, {
      env: { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM, XDG_RUNTIME_DIR: tmpdir() },
    });
  });
  afterAll(async () => {
    await engine.close();
    await rm(exports, { recursive: true });
    await built[Symbol.asyncDispose]();
  });

  async function run(network: string, provider: string) {
    const of = plan(step('n', 'network', { network }, {}, ['table']));
    const result = await finish(engine.run(of, { provider, profile: true }));
    expect(result.nodes.n?.error).toBeUndefined();
    const report = result.nodes.n as NodeReport;
    const table = report.outputs?.table;
    return { report, values: table?.type === 'table' ? table.rows.map(([value]) => Number(value)) : [] };
  }

  const gap = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));

  test('it is found by trying: it answers as the CPU does, and the engine says what it cannot run', async () => {
    const providers = await engine.providers();
    expect(providers.find(({ name }) => name === 'webgpu')).toEqual({
      name: 'webgpu',
      works: true,
      // SwiftShader has no half floats.
      reason: 'answers as the CPU does; it cannot run: half precision',
    });
  });

  test.each(['matmul', 'mlp'])(
    '%s gives what the CPU gives, and the profile says that it ran there',
    async (network) => {
      const gpu = await run(network, 'webgpu');
      const cpu = await run(network, 'cpu');
      expect(gpu.values.length).toBeGreaterThan(0);
      expect(gap(gpu.values, cpu.values)).toBeLessThan(1e-4);
      expect(gpu.report.provider).toEqual({ asked: 'webgpu', ran: 'webgpu', fallback: 0 });
      expect(new Set(gpu.report.operators?.map(({ provider }) => provider))).toEqual(new Set(['webgpu']));
      expect(cpu.report.provider).toMatchObject({ ran: 'cpu' });
    },
  );

  test.each([
    ['that grows at its end', false],
    ['of GroupQueryAttention', true],
  ])('a decoder of others writes there what it writes on the CPU, with a cache %s', async (_, grouped) => {
    const folder = join(exports, `${grouped}`);
    await writeTextExport(folder, { grouped });
    const asked = promptDefinition.params.parse({ text: 'Why?' });
    const held = llmDefinition.params.parse({ model: `file:${folder}`, maxTokens: 24 });
    const of = plan(step('ask', 'prompt', asked), step('llm', 'llm', held, { prompt: ['ask.text'] }, ['answer']));
    const gpu = await finish(engine.run(of, { provider: 'webgpu' }));
    const cpu = await finish(engine.run(of, { provider: 'cpu' }));
    expect(gpu.nodes.llm).toMatchObject({ status: 'finished', provider: { ran: 'webgpu' } });
    expect(gpu.nodes.llm?.outputs?.answer).toMatchObject({ type: 'answer', text: expect.stringMatching(/.{5}/s) });
    expect(gpu.nodes.llm?.outputs).toEqual(cpu.nodes.llm?.outputs);
  });

  test('with `auto` it runs a model of 50 MB or more, and neither a small one nor one that writes', async () => {
    expect((await run('wide', 'auto')).report.provider).toMatchObject({ asked: 'auto', ran: 'webgpu' });
    expect((await run('matmul', 'auto')).report.provider).toEqual({ asked: 'auto', ran: 'cpu', fallback: 0 });
    const small = { ...llmDefinition.params.parse({ model: 'paper:smollm2-135m', maxTokens: 1 }), layers: 1 };
    const of = plan(
      step('ask', 'prompt', promptDefinition.params.parse({ text: 'Why?' })),
      step('llm', 'llm', small, { prompt: ['ask.text'] }, ['answer']),
    );
    // One layer, and its vocabulary: 128 MB of weights.
    const { llm } = (await finish(engine.run(of, { provider: 'auto' }))).nodes;
    expect(llm).toMatchObject({ status: 'finished', provider: { asked: 'auto', ran: 'cpu' } });
  });

  test('a model that it loads and cannot run falls back to the CPU, with the reason', async () => {
    const { report, values } = await run('parts', 'webgpu');
    expect(values).toEqual((await run('parts', 'cpu')).values);
    expect(report.provider).toMatchObject({
      asked: 'webgpu',
      ran: 'cpu',
      reason: expect.stringMatching(/^webgpu: .+/),
    });
  });
});
