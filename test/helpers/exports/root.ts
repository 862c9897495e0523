import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from '@huggingface/transformers';
import { afterAll } from 'vitest';

/** An empty folder for the exports of a file's tests, from which Transformers.js loads by name, and from nowhere else. */
export function exportsRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'patchbay-exports-'));
  env.allowRemoteModels = false;
  env.localModelPath = root;
  afterAll(() => rm(root, { recursive: true }));
  return root;
}
