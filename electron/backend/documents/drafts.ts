import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, realpath, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { draftsFolder } from '../paths.ts';
import { isRunning, removeLeftovers, replaceFile } from './save.ts';

/** An open document that has changes which are not saved, as text. */
export const draftSchema = z.object({
  id: z.uuid(),
  title: z.string(),
  /** The file it came from, if any, and the mark that file had. */
  path: z.string().optional(),
  mark: z.string().optional(),
  /** The document as it was opened or last saved. */
  base: z.string(),
  text: z.string(),
});

const storedSchema = draftSchema.extend({ at: z.iso.datetime() });

/** With the time of its last change. */
export type Draft = z.infer<typeof storedSchema>;

const holderSchema = z.object({
  pid: z.number(),
  held: z.array(z.object({ id: z.string(), path: z.string().optional() })),
});

type Held = z.infer<typeof holderSchema>['held'][number];

const SIGN_OF_LIFE_MS = 2000;
/** A backend that gave no sign for so long is gone, whoever has its process number now. */
const SILENT_MS = 5 * SIGN_OF_LIFE_MS;

/**
 * The unsaved work of every open document, on disk. A draft is written whole, synced and renamed before `keep` resolves, so
 * a killed process loses nothing that was acknowledged. Windows hold the drafts they show; one that nobody holds is of a
 * window, or a backend, that ended, and can be recovered.
 */
export class Drafts {
  private readonly held = new Set<Held>();
  private readonly name = `${process.pid}-${randomBytes(6).toString('hex')}.holder`;
  private announced: Promise<void> = Promise.resolve();
  private signs: NodeJS.Timeout | undefined;

  async keep(draft: z.infer<typeof draftSchema>): Promise<void> {
    await mkdir(draftsFolder(), { recursive: true });
    await replaceFile(fileOf(draft.id), JSON.stringify({ ...draft, at: new Date().toISOString() } satisfies Draft));
  }

  async discard(id: string): Promise<void> {
    await rm(fileOf(id), { force: true });
  }

  /** While this goes on a window shows the document: its draft is no one else's, and its file is not written over unasked. */
  async *hold(held: Held, signal: AbortSignal | undefined): AsyncGenerator<'held', void, void> {
    this.held.add(held);
    try {
      await this.announce();
      yield 'held';
      if (signal && !signal.aborted) await once(signal, 'abort');
    } finally {
      this.held.delete(held);
      await this.announce();
    }
  }

  /** Drafts that no window shows, the latest first. */
  async list(): Promise<Draft[]> {
    const shown = new Set((await this.everywhere()).map(({ id }) => id));
    const names = (await readdir(draftsFolder()).catch(() => [])).filter((name) => name.endsWith('.json'));
    const drafts = await Promise.all(names.map((name) => readDraft(join(draftsFolder(), name))));
    const left = drafts.filter((draft) => draft !== undefined).filter(({ id }) => !shown.has(id));
    return left.sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  /** Whether a window shows this file as another document than `id`. */
  async isOpen(path: string, id: string): Promise<boolean> {
    const target = await realpath(path).catch(() => path);
    for (const other of await this.everywhere()) {
      if (other.path === undefined || other.id === id) continue;
      if ((await realpath(other.path).catch(() => other.path)) === target) return true;
    }
    return false;
  }

  /** Removes what killed processes left behind. */
  async tidy(): Promise<void> {
    await removeLeftovers(draftsFolder());
    for (const name of await holders()) {
      if ((await readHolder(name)) === undefined) await rm(join(draftsFolder(), name), { force: true }).catch(() => {});
    }
  }

  /** What windows hold, those of other backends over the same folder among them. */
  private async everywhere(): Promise<Held[]> {
    const others = (await holders()).filter((name) => name !== this.name);
    return [...this.held, ...(await Promise.all(others.map(readHolder))).flatMap((held) => held ?? [])];
  }

  /** Tells other backends what is held here, one writing after another. */
  private announce(): Promise<void> {
    this.announced = this.announced.then(() => this.writeHolder()).catch(() => {});
    return this.announced;
  }

  private async writeHolder(): Promise<void> {
    const path = join(draftsFolder(), this.name);
    clearInterval(this.signs);
    if (this.held.size === 0) return rm(path, { force: true });
    await mkdir(draftsFolder(), { recursive: true });
    await replaceFile(path, JSON.stringify({ pid: process.pid, held: [...this.held] }));
    const sign = () => void utimes(path, new Date(), new Date()).catch(() => {});
    this.signs = setInterval(sign, SIGN_OF_LIFE_MS).unref();
  }
}

const fileOf = (id: string) => join(draftsFolder(), `${id}.json`);

async function holders(): Promise<string[]> {
  return (await readdir(draftsFolder()).catch(() => [])).filter((name) => name.endsWith('.holder'));
}

/** What a backend holds; nothing where it ended. */
async function readHolder(name: string): Promise<Held[] | undefined> {
  const path = join(draftsFolder(), name);
  try {
    const { pid, held } = holderSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    const silent = Date.now() - (await stat(path)).mtimeMs > SILENT_MS;
    return silent || !isRunning(pid) ? undefined : held;
  } catch {
    return undefined;
  }
}

async function readDraft(path: string): Promise<Draft | undefined> {
  try {
    return storedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
