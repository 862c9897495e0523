import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { keepBackup } from './backups.ts';
import { fileTrouble } from './trouble.ts';

/**
 * Writes a document so that a crash or a full disk leaves either the former file or the new one, never a part: a temporary
 * file beside it is written and synced, the former joins the backups, and a rename puts the new one in place. Returns
 * the mark of what is on disk now.
 */
export async function saveDocument(path: string, text: string): Promise<string> {
  const target = await realpath(path).catch(() => path);
  await removeLeftovers(dirname(target), basename(target));
  await replaceFile(path, text, { before: () => keepBackup(target, text) });
  return markOf(text);
}

interface Replacing {
  /** What must be done with the former file once the new one is whole. */
  readonly before?: () => Promise<void>;
  /** Who may do what with the file (`0o600`); that of the former file, if absent. */
  readonly mode?: number;
}

/** The same for any content. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { before, mode }: Replacing = {},
): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const unique = `${process.pid}-${randomBytes(6).toString('hex')}`;
  const temporary = join(dirname(target), `.${basename(target)}.${unique}.tmp`);
  try {
    const former = await stat(target).catch(() => undefined);
    await writeSynced(temporary, content, mode ?? former?.mode);
    if (former) await before?.();
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileTrouble(error, path, 'saved');
  }
}

/** Tells contents of a file apart: what was opened from what stands there now. */
export const markOf = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex').slice(0, 32);

/** The mark of a file, or nothing where there is none. */
export async function markOfFile(path: string): Promise<string | undefined> {
  return readFile(path).then(markOf, () => undefined);
}

const LEFTOVER = /^\.(.+)\.(\d+)-[0-9a-f]{12}\.tmp$/;

/** Longer than any write takes: a process of the same number that is older than this did not begin it. */
const LONGEST_WRITE_MS = 3_600_000;

/** Removes what processes that were killed while they wrote left in a folder, of one file or of all. */
export async function removeLeftovers(folder: string, file?: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, of, pid] = LEFTOVER.exec(name) ?? [];
    if (of === undefined || (file !== undefined && of !== file)) continue;
    const path = join(folder, name);
    const written = await stat(path).catch(() => undefined);
    const old = written && Date.now() - written.mtimeMs > LONGEST_WRITE_MS;
    if (old || !isRunning(Number(pid))) await rm(path, { force: true }).catch(() => {});
  }
}

/** The same in every folder of a folder. */
export async function removeLeftoversBelow(parent: string): Promise<void> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeLeftovers(join(parent, entry.name));
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function writeSynced(path: string, content: string | Uint8Array, mode?: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(content, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename itself durable. Windows cannot open a folder, and needs no such call. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // The file is complete and in place: only the moment it reaches the disk is unknown.
  } finally {
    await handle?.close();
  }
}
