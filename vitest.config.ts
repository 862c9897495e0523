import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // ONNX Runtime must not share a process with a terminated worker thread: processes, not threads.
    pool: 'forks',
    maxWorkers: 2,
    include: ['test/{unit,integration,timing}/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Engines and tests run beside one another.
    env: { PATCHBAY_SPIN: '0' },
  },
});
