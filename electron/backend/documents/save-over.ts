import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SaveConflict, SaveOutcome } from '../contract.ts';
import type { Drafts } from './drafts.ts';
import { openDocument } from './open.ts';
import { markOfFile, saveDocument } from './save.ts';

interface Wanted {
  readonly path: string;
  readonly text: string;
  /** The document that is saved, as its window holds it. */
  readonly id?: string;
  /** The mark of the file as it was opened or last saved by that window. */
  readonly known?: string;
  /** What the person was asked about and agreed to. */
  readonly agreed?: readonly SaveConflict[];
}

/** Saves a document; says what stands in the way instead where it would write over what is not its own. */
export async function saveOver(
  { path, text, id = '', known, agreed = [] }: Wanted,
  drafts: Drafts,
): Promise<SaveOutcome> {
  const found = await conflictsOf(path, id, known, drafts);
  const conflict = found.find((one) => !agreed.includes(one));
  if (conflict) return { conflict, text: await openDocument(path).catch(() => undefined) };
  await mkdir(dirname(path), { recursive: true });
  return { path, mark: await saveDocument(path, text) };
}

async function conflictsOf(
  path: string,
  id: string,
  known: string | undefined,
  drafts: Drafts,
): Promise<SaveConflict[]> {
  const now = await markOfFile(path);
  const conflicts: SaveConflict[] = [];
  if (await drafts.isOpen(path, id)) conflicts.push('open');
  if (now !== undefined && now !== known) conflicts.push(known === undefined ? 'exists' : 'changed');
  return conflicts;
}
