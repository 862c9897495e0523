import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { saveDocument } from '../backend/documents/save.ts';
import { graphText } from '../backend/models/graph-of.ts';

export interface GraphFlags {
  readonly out?: string;
}

/** Prints or writes a graph with the parts of a model: `hf:owner/name`, `owner/name`, or a folder. */
export async function printGraph(model: string, { out }: GraphFlags): Promise<void> {
  const text = await graphText(referenceOf(model));
  if (out === undefined) return console.log(text.trimEnd());
  await saveDocument(resolve(out), text);
  console.log(`${out}: a graph of ${model}`);
}

function referenceOf(model: string): string {
  if (model.startsWith('hf:')) return model;
  const folder = model.replace(/^file:/, '');
  return model.startsWith('file:') || existsSync(folder) ? `file:${resolve(folder)}` : `hf:${model}`;
}
