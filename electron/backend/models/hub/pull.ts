import { mkdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheBytes, cacheSizeOf } from '../../../../nodes/imports/cache-size.ts';
import type { Json } from '../../../../nodes/imports/export.ts';
import type { Variant } from '../../../../nodes/imports/variants.ts';
import { blobOf, keepListing, linkBlob, lockOf, repoFolder, snapshotOf, writeRef } from './cache.ts';
import { chosen, type Machine, noExport, suggested, type VariantFiles, variantsOf } from './choice.ts';
import { downloadBlob, incompleteOf, sizeOf, type Watcher } from './download.ts';
import { endpoint, hubCache } from './environment.ts';
import { hubFetch, PACE, type Pace } from './fetching.ts';
import { askedOf, type HubFile, type HubListing, listRepo } from './listing.ts';
import { locked } from './lock.ts';
import { Rate } from './rate.ts';
import { type HubRepo, referenceOf } from './repo.ts';
import { cachedVariant, configIn } from './snapshot.ts';
import { type Asked, diskTrouble, HubError } from './trouble.ts';

/** How far a download is. */
export interface PullProgress {
  readonly variant?: Variant;
  /** That comes at the moment. */
  readonly file?: string;
  /** Bytes on disk, of all bytes of the files that are wanted. */
  readonly done: number;
  readonly of: number;
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
  /** What it waits for, in words. */
  readonly note?: string;
}

export interface Pulled {
  /** `hf:owner/name@revision`, as it stands in a graph. */
  readonly reference: string;
  readonly commit: string;
  readonly variant: Variant;
  readonly folder: string;
  /** Of all files. */
  readonly bytes: number;
  /** Bytes of memory that its weights take once they are loaded. */
  readonly memory: number;
  /** Bytes that keys and values of so many tokens take beside them; absent where it keeps none. */
  readonly cache?: CacheMemory;
  /** Of those that came now. */
  readonly downloaded: number;
  /** Said where the Hub could not be asked. */
  readonly caveat?: string;
}

export interface CacheMemory {
  readonly tokens: number;
  readonly bytes: number;
}

export interface PullOptions {
  /** Else the one that fits `machine`. */
  readonly variant?: string;
  readonly machine: Machine;
  readonly signal: AbortSignal;
  readonly report: (progress: PullProgress) => void;
  readonly pace?: Pace;
  /** Free bytes on the disk of a folder. */
  readonly free?: (folder: string) => Promise<number>;
}

/** Lists a repository, and offers its precisions. Rejects with a `HubError` where it holds no export. */
export async function lookAt(repo: HubRepo, signal: AbortSignal, pace: Pace = PACE) {
  const listing = await exportListed(repo, signal, pace);
  const size = cacheSizeOf(await configAt(listing, signal));
  return { listing, size, variants: variantsOf(listing.files, size) };
}

async function exportListed(repo: HubRepo, signal: AbortSignal, pace: Pace): Promise<HubListing> {
  const listing = await listRepo(repo, { ...pace, attempts: Math.min(3, pace.attempts) }, signal, () => {});
  if (variantsOf(listing.files).length === 0) throw noExport(repo.name);
  return listing;
}

/**
 * Brings one precision of a model into the cache, or what is missing of it. The snapshot appears once everything is there.
 * Rejects with a `HubError`, or the reason of `signal`; whatever came stays for the next time.
 */
export async function pull(repo: HubRepo, options: PullOptions): Promise<Pulled> {
  const { machine, signal, report, pace = PACE } = options;
  const folder = repoFolder(repo.name);
  report({ done: 0, of: 0, note: 'Asking the Hub what there is' });
  try {
    const { listing, wanted } = await choose(repo, options.variant, machine, signal, pace);
    const files = filesOf(listing, wanted);
    const present = await Promise.all(files.map(async (file) => (await sizeOf(blobOf(folder, file))) === file.size));
    const missing = files.filter((_, index) => !present[index]);
    const progress = new Progress(wanted, wanted.bytes - missing.reduce((sum, { size }) => sum + size, 0), report);
    if (missing.length > 0) await requireRoom(folder, missing, options.free ?? freeBytes);
    await onDisk(folder, () => keepListing(folder, listing, repo.revision));
    const asked = await askedOf(repo);
    for (const file of missing) await fetchOne(listing, file, { asked, pace, signal, progress });
    await onDisk(folder, () => linkAll(folder, listing, files, repo.revision));
    const size = cacheSizeOf(await configIn(snapshotOf(folder, listing.commit)));
    return {
      reference: referenceOf(repo),
      commit: listing.commit,
      variant: wanted.variant,
      folder: snapshotOf(folder, listing.commit),
      bytes: wanted.bytes,
      memory: wanted.memory,
      ...(size && { cache: { tokens: size.tokens, bytes: cacheBytes(size, wanted.variant) } }),
      downloaded: progress.arrivedNow,
    };
  } catch (error) {
    signal.throwIfAborted();
    const here =
      error instanceof HubError && error.reason === 'offline' ? await cachedVariant(repo, options.variant) : undefined;
    if (!here) throw error;
    return { ...here, downloaded: 0, caveat: `${(error as HubError).message} What is here is whole.` };
  }
}

/** Who names a precision needs no suggestion, and nothing is asked for one. */
async function choose(
  repo: HubRepo,
  variant: string | undefined,
  machine: Machine,
  signal: AbortSignal,
  pace: Pace,
): Promise<{ readonly listing: HubListing; readonly wanted: VariantFiles }> {
  if (variant !== undefined) {
    const listing = await exportListed(repo, signal, pace);
    return { listing, wanted: chosen(repo.name, variantsOf(listing.files), variant) };
  }
  const { listing, variants } = await lookAt(repo, signal, pace);
  return { listing, wanted: chosen(repo.name, variants, suggested(variants, machine).variant) };
}

/** Larger ones are none of a model's. */
const LARGEST_CONFIG = 1 << 20;

/** config.json of what was listed, which tells how large a cache will be; without it that is not known, and no more. */
async function configAt(listing: HubListing, signal: AbortSignal): Promise<Json | undefined> {
  const file = listing.files.find(({ path, size }) => path === 'config.json' && size <= LARGEST_CONFIG);
  if (!file) return undefined;
  try {
    const response = await hubFetch(addressOf(listing, file), {}, signal);
    if (response.ok) return (await response.json()) as Json;
    await response.body?.cancel();
  } catch {
    signal.throwIfAborted();
  }
  return undefined;
}

function addressOf({ name, commit }: Pick<HubListing, 'name' | 'commit'>, { path }: HubFile): string {
  return `${endpoint()}/${name}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

function filesOf({ files }: HubListing, { paths }: VariantFiles): HubFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return paths.flatMap((path) => byPath.get(path) ?? []);
}

interface Fetching {
  readonly asked: Asked;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

async function fetchOne(
  { name, commit }: HubListing,
  file: HubFile,
  { asked, pace, signal, progress }: Fetching,
): Promise<void> {
  const blob = blobOf(repoFolder(name), file);
  const url = addressOf({ name, commit }, file);
  await onDisk(dirname(blob), () =>
    locked(
      lockOf(name, file),
      signal,
      () => progress.say(file, 'Another download of this file is under way; waiting for it'),
      async () => {
        const watcher = progress.watcher(file);
        // Another may have brought it while this one waited.
        if ((await sizeOf(blob)) !== file.size) await downloadBlob(file, url, blob, { asked, pace, signal, watcher });
        progress.finished(file);
      },
    ),
  );
}

/** The configuration last: without it a folder is no model to anybody. */
async function linkAll(
  folder: string,
  { commit }: HubListing,
  files: readonly HubFile[],
  revision: string,
): Promise<void> {
  const last = files.filter(({ path }) => path === 'config.json');
  const rest = files.filter((file) => !last.includes(file));
  for (const file of [...rest, ...last])
    await linkBlob(blobOf(folder, file), join(snapshotOf(folder, commit), ...file.path.split('/')));
  await writeRef(folder, revision, commit);
}

async function onDisk<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw diskTrouble(error, folder);
  }
}

/** Rejects where the disk has less room than what is still to come. */
async function requireRoom(
  folder: string,
  missing: readonly HubFile[],
  free: (folder: string) => Promise<number>,
): Promise<void> {
  await onDisk(hubCache(), () => mkdir(join(folder, 'blobs'), { recursive: true }));
  const here = await Promise.all(missing.map((file) => sizeOf(incompleteOf(blobOf(folder, file)))));
  const needed = missing.reduce((sum, { size }, index) => sum + Math.max(0, size - (here[index] ?? 0)), 0);
  const room = await free(folder);
  if (room >= needed) return;
  throw new HubError(
    'disk',
    `The disk of ${hubCache()} has ${amount(room)} free; ${amount(needed)} are still to come.`,
    {
      hint: 'Free some space, choose a smaller precision, or set HF_HOME to a folder on a larger disk.',
    },
  );
}

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const amount = (bytes: number) => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);

/** Counts the bytes of all files together, and tells them. */
class Progress {
  arrivedNow = 0;
  private current = 0;
  private began = 0;
  private readonly rate = new Rate();

  constructor(
    private readonly wanted: VariantFiles,
    private done: number,
    private readonly report: (progress: PullProgress) => void,
  ) {
    this.tell({});
  }

  say({ path }: HubFile, note: string): void {
    this.tell({ file: path, note });
  }

  watcher(file: HubFile): Watcher {
    this.current = 0;
    let first = true;
    return {
      arrived: (bytes) => {
        if (first) this.began = bytes;
        else if (bytes > this.current) this.rate.add(bytes - this.current);
        first = false;
        this.current = bytes;
        const bytesPerSecond = this.rate.perSecond();
        const left = this.wanted.bytes - this.done - bytes;
        this.tell({ file: file.path, ...(bytesPerSecond && { bytesPerSecond, secondsLeft: left / bytesPerSecond }) });
      },
      checking: () => this.say(file, 'Checking its hash'),
      retrying: ({ message }, ms) =>
        this.say(file, `${message} Trying again in ${Math.max(1, Math.round(ms / 1000))} s`),
    };
  }

  finished({ size }: HubFile): void {
    this.arrivedNow += Math.max(0, this.current - this.began);
    this.began = 0;
    this.current = 0;
    this.done += size;
    this.tell({});
  }

  private tell(more: Partial<PullProgress>): void {
    this.report({ variant: this.wanted.variant, done: this.done + this.current, of: this.wanted.bytes, ...more });
  }
}
