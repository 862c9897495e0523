import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, vi } from 'vitest';

/** An empty data folder of the app for the tests of a file, here and in the processes they start; it goes with them. */
export function dataFolder(): string {
  const home = mkdtempSync(join(tmpdir(), 'patchbay-home-'));
  vi.stubEnv('PATCHBAY_HOME', home);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true, force: true });
  });
  return home;
}
