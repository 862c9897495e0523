import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Changes when a file does: sizes and modification times, of all that belongs to it. A model may be a folder, and
 * `model.onnx` has its weights beside it (`model.onnx_data`, `model.onnx.data`).
 */
export async function fileMark(path: string): Promise<string> {
  const parts = await partsOf(path);
  return parts ? parts.map(({ name, size, mtimeMs }) => `${name}:${size}:${mtimeMs}`).join() : 'missing';
}

/** Bytes of all that belongs to a file, as for `fileMark`. */
export async function fileBytes(path: string): Promise<number> {
  return ((await partsOf(path)) ?? []).reduce((sum, { size }) => sum + size, 0);
}

async function partsOf(path: string): Promise<(Stats & { readonly name: string })[] | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  if (!found.isDirectory() && !path.endsWith('.onnx')) return [Object.assign(found, { name: basename(path) })];
  const folder = found.isDirectory() ? path : dirname(path);
  const names = (await readdir(folder)).filter((name) => found.isDirectory() || name.startsWith(basename(path)));
  return Promise.all(names.sort().map(async (name) => Object.assign(await stat(join(folder, name)), { name })));
}
