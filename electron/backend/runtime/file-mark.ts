import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Changes when a file does: sizes and modification times, of all that belongs to it. A model may be a folder, and
 * `model.onnx` has its weights beside it (`model.onnx_data`, `model.onnx.data`).
 */
export async function fileMark(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return 'missing';
  if (!found.isDirectory() && !path.endsWith('.onnx')) return mark(path, found);
  const folder = found.isDirectory() ? path : dirname(path);
  const names = (await readdir(folder)).filter((name) => found.isDirectory() || name.startsWith(basename(path)));
  const parts = names.map((name) => join(folder, name)).sort();
  return (await Promise.all(parts.map(async (part) => mark(part, await stat(part))))).join();
}

function mark(path: string, { size, mtimeMs }: Stats): string {
  return `${basename(path)}:${size}:${mtimeMs}`;
}
