import { snapshotFolder } from '../backend/models/hub/snapshot.ts';
import { listModels, removeModel } from '../backend/models/manager.ts';
import { findModel } from '../backend/models/stored.ts';
import { sizeText } from './numbers.ts';
import { table } from './table.ts';

export async function printModels({ json }: { readonly json?: boolean }): Promise<void> {
  const entries = await listModels(undefined);
  if (json) return console.log(JSON.stringify(entries, null, 2));
  const rows = entries.map(({ reference, source, bytes, licence, variants, usedBy }) => [
    reference,
    sizeText(bytes),
    variants.join(', ') || (source === 'hub' ? 'in part' : ''),
    licence ?? '',
    usedBy.length === 0 ? '' : `${usedBy.length} ${usedBy.length === 1 ? 'graph' : 'graphs'}`,
  ]);
  console.log(table(['model', 'size', 'precisions', 'licence', 'used by'], rows));
}

export async function removeHere(model: string): Promise<void> {
  const reference = stored(model) ? model : `hf:${model.replace(/^hf:/, '')}`;
  await removeModel(reference);
  console.log(`removed ${reference}`);
}

/** Rejects with a sentence where the model is not here, or not whole. */
export async function pathOf(model: string): Promise<string> {
  return stored(model) ? (await findModel(model)).folder : snapshotFolder(model);
}

const stored = (model: string) => /^(tiny|trained):/.test(model);
