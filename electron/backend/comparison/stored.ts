import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Comparison, comparisonSchema } from '../../../graphs/comparison.ts';
import { NodeError } from '../../../nodes/run.ts';
import { replaceFile } from '../documents/save.ts';
import { fileTrouble } from '../documents/trouble.ts';
import { Journal } from '../journal.ts';
import { dataFolder } from '../paths.ts';
import type { Cell } from './cells.ts';
import { journaled } from './journal.ts';
import type { CellNews, ComparisonEntry, ComparisonNews } from './news.ts';
import { graphsIn, setupOf } from './request.ts';
import { resultOf } from './result.ts';
import { type ComparisonRequest, requestSchema } from './schema.ts';
import { type Setup, turnsIn } from './setup.ts';

/**
 * Comparisons of the app, a folder each: what was asked for, and either the journal of one that has not ended or the
 * result of one that has.
 */
const comparisons = () => join(dataFolder(), 'comparisons');
const folderOf = (id: string) => join(comparisons(), id);
const requestIn = (folder: string) => join(folder, 'request.json');
const journalIn = (folder: string) => join(folder, 'cells.journal');
const resultIn = (folder: string) => join(folder, 'result.json');

const ID = /^[0-9a-f-]{36}$/;

const keptSchema = z.object({
  title: z.string(),
  began: z.string(),
  runs: z.int().min(1),
  items: z.int().min(1),
  graphs: z.array(z.string()),
  request: requestSchema,
});

type Kept = z.infer<typeof keptSchema>;

/** One that is kept. */
export interface Stored {
  readonly id: string;
  readonly kept: Kept;
  readonly setup: Setup;
  /** Its journal, open for more cells; close it. */
  journal(): Promise<Journal<Cell>>;
  finish(result: Comparison): Promise<void>;
  /** How it stands, where it does not run. */
  told(): Promise<ComparisonNews>;
}

/** Begins one. */
export async function createStored(request: ComparisonRequest, setup: Setup, runs: number): Promise<Stored> {
  const id = randomUUID();
  const kept: Kept = {
    title: titleOf(request, setup),
    began: new Date().toISOString(),
    runs,
    items: setup.data?.n ?? 1,
    graphs: setup.variants.map(({ graph }) => graph),
    request,
  };
  const folder = folderOf(id);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileTrouble(error, folder, 'saved');
  });
  await replaceFile(requestIn(folder), JSON.stringify(kept));
  await (await Journal.start(journalIn(folder), journaled(setup))).close();
  return storedAs(id, kept, setup);
}

/** Rejects where there is none, or what it was of has changed so that it makes no comparison any more. */
export async function openStored(id: string): Promise<Stored> {
  const kept = ID.test(id) ? await keptIn(folderOf(id)) : undefined;
  if (!kept) throw new NodeError('This comparison is not there any more.', 'Start another.');
  return storedAs(id, kept, await setupOf(graphsIn(kept.request), kept.request));
}

function storedAs(id: string, kept: Kept, setup: Setup): Stored {
  const folder = folderOf(id);
  const stored: Stored = {
    id,
    kept,
    setup,
    journal: () => Journal.resume(journalIn(folder), journaled(setup)),
    async finish(result) {
      await replaceFile(resultIn(folder), JSON.stringify(result));
      await rm(journalIn(folder));
    },
    async told() {
      const { title, graphs, items, runs } = kept;
      const head = { title, graphs, items, runs };
      const finished = await finishedIn(folder);
      if (finished) return { ...head, done: runs, status: 'finished', cells: [], result: finished };
      const journal = await stored.journal();
      await journal.close();
      const { cells } = journal;
      const result = resultOf(setup, turnsIn(setup), cells);
      return { ...head, done: cells.length, status: 'stopped', cells: cells.map(cellNews), result };
    },
  };
  return stored;
}

/** The latest first; a folder that holds none is passed over. */
export async function listStored(): Promise<ComparisonEntry[]> {
  const ids = (await readdir(comparisons()).catch(() => [])).filter((name) => ID.test(name));
  const entries = await Promise.all(ids.map(entryOf));
  return entries.flat().sort((a, b) => (a.began < b.began ? 1 : -1));
}

async function entryOf(id: string): Promise<ComparisonEntry[]> {
  const folder = folderOf(id);
  const kept = await keptIn(folder);
  if (!kept) return [];
  const journal = await readFile(journalIn(folder), 'utf8').catch(() => undefined);
  const { title, began, runs } = kept;
  const done = journal === undefined ? runs : Math.max(0, journal.split('\n').length - 2);
  return [{ id, title, began, runs, done, status: journal === undefined ? 'finished' : 'stopped' }];
}

export async function removeStored(id: string): Promise<void> {
  if (ID.test(id)) await rm(folderOf(id), { recursive: true, force: true });
}

async function keptIn(folder: string): Promise<Kept | undefined> {
  return await readFile(requestIn(folder), 'utf8').then(
    (text) => keptSchema.parse(JSON.parse(text)),
    () => undefined,
  );
}

async function finishedIn(folder: string): Promise<Comparison | undefined> {
  return await readFile(resultIn(folder), 'utf8').then(
    (text) => comparisonSchema.parse(JSON.parse(text)),
    () => undefined,
  );
}

/** `LLaVA (tiny), BLIP-2 (tiny) on shapes` */
function titleOf({ graphs, sweeps }: ComparisonRequest, { data }: Setup): string {
  const names = graphs.map(({ name }) => name).join(', ');
  const swept = sweeps.length > 0 ? ` over ${sweeps.map(({ place }) => place).join(', ')}` : '';
  return `${names}${swept}${data ? ` on ${data.name}` : ''}`;
}

export function cellNews({ variant, item, round, judged, measured }: Cell): CellNews {
  return {
    variant,
    item,
    round,
    ...(judged && { right: judged.right }),
    ...(measured && { ms: measured.totalMs }),
  };
}
