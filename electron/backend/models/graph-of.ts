import { basename } from 'node:path';
import { format } from '../../../graphs/format.ts';
import { graphOf } from '../../../nodes/imports/graph.ts';
import { parseReference } from '../../../nodes/model-reference.ts';
import { openImport } from './imports.ts';

/** The text of a graph with the parts of an `hf:` or `file:` model. Rejects with a sentence where it is not there or holds none. */
export async function graphText(reference: string, folder?: string): Promise<string> {
  const { name } = parseReference(reference);
  const { facts } = await openImport(reference, 'auto', folder);
  return format(graphOf(reference, basename(name.replace(/@.*$/, '')), facts));
}
