import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Reasoning, reasoningSchema } from '../../../graphs/reasoning.ts';
import { NodeError } from '../../../nodes/run.ts';
import { replaceFile } from '../documents/save.ts';
import { fileTrouble } from '../documents/trouble.ts';
import { Journal } from '../journal.ts';
import { dataFolder } from '../paths.ts';
import type { Cell } from './cells.ts';
import { journaled } from './journal.ts';
import type { ReasoningEntry, ReasoningNews } from './news.ts';
import { resultOf } from './points.ts';
import { graphIn, setupOf } from './request.ts';
import { type ReasoningRequest, reasoningRequestSchema } from './schema.ts';
import { type Setup, turnsIn } from './setup.ts';

/**
 * Measurements of the app, a folder each: what was asked for, and either the journal of one that has not ended or the result of
 * one that has.
 */
const measurements = () => join(dataFolder(), 'reasoning');
const folderOf = (id: string) => join(measurements(), id);
const requestIn = (folder: string) => join(folder, 'request.json');
const journalIn = (folder: string) => join(folder, 'cells.journal');
const resultIn = (folder: string) => join(folder, 'result.json');

const ID = /^[0-9a-f-]{36}$/;

const keptSchema = z.object({
  title: z.string(),
  began: z.string(),
  searches: z.int().min(1),
  request: reasoningRequestSchema,
});

/** One that is kept. */
export interface Stored {
  readonly id: string;
  readonly title: string;
  readonly setup: Setup;
  /** Its journal, open for more cells; close it. */
  journal(): Promise<Journal<Cell>>;
  finish(result: Reasoning): Promise<void>;
  /** How it stands, where it does not run. */
  told(): Promise<ReasoningNews>;
}

/** Begins one. */
export async function createStored(request: ReasoningRequest, setup: Setup): Promise<Stored> {
  const id = randomUUID();
  const title = `${request.name} on ${setup.data.name}`;
  const kept = { title, began: new Date().toISOString(), searches: turnsIn(setup).length, request };
  const folder = folderOf(id);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileTrouble(error, folder, 'saved');
  });
  await replaceFile(requestIn(folder), JSON.stringify(kept));
  await (await Journal.start(journalIn(folder), journaled(setup))).close();
  return storedAs(id, title, setup);
}

/** Rejects where there is none, or what it was of has changed so that it makes no measurement any more. */
export async function openStored(id: string): Promise<Stored> {
  const kept = ID.test(id) ? await keptIn(folderOf(id)) : undefined;
  if (!kept) throw new NodeError('This measurement is not there any more.', 'Start another.');
  return storedAs(id, kept.title, await setupOf(graphIn(kept.request), kept.request));
}

function storedAs(id: string, title: string, setup: Setup): Stored {
  const folder = folderOf(id);
  const searches = turnsIn(setup).length;
  const journal = () => Journal.resume(journalIn(folder), journaled(setup));
  return {
    id,
    title,
    setup,
    journal,
    async finish(result) {
      await replaceFile(resultIn(folder), JSON.stringify(result));
      await rm(journalIn(folder));
    },
    async told() {
      const finished = await finishedIn(folder);
      if (finished) return { title, searches, done: searches, status: 'finished', result: finished };
      const stopped = await journal();
      await stopped.close();
      const { cells } = stopped;
      return { title, searches, done: cells.length, status: 'stopped', result: resultOf(setup, turnsIn(setup), cells) };
    },
  };
}

/** The latest first; a folder that holds none is passed over. */
export async function listStored(): Promise<ReasoningEntry[]> {
  const ids = (await readdir(measurements()).catch(() => [])).filter((name) => ID.test(name));
  const entries = await Promise.all(ids.map(entryOf));
  return entries.flat().sort((a, b) => (a.began < b.began ? 1 : -1));
}

async function entryOf(id: string): Promise<ReasoningEntry[]> {
  const folder = folderOf(id);
  const kept = await keptIn(folder);
  if (!kept) return [];
  const journal = await readFile(journalIn(folder), 'utf8').catch(() => undefined);
  const { title, began, searches } = kept;
  const done = journal === undefined ? searches : Math.max(0, journal.split('\n').length - 2);
  return [{ id, title, began, searches, done, status: journal === undefined ? 'finished' : 'stopped' }];
}

export async function removeStored(id: string): Promise<void> {
  if (ID.test(id)) await rm(folderOf(id), { recursive: true, force: true });
}

async function keptIn(folder: string) {
  return await readFile(requestIn(folder), 'utf8').then(
    (text) => keptSchema.parse(JSON.parse(text)),
    () => undefined,
  );
}

async function finishedIn(folder: string): Promise<Reasoning | undefined> {
  return await readFile(resultIn(folder), 'utf8').then(
    (text) => reasoningSchema.parse(JSON.parse(text)),
    () => undefined,
  );
}
