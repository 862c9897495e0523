import { dirname, resolve } from 'node:path';
import { DocumentError, type GraphDocument } from '../../graphs/document.ts';
import { parse } from '../../graphs/format.ts';
import { type Flat, soundFlat } from '../../graphs/subgraphs.ts';
import { NodeError } from '../../nodes/run.ts';
import { readDocument } from '../backend/documents/open.ts';
import { type Setting, withSettings } from '../backend/documents/settings.ts';
import { EngineProcess } from '../backend/engine/process.ts';
import { engineScript } from '../backend/paths.ts';
import { Failure } from './failure.ts';

export interface LoadedGraph {
  readonly document: GraphDocument;
  /** What the outputs of each subgraph carry; empty where the graph has none. */
  readonly carried: Flat['outputs'];
  /** Folder that relative file names in the graph refer to. */
  readonly folder: string;
}

/** Reads a graph, subgraphs put in the place of their nodes, and overrides parameters; every failure names the file and the place in it. */
export async function loadGraph(path: string, overrides: readonly string[] = []): Promise<LoadedGraph> {
  const text = await readDocument(path);
  const { document, outputs: carried } = inFile(path, () => soundFlat(parse(text)));
  return { document: override(document, overrides), carried, folder: dirname(resolve(path)) };
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

/** Overrides parameters: `--set node.param=value`. */
export function override(document: GraphDocument, settings: readonly string[]): GraphDocument {
  try {
    return withSettings(document, settings.map(settingIn));
  } catch (error) {
    if (error instanceof NodeError) throw new Failure(`--set ${error.message}`);
    throw error;
  }
}

function settingIn(text: string): Setting {
  const [, place, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (place === undefined || value === undefined) throw new NodeError(`${text}: expected node.param=value`);
  return { place, text: value };
}

export function startEngine(): EngineProcess {
  return new EngineProcess(engineScript());
}
