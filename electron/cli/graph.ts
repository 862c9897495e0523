import { dirname, resolve } from 'node:path';
import { DocumentError, type GraphDocument } from '../../graphs/document.ts';
import { parse } from '../../graphs/format.ts';
import { flatten } from '../../graphs/subgraphs.ts';
import { didYouMean } from '../../graphs/suggest.ts';
import { catalog } from '../../nodes/catalog.ts';
import { readDocument } from '../backend/documents/open.ts';
import { EngineProcess } from '../backend/engine/process.ts';
import { engineScript } from '../backend/paths.ts';
import { Failure } from './failure.ts';

export interface LoadedGraph {
  readonly document: GraphDocument;
  /** Folder that relative file names in the graph refer to. */
  readonly folder: string;
}

/** Reads a graph, subgraphs put in the place of their nodes, and overrides parameters; every failure names the file and the place in it. */
export async function loadGraph(path: string, overrides: readonly string[] = []): Promise<LoadedGraph> {
  const text = await readDocument(path);
  const document = inFile(path, () => flat(parse(text)));
  return { document: override(document, overrides), folder: dirname(resolve(path)) };
}

function flat(read: GraphDocument): GraphDocument {
  const { document, problems } = flatten(read);
  if (problems.length > 0) throw new DocumentError(problems);
  return document;
}

/** Puts the file's name before the first problem of a document, as one line. */
export function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DocumentError) throw new Failure(`${path}: ${error.message}`);
    throw error;
  }
}

/** `--set node.param=value` (or another option of that form): JSON where the parameter takes it (`0.7`, `true`, `[1, 2]`), otherwise the text as it is. */
export function override(document: GraphDocument, settings: readonly string[], option = '--set'): GraphDocument {
  const changed = structuredClone(document);
  for (const setting of settings) {
    const [, id, name, value] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(setting) ?? [];
    if (id === undefined || name === undefined || value === undefined)
      throw new Failure(`${option} ${setting}: expected node.param=value`);
    const node = Object.hasOwn(changed.nodes, id) ? changed.nodes[id] : undefined;
    if (!node)
      throw new Failure(`${option} ${setting}: there is no node "${id}"${didYouMean(id, Object.keys(changed.nodes))}`);
    node.params = { ...node.params, [name]: valueFor(node.kind, name, value) };
  }
  return changed;
}

function valueFor(kind: string, name: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const parsed = catalog.get(kind)?.parseParams({ [name]: value });
  return parsed && 'problems' in parsed && typeof value !== 'string' && acceptsText(kind, name, text) ? text : value;
}

function acceptsText(kind: string, name: string, text: string): boolean {
  const parsed = catalog.get(kind)?.parseParams({ [name]: text });
  return parsed !== undefined && 'params' in parsed;
}

export function startEngine(): EngineProcess {
  return new EngineProcess(engineScript());
}
