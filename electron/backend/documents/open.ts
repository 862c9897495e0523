import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { holdsComparison } from '../../../graphs/comparison.ts';
import { format, parse } from '../../../graphs/format.ts';
import { graphInPicture, pictureKind } from '../../../graphs/picture.ts';
import { holdsReasoning } from '../../../graphs/reasoning.ts';
import { NodeError } from '../../../nodes/run.ts';
import type { ExampleEntry, FolderEntry } from '../contract.ts';
import { appRoot } from '../paths.ts';
import { markOfFile } from './save.ts';
import { fileTrouble } from './trouble.ts';

/** A graph is a few kilobytes; what is larger than this is another kind of file. */
const LARGEST_DOCUMENT = 32 * 1024 * 1024;

/** The text of a file as it is, or that of the graph in an exported picture. Rejects with one sentence that names it. */
export async function readDocument(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_DOCUMENT)
      throw new NodeError(`"${path}" was not opened: it has ${Math.round(size / 1e6)} MB, too many for a graph.`);
    return textIn(await readFile(path), path);
  } catch (error) {
    throw fileTrouble(error, path, 'opened');
  }
}

function textIn(bytes: Uint8Array, path: string): string {
  if (!pictureKind(bytes)) return new TextDecoder().decode(bytes);
  const text = graphInPicture(bytes);
  if (text !== undefined) return text;
  const hint = 'Open a picture that Patchbay exported, or drop this one on the canvas to use it as an image.';
  throw new NodeError(`"${path}" is a picture that holds no graph.`, hint);
}

/** Reads, migrates and formats a document; the result of a comparison is left as it is. Throws `DocumentError` with the first problem's path where it cannot be used. */
export async function openDocument(path: string): Promise<string> {
  const text = await readDocument(path);
  return holdsComparison(text) || holdsReasoning(text) ? text : format(parse(text));
}

/** With the mark of the file, by which a save tells whether it is still the same; a picture has none, since no graph is saved over it. */
export async function openFile(path: string): Promise<{ path: string; text: string; mark?: string }> {
  const mark = await markOfFile(path);
  const text = await openDocument(path);
  return pictureKind(await readFile(path)) ? { path, text } : { path, text, mark };
}

const examplesFolder = () => join(appRoot(), 'graphs', 'examples');

/** The graphs that ship, the one the app opens with first. */
export async function listExamples(): Promise<ExampleEntry[]> {
  const files = (await readdir(examplesFolder())).filter((file) => file.endsWith('.json')).sort();
  const entries = await Promise.all(
    files.map(async (file): Promise<ExampleEntry> => {
      const graph = parse(await readDocument(join(examplesFolder(), file)));
      return {
        name: file.slice(0, -'.json'.length),
        title: graph.title,
        description: graph.description ?? '',
        visualTokens: graph.expected?.visualTokens,
        text: format(graph),
      };
    }),
  );
  return entries.sort((a, b) => Number(b.name === 'start') - Number(a.name === 'start'));
}

export async function openExample(name: string): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw new NodeError(`There is no example "${name}".`);
  return openDocument(join(examplesFolder(), `${name}.json`));
}

/** Sub-folders and graphs, or other files, of a folder, for the app's own open and save dialogs; hidden ones are left out. */
export async function listFolder(
  path: string,
  extension = '.json',
): Promise<{ folder: string; parent?: string; entries: FolderEntry[] }> {
  const folder = resolve(path);
  // A picture may hold a graph too.
  const listed = extension === '.json' ? /\.(json|png|svg)$/i : undefined;
  const isListed = (name: string) => listed?.test(name) ?? name.endsWith(extension);
  try {
    const entries = (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || isListed(entry.name)))
      .map((entry) => ({ name: entry.name, path: join(folder, entry.name), folder: entry.isDirectory() }))
      .sort((a, b) => Number(b.folder) - Number(a.folder) || a.name.localeCompare(b.name));
    const parent = dirname(folder);
    return { folder, parent: parent === folder ? undefined : parent, entries };
  } catch (error) {
    throw fileTrouble(error, folder, 'listed');
  }
}
