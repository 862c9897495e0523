import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const chromium = [process.env.PATCHBAY_CHROMIUM, '/usr/bin/chromium'].find((path) => path && existsSync(path));

// Beside the engine runs a browser.
process.env.PATCHBAY_SPIN = '0';

export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results',
  workers: 2,
  timeout: 60_000,
  // Another browser may be at work, and its engine.
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1440, height: 900 },
    // It takes an eighth of the time; what failed is seen by `npx playwright test <file> --trace retain-on-failure`.
    trace: 'off',
    launchOptions: {
      executablePath: chromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
