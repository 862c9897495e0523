import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isRunning } from '../../documents/save.ts';

/** Who holds a lock, as it stands in its file. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Of this taking: a process may take a lock more than once. */
  readonly id: string;
}

/** The file is touched this often, and is nobody's after so long: its holder may be on another machine. */
const TOUCH_MS = 5_000;
const DEAD_MS = 60_000;
const ASK_MS = 250;

/**
 * Does `act` while this process alone holds the lock at `path`. Waits while another does, which `waiting` is told once; the
 * lock of a process that is dead is taken over.
 */
export async function locked<T>(
  path: string,
  signal: AbortSignal,
  waiting: () => void,
  act: () => Promise<T>,
): Promise<T> {
  const holder: Holder = { pid: process.pid, host: hostname(), id: randomUUID() };
  await mkdir(dirname(path), { recursive: true });
  for (let told = false; !(await taken(path, holder)); ) {
    if (!told) waiting();
    told = true;
    await wait(ASK_MS, undefined, { signal });
  }
  const touching = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), TOUCH_MS);
  try {
    return await act();
  } finally {
    clearInterval(touching);
    if ((await holderOf(path))?.id === holder.id) await rm(path, { force: true });
  }
}

/** Whether a process that lives holds the lock. */
export async function isLocked(path: string): Promise<boolean> {
  const holder = await holderOf(path);
  return holder !== undefined && (await lives(path, holder));
}

async function taken(path: string, holder: Holder): Promise<boolean> {
  if (await written(path, holder)) return true;
  const other = await holderOf(path);
  if (other && (await lives(path, other))) return false;
  await cleared(path, other);
  return written(path, holder);
}

/** A lock appears whole: a file of its own is written first, then linked to the name. */
async function written(path: string, holder: Holder): Promise<boolean> {
  const own = `${path}.${holder.id}`;
  await writeFile(own, JSON.stringify(holder));
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // Disks without hard links: then the name is taken by whoever creates it.
    return await writeFile(path, JSON.stringify(holder), { flag: 'wx' }).then(
      () => true,
      (refused: NodeJS.ErrnoException) => {
        if (refused.code === 'EEXIST') return false;
        throw refused;
      },
    );
  } finally {
    await rm(own, { force: true });
  }
}

/** Takes a dead holder's file away; one that another put there in the meantime goes back. */
async function cleared(path: string, dead: Holder | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const found = await holderOf(aside);
  if (found?.id !== dead?.id) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

async function lives(path: string, { pid, host }: Holder): Promise<boolean> {
  const touched = await stat(path).catch(() => undefined);
  if (!touched || Date.now() - touched.mtimeMs > DEAD_MS) return false;
  return host !== hostname() || isRunning(pid);
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}
