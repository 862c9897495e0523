import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileBytes, fileMark } from '../../../electron/backend/runtime/file-mark.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-mark-'));
  for (const [name, bytes] of [
    ['model.onnx', 3],
    ['model.onnx_data', 50],
    ['other.onnx', 700],
  ] as const)
    await writeFile(join(folder, name), new Uint8Array(bytes));
});
afterAll(() => rm(folder, { recursive: true }));

test('weights beside a model belong to it, other models do not', async () => {
  expect(await fileBytes(join(folder, 'model.onnx'))).toBe(53);
  expect(await fileBytes(join(folder, 'other.onnx'))).toBe(700);
  expect(await fileBytes(folder)).toBe(753);
  expect(await fileBytes(join(folder, 'none.onnx'))).toBe(0);
});

test('its mark changes with the weights beside it, and with no other file', async () => {
  const mark = () => fileMark(join(folder, 'model.onnx'));
  const before = await mark();
  await writeFile(join(folder, 'other.onnx'), new Uint8Array(701));
  expect(await mark()).toBe(before);
  await writeFile(join(folder, 'model.onnx_data'), new Uint8Array(51));
  expect(await mark()).not.toBe(before);
  expect(await fileMark(join(folder, 'none.onnx'))).toBe('missing');
});
