import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hubFetch, type Pace, patiently, pieces, type Retrying } from './fetching.ts';
import type { HubFile } from './listing.ts';
import { type Asked, diskTrouble, HubError, refusalOf } from './trouble.ts';

/** What is told while a file comes. */
export interface Watcher {
  /** Bytes that are on disk. Falls where the file is begun anew. */
  arrived(bytes: number): void;
  checking(): void;
  readonly retrying: Retrying;
}

export const incompleteOf = (blob: string) => `${blob}.incomplete`;

/** Bytes of a blob that lie on disk, whole or in part. */
export async function bytesHere(blob: string): Promise<number> {
  return (await sizeOf(blob)) ?? (await sizeOf(incompleteOf(blob))) ?? 0;
}

export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/**
 * Brings the content of `url` to `blob`: into `<blob>.incomplete` first, from where that ends on; it gets its name once its
 * size and hash are those that the Hub lists. Rejects with a `HubError`; what has come stays, unless it is wrong.
 */
export async function downloadBlob(
  file: HubFile,
  url: string,
  blob: string,
  { asked, pace, signal, watcher }: { asked: Asked; pace: Pace; signal: AbortSignal; watcher: Watcher },
): Promise<void> {
  const part = incompleteOf(blob);
  const fetched = async () => {
    const had = (await sizeOf(part)) ?? 0;
    await patiently(
      (progressed) => fill(file, url, part, { asked, signal, watcher, progressed }),
      pace,
      signal,
      watcher.retrying,
    );
    return had;
  };
  try {
    await mkdir(dirname(blob), { recursive: true });
    const resumedFrom = await fetched();
    watcher.checking();
    if (!(await isWhole(file, part, signal))) {
      await rm(part, { force: true });
      watcher.arrived(0);
      // A part that was here before may have been another's, or damaged: that alone is worth a second time.
      if (resumedFrom === 0) throw wrongHash(file, asked);
      await fetched();
      watcher.checking();
      if (!(await isWhole(file, part, signal))) {
        await rm(part, { force: true });
        throw wrongHash(file, asked);
      }
    }
    await rename(part, blob);
  } catch (error) {
    signal.throwIfAborted();
    throw diskTrouble(error, dirname(blob));
  }
}

interface Filling {
  readonly asked: Asked;
  readonly signal: AbortSignal;
  readonly watcher: Watcher;
  readonly progressed: () => void;
}

/** Asks for what is missing, once. Throws where the file is not complete after that. */
async function fill(
  file: HubFile,
  url: string,
  part: string,
  { asked, signal, watcher, progressed }: Filling,
): Promise<void> {
  const handle = await open(part, 'a+');
  try {
    let at = (await handle.stat()).size;
    if (at > file.size) {
      await handle.truncate(0);
      at = 0;
    }
    watcher.arrived(at);
    if (at < file.size) {
      const response = await rangeOf(file, url, at, asked, signal);
      // A server that knows no ranges sends the whole.
      if (response.status === 200) {
        await handle.truncate(0);
        at = 0;
      }
      for await (const piece of pieces(response, url, signal)) {
        if (at + piece.byteLength > file.size) throw wrongSize(file, asked);
        // On Linux bytes are appended wherever a position says.
        await handle.write(piece);
        at += piece.byteLength;
        watcher.arrived(at);
        progressed();
      }
    }
    if (at < file.size) throw cutShort(file, at);
    // On disk before it gets the name of a whole one.
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function rangeOf(file: HubFile, url: string, at: number, asked: Asked, signal: AbortSignal): Promise<Response> {
  const headers = { Range: `bytes=${at}-`, 'Accept-Encoding': 'identity' };
  const response = await hubFetch(url, headers, signal);
  const from = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  const fits = from && Number(from[1]) === at && (from[2] === '*' || Number(from[2]) === file.size);
  if (response.status === 200 || (response.status === 206 && fits)) return response;
  await response.body?.cancel();
  if (response.status === 206 || response.status === 416) throw wrongSize(file, asked);
  throw refusalOf(response, { ...asked, file: file.path });
}

/** Whether a file has the size and the hash that the Hub lists; it is read from disk, whoever wrote it. */
export async function isWhole(file: HubFile, path: string, signal: AbortSignal): Promise<boolean> {
  if ((await sizeOf(path)) !== file.size) return false;
  const hash = createHash(file.sha256 === undefined ? 'sha1' : 'sha256');
  // Git hashes a blob with its length before it.
  if (file.sha256 === undefined) hash.update(`blob ${file.size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(chunk);
  return hash.digest('hex') === (file.sha256 ?? file.oid);
}

function cutShort({ path, size }: HubFile, at: number): HubError {
  return new HubError('offline', `${path} ended after ${at} of ${size} bytes.`, {
    hint: 'Try again: it goes on from there.',
    passing: true,
  });
}

function wrongSize({ path, size }: HubFile, { page }: Asked): HubError {
  return new HubError('hash', `${path} does not have the ${size} bytes that the Hub lists.`, {
    hint: `It may be changing at this moment: try again later, or look at ${page}.`,
  });
}

function wrongHash({ path, sha256 }: HubFile, { page }: Asked): HubError {
  return new HubError(
    'hash',
    `${path} came whole, but its ${sha256 === undefined ? 'SHA-1' : 'SHA-256'} is not the one that the Hub lists; it was thrown away.`,
    { hint: `Try again; if it happens again, a proxy on the way changes files, or ${page} is damaged.` },
  );
}
