import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EngineProcess } from '../../../electron/backend/engine/process.ts';
import { buildEngine } from './build.ts';

const CHROMIUM = '/usr/lib/chromium';
const DRIVER = join(CHROMIUM, 'vk_swiftshader_icd.json');

/** A GPU without a GPU: SwiftShader, the software Vulkan that comes with Chromium. */
test.skipIf(!existsSync(DRIVER))('WebGPU is found by trying: it multiplies correctly on a Vulkan device', async () => {
  const built = await buildEngine(join(import.meta.dirname, 'kinds/engine.ts'));
  const engine = new EngineProcess(built.path, {
    env: { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM, XDG_RUNTIME_DIR: tmpdir() },
  });
  try {
    const providers = await engine.providers();
    expect(providers.find(({ name }) => name === 'webgpu')).toMatchObject({ works: true });
  } finally {
    await engine.close();
    await built[Symbol.asyncDispose]();
  }
});
