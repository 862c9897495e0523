import { totalmem } from 'node:os';
import type { Variant } from '../../../nodes/imports/variants.ts';
import { parseReference } from '../../../nodes/model-reference.ts';
import type { ImportedModel } from '../../../nodes/run.ts';
import { resolveSource } from '../paths.ts';
import { fileMark } from '../runtime/file-mark.ts';
import { openExport } from './export-folder.ts';
import { snapshotFolder } from './hub/snapshot.ts';

/** Models that others exported: `file:<folder>`, absolute or from the graph's folder on, and `hf:<owner>/<repo>@<revision>`. */

/** Of the machine's memory: what the weights of one model may take, where its folder leaves a choice. */
const ROOM_SHARE = 0.4;

/** Rejects with a sentence where the folder is not there, not whole or not understood. */
export async function openImport(
  reference: string,
  variant: Variant | 'auto',
  folder: string | undefined,
): Promise<ImportedModel> {
  return openExport(reference, await folderOf(reference, folder), variant, totalmem() * ROOM_SHARE);
}

/** Changes when a file of the model does. */
export async function importDigest(reference: string, folder: string | undefined): Promise<string> {
  const path = await folderOf(reference, folder).catch(() => undefined);
  if (path === undefined) return 'missing';
  return (await Promise.all([path, `${path}/onnx`].map(fileMark))).join();
}

async function folderOf(reference: string, folder: string | undefined): Promise<string> {
  const { source, name } = parseReference(reference);
  return source === 'file' ? resolveSource(name, folder) : snapshotFolder(reference);
}
