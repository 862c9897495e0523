import { endpoint, hubToken, isOffline } from './environment.ts';
import { hubFetch, type Pace, patiently, type Retrying } from './fetching.ts';
import { type HubRepo, isCommit } from './repo.ts';
import { type Asked, HubError, refusalOf } from './trouble.ts';

/** A file of a repository, as the Hub lists it. */
export interface HubFile {
  /** From the repository on, with `/`. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Of its blob in git: SHA-1 over the content, or over the pointer where the file is in large file storage. */
  readonly oid: string;
  /** Of the content, where it is in large file storage. */
  readonly sha256?: string;
}

export interface HubListing {
  readonly name: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** As its card has it, `apache-2.0`, say. */
  readonly licence?: string;
  readonly files: readonly HubFile[];
}

/** What a repository holds at a revision. Rejects with a `HubError`. */
export async function listRepo(
  repo: HubRepo,
  pace: Pace,
  signal: AbortSignal,
  retrying: Retrying,
): Promise<HubListing> {
  if (isOffline())
    throw new HubError('offline', 'HF_HUB_OFFLINE is set: nothing is asked of the Hub.', {
      hint: 'Unset it to download models.',
    });
  const asked = await askedOf(repo);
  // The library is loaded with the first question: starting the app does not wait for it.
  const { listFiles, modelInfo } = await import('@huggingface/hub');
  const request = {
    hubUrl: endpoint(),
    fetch: (url: string | URL | Request, init?: RequestInit) => answerOf(String(url), init, asked, signal),
  };
  return patiently(
    async () => {
      const info = await modelInfo({
        ...request,
        name: repo.name,
        revision: repo.revision,
        additionalFields: ['sha', 'cardData'],
      });
      requireSameName(repo, info.name);
      if (!isCommit(info.sha)) throw strange(asked);
      const files: HubFile[] = [];
      for await (const entry of listFiles({ ...request, repo: repo.name, recursive: true, revision: info.sha }))
        if (entry.type === 'file') files.push(fileOf(entry, asked));
      const licence = info.cardData?.license;
      return { name: repo.name, commit: info.sha, ...(licence && { licence: String(licence) }), files };
    },
    pace,
    signal,
    retrying,
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error instanceof HubError ? error : strange(asked);
  });
}

/** For sentences about a repository. */
export async function askedOf({ name, revision }: HubRepo): Promise<Asked> {
  return {
    repo: revision === 'main' ? name : `${name}@${revision}`,
    page: `${endpoint()}/${name}`,
    withToken: (await hubToken()) !== undefined,
  };
}

async function answerOf(url: string, init: RequestInit | undefined, asked: Asked, signal: AbortSignal) {
  const response = await hubFetch(url, init?.headers ?? {}, signal);
  if (!response.ok) {
    await response.body?.cancel();
    throw refusalOf(response, asked);
  }
  return response;
}

/** The Hub answers for the former name of a model too; a graph that goes on naming it would depend on that. */
function requireSameName({ name }: HubRepo, found: string): void {
  if (found === name) return;
  throw new HubError('moved', `${name} is called ${found} now.`, { hint: `Ask for ${found}.` });
}

function fileOf(
  entry: { path: string; size: number; oid?: string; lfs?: { oid: string; size: number } },
  asked: Asked,
): HubFile {
  const { path, lfs, oid = '' } = entry;
  const parts = path.split('/');
  // It names a file below one folder, by whatever name the Hub gave: nothing that climbs out of it.
  const climbs = parts.some((part) => part === '' || part === '.' || part === '..' || /[\\:]/.test(part));
  const hashes = /^[0-9a-f]{40}$/.test(oid) && (lfs === undefined || /^[0-9a-f]{64}$/.test(lfs.oid));
  const size = lfs?.size ?? entry.size;
  if (climbs || !hashes || !Number.isSafeInteger(size) || size < 0) throw strange(asked);
  return { path, size, oid, ...(lfs && { sha256: lfs.oid }) };
}

function strange({ repo, page }: Asked): HubError {
  return new HubError('answer', `What ${new URL(page).host} says of ${repo} cannot be read.`, {
    hint: 'Look at HF_ENDPOINT, if it is set.',
  });
}
