import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

/** The path of a Chromium: named, of the system, or Playwright's own; installs one where there is none. */
export function ensureChromium() {
  const found = () =>
    [process.env.PATCHBAY_CHROMIUM, '/usr/bin/chromium', chromium.executablePath()].find(
      (path) => path && existsSync(path),
    );
  if (found()) return found();
  const run = (...command) => spawnSync(command[0], command.slice(1), { stdio: 'inherit' }).status === 0;
  const debian = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (debian)
    run('apt-get', 'update', '-qq') && run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium');
  if (!found()) run('npx', 'playwright', 'install', 'chromium');
  if (!found()) throw new Error('No Chromium was found or could be installed: name one in PATCHBAY_CHROMIUM.');
  return found();
}
