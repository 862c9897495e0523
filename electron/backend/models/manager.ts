import { readdir, rm } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { parseReference } from '../../../nodes/model-reference.ts';
import { tinyCards } from '../../../nodes/models/index.ts';
import { NodeError } from '../../../nodes/run.ts';
import type { ModelEntry, VariantEntry } from '../contract.ts';
import { shippedModels } from '../paths.ts';
import { blobOf, keptListing, lockOf, removeSnapshot, repoFolder, type Snapshot, snapshots } from './hub/cache.ts';
import { fits, type Machine, type SizedFile, suggested, type VariantFiles, variantsOf } from './hub/choice.ts';
import { bytesHere, sizeOf } from './hub/download.ts';
import { isLocked } from './hub/lock.ts';
import { lookAt } from './hub/pull.ts';
import { parseRepo, referenceOf } from './hub/repo.ts';
import { cachedAt } from './hub/snapshot.ts';
import { findModel, listTrained } from './stored.ts';
import { modelUses } from './uses.ts';

/** Every model on this machine: downloaded, in folders that graphs name, trained here, shipped. `text` is the graph that is open, for who uses what. */
export async function listModels(text: string | undefined): Promise<ModelEntry[]> {
  const uses = await modelUses(text);
  const folders = await folderEntries([...uses.keys()]);
  const entries = [...(await hubEntries()), ...folders, ...(await trainedEntries()), ...tinyEntries()];
  return entries.map((entry) => ({ ...entry, usedBy: uses.get(entry.reference) ?? [] }));
}

type Entry = Omit<ModelEntry, 'usedBy'>;

async function hubEntries(): Promise<Entry[]> {
  const entries = (await snapshots()).map(async (snapshot): Promise<Entry[]> => {
    const found = await cachedAt(snapshot.repo.name, snapshot.commit);
    // What holds no export belongs to other tools.
    if (!found || (found.variants.length === 0 && found.missing.length === 0)) return [];
    const bytes = await bytesOf(snapshot);
    // Looked at and refused, by a gate say: nothing came.
    if (bytes === 0) return [];
    return [
      {
        reference: referenceOf(snapshot.repo),
        source: 'hub',
        title: snapshot.repo.name,
        commit: snapshot.commit,
        licence: found.licence,
        folder: snapshot.folder,
        bytes,
        variants: found.variants.map(({ variant }) => variant),
      },
    ];
  });
  return (await Promise.all(entries)).flat();
}

/** Of the `file:` models among these; one that lies beside its graph is that graph's, and one that is gone is none. */
async function folderEntries(references: readonly string[]): Promise<Entry[]> {
  const entries = references.map(async (reference): Promise<Entry[]> => {
    const { source, name: folder } = parseReference(reference);
    if (source !== 'file' || !isAbsolute(folder)) return [];
    const files = await exportFiles(folder);
    const variants = variantsOf(files).map(({ variant }) => variant);
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return variants.length === 0
      ? []
      : [{ reference, source: 'folder', title: basename(folder), folder, bytes, variants }];
  });
  return (await Promise.all(entries)).flat();
}

/** Those of the folder itself and of `onnx/` in it: a graph may name a folder that holds a whole disk. */
async function exportFiles(folder: string): Promise<SizedFile[]> {
  const parts = ['', 'onnx/'].map(async (part) => {
    const entries = await readdir(join(folder, part), { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => part + name);
    return Promise.all(names.map(async (path) => ({ path, size: await sizeOf(join(folder, path)) })));
  });
  return (await Promise.all(parts)).flat().flatMap(({ path, size }) => (size === undefined ? [] : { path, size }));
}

/** Bytes on disk of a snapshot and of what came for it so far. */
async function bytesOf({ repo, commit }: Snapshot): Promise<number> {
  const home = repoFolder(repo.name);
  const listing = await keptListing(home, commit);
  const sizes = listing
    ? await Promise.all(listing.files.map((file) => bytesHere(blobOf(home, file))))
    : ((await cachedAt(repo.name, commit))?.files ?? []).map(({ size }) => size);
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function trainedEntries(): Promise<Entry[]> {
  const entries = (await listTrained()).map(async ({ reference, title }): Promise<Entry> => {
    const { card, folder } = await findModel(reference);
    return { reference, source: 'trained', title, folder, bytes: card.weights.bytes, variants: [] };
  });
  return Promise.all(entries);
}

function tinyEntries(): Entry[] {
  return tinyCards.map(({ name, title, weights }) => ({
    reference: `tiny:${name}`,
    source: 'tiny' as const,
    title,
    licence: 'mit',
    folder: join(shippedModels(), name),
    bytes: weights.bytes,
    variants: [],
  }));
}

/** Takes a model from the disk. Rejects with a sentence where it is not here, ships, or is being downloaded. */
export async function removeModel(reference: string): Promise<void> {
  if (reference.startsWith('tiny:'))
    throw new NodeError(
      `${reference} ships with Patchbay and is not removed.`,
      'Only downloaded and trained models are.',
    );
  if (reference.startsWith('trained:')) {
    const { folder } = await findModel(reference);
    return rm(folder, { recursive: true });
  }
  const snapshot = await snapshotHere(reference);
  const { name } = snapshot.repo;
  const listing = await keptListing(repoFolder(name), snapshot.commit);
  for (const file of listing?.files ?? [])
    if (await isLocked(lockOf(name, file)))
      throw new NodeError(`${reference} is being downloaded.`, 'Cancel that, or wait for its end.');
  await removeSnapshot(snapshot);
}

async function snapshotHere(reference: string): Promise<Snapshot> {
  const repo = parseRepo(reference);
  const found = (await snapshots()).find(
    (each) => each.repo.name === repo.name && [each.commit, each.repo.revision].includes(repo.revision),
  );
  if (!found) throw new NodeError(`${referenceOf(repo)} is not on this machine.`, 'Look at the list of models.');
  return found;
}

/** The precisions of a model on the Hub, what each takes, which of them are here, and which one fits. */
export async function lookAtModel(text: string, machine: Machine, signal: AbortSignal) {
  const repo = parseRepo(text);
  const { listing, size, variants } = await lookAt(repo, signal);
  const here = await cachedAt(repo.name, listing.commit);
  return {
    reference: referenceOf(repo),
    commit: listing.commit,
    licence: listing.licence,
    ...(size && { tokens: size.tokens }),
    ...offered(variants, machine, new Set(here?.variants.map(({ variant }) => variant))),
  };
}

function offered(variants: readonly VariantFiles[], machine: Machine, here: ReadonlySet<string>) {
  const { variant: best, why } = suggested(variants, machine);
  const entries = variants.map((each): VariantEntry => {
    const { variant, bytes, memory, cache, instead } = each;
    return {
      variant,
      bytes,
      memory,
      cache,
      instead,
      fits: fits(each, machine),
      here: here.has(variant),
      suggested: variant === best,
    };
  });
  return { variants: entries, why, memory: machine.memory };
}
