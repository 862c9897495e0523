import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { incompleteOf, sizeOf } from './download.ts';
import { hubCache } from './environment.ts';
import type { HubFile, HubListing } from './listing.ts';
import { type HubRepo, isCommit } from './repo.ts';

/**
 * The cache that tools of the Hub share: `models--<owner>--<name>/` with `blobs/<hash>`, `snapshots/<commit>/<path>`, which
 * are links to blobs, and `refs/<revision>`, which holds a commit (huggingface_hub, "Understand caching"). Of our own there
 * is `patchbay/<commit>.json` beside them: what the Hub listed, so that one can tell offline whether a model is whole.
 */

export const repoFolder = (name: string, cache = hubCache()) => join(cache, `models--${name.replaceAll('/', '--')}`);

export const blobOf = (folder: string, { sha256, oid }: HubFile) => join(folder, 'blobs', sha256 ?? oid);
export const snapshotOf = (folder: string, commit: string) => join(folder, 'snapshots', commit);

/** Beside those of other tools, under a name that none of them takes. */
export function lockOf(name: string, { sha256, oid }: HubFile): string {
  return join(hubCache(), '.locks', `models--${name.replaceAll('/', '--')}`, `${sha256 ?? oid}.patchbay`);
}

const recordOf = (folder: string, commit: string) => join(folder, 'patchbay', `${commit}.json`);

const listingSchema = z.object({
  name: z.string(),
  commit: z.string(),
  revision: z.string(),
  licence: z.string().optional(),
  files: z.array(z.object({ path: z.string(), size: z.number(), oid: z.string(), sha256: z.string().optional() })),
});

/** Puts a blob where its path in the repository is: as a link, or, where links are refused (Windows, exFAT), as a file. */
export async function linkBlob(blob: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const fresh = `${to}.${randomUUID()}.tmp`;
  await symlink(relative(dirname(to), blob), fresh)
    .catch(() => link(blob, fresh))
    .catch(() => copyFile(blob, fresh));
  await rename(fresh, to);
}

export async function writeRef(folder: string, revision: string, commit: string): Promise<void> {
  if (isCommit(revision)) return;
  const ref = join(folder, 'refs', ...revision.split('/'));
  await mkdir(dirname(ref), { recursive: true });
  await replace(ref, commit);
}

/** The commit of a revision, as it was when it was last downloaded. */
export async function commitHere(folder: string, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const text = await readFile(join(folder, 'refs', ...revision.split('/')), 'utf8').catch(() => '');
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** `revision` is the name that it was asked for by. */
export async function keepListing(folder: string, listing: HubListing, revision: string): Promise<void> {
  const path = recordOf(folder, listing.commit);
  await mkdir(dirname(path), { recursive: true });
  await replace(path, `${JSON.stringify({ ...listing, revision }, null, 2)}\n`);
}

/** What the Hub listed when a snapshot was downloaded; nothing where another tool did, or the record is damaged. */
export async function keptListing(
  folder: string,
  commit: string,
): Promise<(HubListing & { readonly revision: string }) | undefined> {
  try {
    return listingSchema.parse(JSON.parse(await readFile(recordOf(folder, commit), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Files of a folder and of those in it, links followed, by their paths with `/`; a link that leads nowhere is no file. */
export async function filesIn(folder: string): Promise<{ readonly path: string; readonly size: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const size = await sizeOf(path);
      return size === undefined ? [] : [{ path: relative(folder, path).replaceAll('\\', '/'), size }];
    });
  return (await Promise.all(files)).flat().sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A repository at a commit, as it lies in the cache. */
export interface Snapshot {
  readonly repo: HubRepo;
  readonly commit: string;
  readonly folder: string;
}

/** Every snapshot of a model, by name; where a revision is known by name, that is said. */
export async function snapshots(cache = hubCache()): Promise<Snapshot[]> {
  const names = (await readdir(cache).catch(() => [])).filter((name) => name.startsWith('models--')).sort();
  const found = names.map(async (folder): Promise<Snapshot[]> => {
    const name = folder.slice('models--'.length).replaceAll('--', '/');
    const path = join(cache, folder);
    const refs = await refsOf(path);
    const commits = (await readdir(join(path, 'snapshots')).catch(() => [])).filter(isCommit);
    // Begun and not yet linked: the record is there first.
    const begun = (await readdir(join(path, 'patchbay')).catch(() => [])).map((file) => file.replace(/\.json$/, ''));
    const all = [...new Set([...commits, ...begun.filter(isCommit)])].map(async (commit) => ({
      repo: { name, revision: refs.get(commit) ?? (await keptListing(path, commit))?.revision ?? commit },
      commit,
      folder: snapshotOf(path, commit),
    }));
    return Promise.all(all);
  });
  return (await Promise.all(found)).flat();
}

/** The revision by which each commit is known; the main branch before others. */
async function refsOf(folder: string): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  const files = await filesIn(join(folder, 'refs'));
  for (const { path } of files.sort((a, b) => Number(a.path === 'main') - Number(b.path === 'main'))) {
    const commit = await commitHere(folder, path);
    if (commit) refs.set(commit, path);
  }
  return refs;
}

/** Removes a snapshot, the refs to it and the blobs that no other snapshot has; the repository's folder with the last. */
export async function removeSnapshot({ repo, commit }: Snapshot): Promise<void> {
  const folder = repoFolder(repo.name);
  const own = await blobsOf(folder, commit);
  await rm(snapshotOf(folder, commit), { recursive: true, force: true });
  for (const { path } of await filesIn(join(folder, 'refs')))
    if ((await commitHere(folder, path)) === commit) await rm(join(folder, 'refs', ...path.split('/')));
  const others = (await snapshots()).filter((other) => other.repo.name === repo.name && other.commit !== commit);
  if (others.length === 0) return rm(folder, { recursive: true, force: true });
  const shared = new Set((await Promise.all(others.map((other) => blobsOf(folder, other.commit)))).flat());
  for (const blob of own.filter((each) => !shared.has(each))) {
    await rm(join(folder, 'blobs', blob), { force: true });
    await rm(incompleteOf(join(folder, 'blobs', blob)), { force: true });
  }
  // Last: what is removed in part can be removed again.
  await rm(recordOf(folder, commit), { force: true });
}

/** Names of the blobs that a snapshot links to, or would once it is whole. */
async function blobsOf(folder: string, commit: string): Promise<string[]> {
  const snapshot = snapshotOf(folder, commit);
  const listed = (await keptListing(folder, commit))?.files.map((file) => basename(blobOf(folder, file))) ?? [];
  const linked = (await filesIn(snapshot)).map(({ path }) => realpath(join(snapshot, path)).then((to) => basename(to)));
  return [...listed, ...(await Promise.all(linked))];
}

async function replace(path: string, text: string): Promise<void> {
  const fresh = `${path}.${randomUUID()}.tmp`;
  await writeFile(fresh, text);
  await rename(fresh, path);
}
