import { randomBytes } from 'node:crypto';
import { copyFile, type FileHandle, link, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileTrouble } from './trouble.ts';

/**
 * Writes a document so that a crash or a full disk leaves either the former file or the new one, never a part:
 * a temporary file beside it is written and synced, the former is kept as `<name>.bak`, and a rename puts the new one in place.
 */
export async function saveDocument(path: string, text: string): Promise<void> {
  await replaceFile(path, text, { backup: true });
}

/** The same for any content, without a backup unless one is wanted. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { backup = false }: { readonly backup?: boolean } = {},
): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const former = await stat(target).catch(() => undefined);
    await writeSynced(temporary, content, former?.mode);
    if (former && backup) await keepBackup(target);
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileTrouble(error, path, 'saved');
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

/** A hard link costs no space, which matters when the disk is nearly full; file systems without links get a copy. */
async function keepBackup(path: string): Promise<void> {
  const backup = `${path}.bak`;
  await rm(backup, { force: true });
  await link(path, backup).catch(() => copyFile(path, backup));
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
