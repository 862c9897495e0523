import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `npm start`: the desktop app where it can run, otherwise the same app for a browser. `-- --browser` asks for the latter.

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FETCH_LIMIT_MS = 5 * 60_000;

const reason = process.argv.includes('--browser') ? undefined : whyNoDesktop();
const runtime = reason || process.argv.includes('--browser') ? undefined : electronPath();

if (runtime) {
  const child = spawn(runtime, [root], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
} else {
  if (!process.argv.includes('--browser'))
    console.log(
      `The desktop window cannot open here (${reason ?? 'the Electron runtime could not be fetched'}); serving the app for a browser.`,
    );
  const { serveWeb } = await import('../dist/electron/web.js');
  const host = await serveWeb({ port: Number(process.env.PORT ?? 0) });
  console.log(`Patchbay: ${host.url}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void host.close().then(() => process.exit(0)));
}

function whyNoDesktop() {
  if (process.platform !== 'linux') return undefined;
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return 'there is no display';
  // Chromium's sandbox refuses the root user, and we do not run without it.
  if (process.getuid?.() === 0) return 'Electron does not run as root';
  return undefined;
}

/** The runtime's executable; it is fetched at the first start, as Electron's package has no install script. */
function electronPath() {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const installed = () => {
    const name = join(folder, 'path.txt');
    const path = existsSync(name) ? join(folder, 'dist', readFileSync(name, 'utf8')) : undefined;
    return path && existsSync(path) ? path : undefined;
  };
  if (installed()) return installed();
  console.log('Fetching the Electron runtime (about 120 MB, once) …');
  spawnSync(process.execPath, [join(folder, 'install.js')], {
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: FETCH_LIMIT_MS,
  });
  return installed();
}
