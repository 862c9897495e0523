import { cacheBytes, cacheSizeOf } from '../../../nodes/imports/cache-size.ts';
import type { Variant } from '../../../nodes/imports/variants.ts';
import { parseReference } from '../../../nodes/model-reference.ts';
import type { ImportedModel } from '../../../nodes/run.ts';
import { resolveSource } from '../paths.ts';
import { fileMark } from '../runtime/file-mark.ts';
import { machineMemory } from '../runtime/machine.ts';
import { openExport } from './export-folder.ts';
import { configIn, snapshotFolder } from './hub/snapshot.ts';

/** Models that others exported: `file:<folder>`, absolute or from the graph's folder on, and `hf:<owner>/<repo>@<revision>`. */

/** Of the machine's memory: what the weights of one model and its cache may take, where its folder leaves a choice. */
const ROOM_SHARE = 0.4;

/** Rejects with a sentence where the folder is not there, not whole or not understood. */
export async function openImport(
  reference: string,
  variant: Variant | 'auto',
  folder: string | undefined,
): Promise<ImportedModel> {
  const path = await folderOf(reference, folder);
  const size = cacheSizeOf(await configIn(path));
  const cache = size ? cacheBytes(size, 'fp32') : 0;
  return openExport(reference, path, variant, machineMemory() * ROOM_SHARE - cache);
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
