import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { _electron, expect, test } from '@playwright/test';

/** Runs where Electron's runtime was fetched and a display is there; elsewhere it is reported as skipped. */
function runtime(): string | undefined {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const name = join(folder, 'path.txt');
  const path = existsSync(name) ? join(folder, 'dist', readFileSync(name, 'utf8')) : '';
  const display = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  return display && existsSync(path) ? path : undefined;
}

test('the desktop app opens, keeps Node out of the page and runs the first graph', async () => {
  const executablePath = runtime();
  test.skip(!executablePath, "Electron's runtime or a display is missing");
  const app = await _electron.launch({ executablePath, args: ['.'] });
  try {
    const page = await app.firstWindow();
    expect(new URL(page.url()).protocol).toBe('app:');
    expect(await page.evaluate(() => 'require' in globalThis || 'process' in globalThis)).toBe(false);
    await page.getByRole('button', { name: /^Run$/ }).click();
    await expect(page.getByText(/finished/i).first()).toBeVisible();
  } finally {
    await app.close();
  }
});
