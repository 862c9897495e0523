#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/electron/cli.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  console.error('Patchbay is not built yet: run "npm ci" (or "npm run build") in its folder first.');
  process.exitCode = 2;
}
