import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { NodeError } from '../../../nodes/run.ts';
import { replaceFile } from '../documents/save.ts';
import { fileTrouble } from '../documents/trouble.ts';
import { dataFolder } from '../paths.ts';
import { Journal, type Journaled } from './journal.ts';
import type { Kind } from './kind.ts';
import type { Entry } from './news.ts';

const requestIn = (folder: string) => join(folder, 'request.json');
const journalIn = (folder: string) => join(folder, 'cells.journal');
const resultIn = (folder: string) => join(folder, 'result.json');

const ID = /^[0-9a-f-]{36}$/;

const beganSchema = z.object({ began: z.string() });

type Kept<Request, Told> = { readonly began: string; readonly told: Told; readonly request: Request };

/**
 * Measurements of a kind, a folder each: what was asked for, and either the journal of one that has not ended or the result of
 * one that has.
 */
export class Store<Request, Told, Result> {
  constructor(
    private readonly kind: Pick<
      Kind<Request, Told, never, Result, never>,
      'name' | 'folder' | 'requestSchema' | 'toldSchema' | 'resultSchema' | 'runs'
    >,
  ) {}

  /** Begins one. Returns its id. */
  async create<Cell>(request: Request, told: Told, journaled: Journaled<Cell>): Promise<string> {
    const id = randomUUID();
    const folder = this.folderOf(id);
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw fileTrouble(error, folder, 'saved');
    });
    await replaceFile(requestIn(folder), JSON.stringify({ ...told, began: new Date().toISOString(), request }));
    await (await Journal.start(journalIn(folder), journaled)).close();
    return id;
  }

  /** What was asked for. Rejects where there is none. */
  async open(id: string): Promise<Kept<Request, Told>> {
    const kept = ID.test(id) ? await this.keptOf(id) : undefined;
    if (!kept) throw new NodeError(`This ${this.kind.name} is not there any more.`, 'Start another.');
    return kept;
  }

  /** The journal of one, open for more cells; close it. */
  journal<Cell>(id: string, journaled: Journaled<Cell>): Promise<Journal<Cell>> {
    return Journal.resume(journalIn(this.folderOf(id)), journaled);
  }

  async finish(id: string, result: Result): Promise<void> {
    const folder = this.folderOf(id);
    await replaceFile(resultIn(folder), JSON.stringify(result));
    await rm(journalIn(folder));
  }

  /** Of one that has ended. */
  async result(id: string): Promise<Result | undefined> {
    const result = await jsonIn(resultIn(this.folderOf(id)));
    return result === undefined ? undefined : this.kind.resultSchema.parse(result);
  }

  /** The latest first; a folder that holds none, or one that is damaged, is passed over. */
  async list(): Promise<Entry<Told>[]> {
    const ids = (await readdir(this.folder()).catch(() => [])).filter((name) => ID.test(name));
    const entries = await Promise.all(ids.map((id) => this.entryOf(id)));
    return entries.flat().sort((a, b) => (a.began < b.began ? 1 : -1));
  }

  async remove(id: string): Promise<void> {
    if (ID.test(id)) await rm(this.folderOf(id), { recursive: true, force: true });
  }

  private async entryOf(id: string): Promise<Entry<Told>[]> {
    const kept = await this.keptOf(id).catch(() => undefined);
    if (!kept) return [];
    const { told, began } = kept;
    const journal = await readFile(journalIn(this.folderOf(id)), 'utf8').catch(() => undefined);
    const done = journal === undefined ? this.kind.runs(told) : Math.max(0, journal.split('\n').length - 2);
    return [{ ...told, id, began, done, status: journal === undefined ? 'finished' : 'stopped' }];
  }

  private async keptOf(id: string): Promise<Kept<Request, Told> | undefined> {
    const kept = await jsonIn(requestIn(this.folderOf(id)));
    if (kept === undefined) return undefined;
    const { requestSchema, toldSchema } = this.kind;
    const { request } = z.object({ request: requestSchema }).parse(kept);
    return { ...beganSchema.parse(kept), told: toldSchema.parse(kept), request };
  }

  private folder(): string {
    return join(dataFolder(), this.kind.folder);
  }

  private folderOf(id: string): string {
    return join(this.folder(), id);
  }
}

/** Undefined where there is no such file. */
async function jsonIn(path: string): Promise<unknown> {
  return await readFile(path, 'utf8').then(
    (text): unknown => JSON.parse(text),
    () => undefined,
  );
}
