import { defineConfig } from 'vitest/config';

const IN_PROCESS = 'critic,fusion,imports,llm,models,nodes-basic,onnx,search-loop,speculative,verifier,vision';
/** They change the process that they run in: a module that opens windows, a graphics device. */
const ALONE = ['test/unit/hosts/**/*.test.ts', 'test/integration/onnx/webgpu.test.ts'];

export default defineConfig({
  test: {
    // ONNX Runtime must not share a process with a terminated worker thread: processes, not threads.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Engines and tests run beside one another.
    env: { PATCHBAY_SPIN: '0' },
    projects: [
      // Much of what these take is the loading of modules: a process for many files loads them once.
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/unit/**/*.test.{ts,tsx}', `test/integration/{${IN_PROCESS}}/**/*.test.ts`],
          exclude: ALONE,
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/{integration,timing}/**/*.test.ts', ...ALONE],
          exclude: [`test/integration/{${IN_PROCESS}}/**/!(webgpu).test.ts`],
        },
      },
    ],
  },
});
