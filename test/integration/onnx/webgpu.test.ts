import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Comparisons } from './on-webgpu.ts';

const CHROMIUM = '/usr/lib/chromium';
const DRIVER = join(CHROMIUM, 'vk_swiftshader_icd.json');

/** A GPU without a GPU: SwiftShader, the software Vulkan that comes with Chromium. */
test.skipIf(!existsSync(DRIVER))('fused layers run on WebGPU and give what the CPU gives', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'on-webgpu.ts')],
    { env: { ...process.env, VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: CHROMIUM, XDG_RUNTIME_DIR: tmpdir() } },
  );
  const { layer, packed } = JSON.parse(stdout) as Comparisons;
  expect(layer.difference).toBeLessThan(1e-3);
  // 4-bit products round their activations to 8 bits on the CPU, and not on WebGPU.
  expect(packed.difference).toBeLessThan(64 * 0.02 * (0.5 / 127));
  const placed = new Map(
    [...layer.operators, ...packed.operators].map(({ operator, provider }) => [operator, provider]),
  );
  for (const operator of [
    'GroupQueryAttention',
    'MultiHeadAttention',
    'RotaryEmbedding',
    'SimplifiedLayerNormalization',
    'SkipSimplifiedLayerNormalization',
    'LayerNormalization',
    'QuickGelu',
    'MatMul',
    'MatMulNBits',
  ]) {
    expect(placed.get(operator), operator).toBe('webgpu');
  }
});
