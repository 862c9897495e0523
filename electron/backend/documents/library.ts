import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutDefaults } from '../../../graphs/defaults.ts';
import { nodeIdSchema } from '../../../graphs/document.ts';
import { format, parse } from '../../../graphs/format.ts';
import { catalog } from '../../../nodes/catalog.ts';
import { NodeError } from '../../../nodes/run.ts';
import type { LibraryEntry } from '../contract.ts';
import { userLibrary } from '../paths.ts';
import { readDocument } from './open.ts';
import { saveDocument } from './save.ts';
import { fileTrouble } from './trouble.ts';

/** This user's subgraphs: each a graph file with one node that stands for it, so that it can be opened as a graph too. */

/** By title. A file that cannot be read is left out: it is in nobody's way there. */
export async function listLibrary(): Promise<LibraryEntry[]> {
  const files = await readdir(userLibrary()).catch(() => []);
  const entries = await Promise.all(
    files.flatMap((file) => (file.endsWith('.json') ? readEntry(file.slice(0, -'.json'.length)) : [])),
  );
  return entries.flatMap((entry) => entry ?? []).sort((a, b) => a.title.localeCompare(b.title));
}

async function readEntry(name: string): Promise<LibraryEntry | undefined> {
  try {
    const graph = parse(await readDocument(fileOf(name)));
    return { name, title: graph.title, description: graph.description ?? '', text: format(graph) };
  } catch {
    return undefined;
  }
}

/** Keeps a graph under a name; the former of that name joins its backups. Returns whether there was one. */
export async function saveToLibrary(name: string, text: string): Promise<{ replaced: boolean }> {
  const file = fileOf(name);
  const content = format(withoutDefaults(parse(text), catalog));
  const former = await readDocument(file).catch(() => undefined);
  if (former === content) return { replaced: false };
  await mkdir(userLibrary(), { recursive: true }).catch((error: unknown) => {
    throw fileTrouble(error, userLibrary(), 'saved');
  });
  await saveDocument(file, content);
  return { replaced: former !== undefined };
}

export async function removeFromLibrary(name: string): Promise<void> {
  await rm(fileOf(name), { force: true });
}

/** Names are those of subgraphs, so none leads out of the folder. */
function fileOf(name: string): string {
  if (!nodeIdSchema.safeParse(name).success) throw new NodeError(`"${name}" is not a name for the library.`);
  return join(userLibrary(), `${name}.json`);
}
