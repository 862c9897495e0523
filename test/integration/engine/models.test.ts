import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account, accounts } from '../../../electron/backend/runtime/account.ts';
import { SessionPool } from '../../../electron/backend/runtime/sessions.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

function open(path: string) {
  const account = new Account(new AbortController().signal, 'cpu', false, () => {});
  return accounts.run(account, () => new SessionPool(1e9).file(path));
}

test('a corrupt .onnx', async () => {
  const path = join(folder, 'broken.onnx');
  await writeFile(path, 'these are not the bytes of a model');
  await expect(open(path)).rejects.toThrow(/broken\.onnx is not a model that ONNX Runtime can load/);
});

test('a missing .onnx', async () => {
  await expect(open(join(folder, 'gone.onnx'))).rejects.toThrow(/There is no model at .*gone\.onnx/);
});
