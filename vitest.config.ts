import { defineConfig } from 'vitest/config';

/** They load the app's main module, which opens windows. */
const HOSTS = 'test/unit/hosts/**/*.test.ts';

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
      // Most of what these take is the loading of modules: a process for many files loads them once.
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], exclude: [HOSTS], isolate: false },
      },
      {
        extends: true,
        test: { name: 'processes', include: ['test/{integration,timing}/**/*.test.ts', HOSTS] },
      },
    ],
  },
});
