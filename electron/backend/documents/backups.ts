import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { format, parse } from '../../../graphs/format.ts';
import type { BackupEntry } from '../contract.ts';
import { backupsFolder } from '../paths.ts';

/** How many earlier versions of a file are kept. */
const KEPT = 5;

/**
 * Keeps the version of a document that is about to be replaced by `next`, named by when it was written, and lets go of
 * those before the last five. A disk without room for it does not stop the newer work from being saved.
 */
export async function keepBackup(path: string, next: string): Promise<void> {
  try {
    if ((await readFile(path, 'utf8')) === next) return;
    const folder = folderOf(path);
    await mkdir(folder, { recursive: true });
    const { mtime } = await stat(path);
    await copyFile(path, join(folder, `${mtime.toISOString().replaceAll(':', '.')}.json`));
    for (const name of (await namesIn(folder)).slice(KEPT)) await rm(join(folder, name), { force: true });
  } catch {
    // The former version is lost to the backups, and the save goes on.
  }
}

/** Earlier versions of a document, the latest first; what can no longer be read is left out. */
export async function listBackups(path: string): Promise<BackupEntry[]> {
  const folder = folderOf(await realpath(path).catch(() => path));
  const entries = await Promise.all((await namesIn(folder)).map((name) => readBackup(folder, name)));
  return entries.filter((entry) => entry !== undefined);
}

async function readBackup(folder: string, name: string): Promise<BackupEntry | undefined> {
  try {
    const text = format(parse(await readFile(join(folder, name), 'utf8')));
    return { at: name.slice(0, -'.json'.length).replace(/T(\d+)\.(\d+)\./, 'T$1:$2:'), text };
  } catch {
    return undefined;
  }
}

/** A folder for each document, named by its path. */
const folderOf = (path: string) => join(backupsFolder(), createHash('sha256').update(path).digest('hex').slice(0, 16));

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse();
}
