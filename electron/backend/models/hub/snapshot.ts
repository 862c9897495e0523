import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CacheSize, cacheSizeOf } from '../../../../nodes/imports/cache-size.ts';
import type { Json } from '../../../../nodes/imports/export.ts';
import { commitHere, filesIn, keptListing, repoFolder, snapshotOf } from './cache.ts';
import { type SizedFile, type VariantFiles, variantsOf } from './choice.ts';
import { type HubRepo, parseRepo, referenceOf } from './repo.ts';
import { HubError } from './trouble.ts';

/** A model in the cache, as it stands: nothing is asked of the Hub. */
export interface Cached {
  readonly folder: string;
  readonly commit: string;
  readonly licence?: string;
  readonly files: readonly SizedFile[];
  /** Of its cache, where config.json is here and tells. */
  readonly size?: CacheSize;
  /** Precisions that are there whole. */
  readonly variants: readonly VariantFiles[];
  /** Precisions of which a file is missing or too short, as the Hub listed them; nothing where another tool downloaded it. */
  readonly missing: readonly VariantFiles[];
}

/** What is here of a model; nothing where its revision is not known here. */
export async function cached(repo: HubRepo): Promise<Cached | undefined> {
  const commit = await commitHere(repoFolder(repo.name), repo.revision);
  return commit === undefined ? undefined : cachedAt(repo.name, commit);
}

export async function cachedAt(name: string, commit: string): Promise<Cached | undefined> {
  const home = repoFolder(name);
  const folder = snapshotOf(home, commit);
  const listing = await keptListing(home, commit);
  const files = await filesIn(folder);
  if (files.length === 0 && !listing) return undefined;
  const size = cacheSizeOf(await configIn(folder));
  if (!listing) return { folder, commit, files, size, variants: variantsOf(files, size), missing: [] };
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const listed = new Map(listing.files.map((file) => [file.path, file]));
  const isHere = (path: string) => sizes.get(path) === listed.get(path)?.size;
  const all = variantsOf(listing.files, size);
  return {
    folder,
    commit,
    licence: listing.licence,
    files,
    size,
    variants: all.filter(({ paths }) => paths.every(isHere)),
    missing: all.filter(({ paths }) => !paths.every(isHere)),
  };
}

/** Of a folder with an export; undefined where it is not there, or no JSON: whoever reads the model says so. */
export async function configIn(folder: string): Promise<Json | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Json;
  } catch {
    return undefined;
  }
}

/**
 * The folder of an `hf:` model, in the Hub's layout. Rejects with a sentence where it was not downloaded, or no precision of
 * it is whole.
 */
export async function snapshotFolder(reference: string): Promise<string> {
  const repo = parseRepo(reference);
  const found = await cached(repo);
  const words = referenceOf(repo);
  const command = `patchbay models pull ${words.slice('hf:'.length)}`;
  if (!found || (found.variants.length === 0 && found.files.length === 0))
    throw new HubError('missing', `${words} is not on this machine.`, {
      hint: `Pull it first: ${command}, or press Download in the models manager.`,
    });
  if (found.variants.length === 0)
    throw new HubError('files', `${words} is on this machine in part only.`, {
      hint: `Pull the rest: ${command}, or press Download in the models manager.`,
    });
  return found.folder;
}

/** A precision that is here whole: the one that is asked for, or any. */
export async function cachedVariant(repo: HubRepo, asked: string | undefined) {
  const found = await cached(repo);
  const variant = found?.variants.find((each) => asked === undefined || each.variant === asked);
  if (!found || !variant) return undefined;
  const { commit, folder, size } = found;
  const { bytes, memory, cache } = variant;
  return {
    ...{ reference: referenceOf(repo), commit, folder, variant: variant.variant, bytes, memory },
    ...(size && { cache: { tokens: size.tokens, bytes: cache } }),
  };
}
