import { mkdirSync, rmSync, symlinkSync } from 'node:fs';

// npm links a package's own command only for those who install it. With this link `npx patchbay` finds it here too,
// instead of installing the folder once more into its cache. Windows needs a shim, and there npx does it the long way.
if (process.platform !== 'win32') {
  mkdirSync('node_modules/.bin', { recursive: true });
  rmSync('node_modules/.bin/patchbay', { force: true });
  symlinkSync('../../electron/patchbay.mjs', 'node_modules/.bin/patchbay');
}
