import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Changes when a file does: sizes and modification times, of all that belongs to it. A model may be a folder, and
 * `model.onnx` has its weights beside it (`model.onnx_data`, `model.onnx.data`).
 */
export async function fileMark(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return 'missing';
  const parts = found.isDirectory()
    ? (await readdir(path)).map((name) => join(path, name))
    : path.endsWith('.onnx')
      ? (await readdir(dirname(path)))
          .filter((name) => name.startsWith(basename(path)))
          .map((name) => join(dirname(path), name))
      : [path];
  const marks = parts.sort().map(async (part) => {
    const { size, mtimeMs } = await stat(part);
    return `${basename(part)}:${size}:${mtimeMs}`;
  });
  return (await Promise.all(marks)).join();
}
