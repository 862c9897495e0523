import { NodeError } from '../../../nodes/run.ts';

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['there is no such file or folder', 'Check the path'],
  ENOTDIR: ['a part of the path is not a folder', 'Check the path'],
  EISDIR: ['it is a folder, not a file', 'Name a file in it'],
  EACCES: ['this user may not do that', 'Choose another folder or change its permissions'],
  EPERM: ['this user may not do that', 'Choose another folder or change its permissions'],
  EROFS: ['the disk is read-only', 'Choose another folder'],
  ENOSPC: ['the disk is full', 'The file on disk is as it was: free some space and save again'],
  EDQUOT: ['the disk quota is used up', 'The file on disk is as it was: free some space and save again'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter one'],
};

/** One clear sentence for a file-system error: which file, what did not happen, why, and what to do. */
export function fileTrouble(error: unknown, path: string, what: 'opened' | 'saved' | 'listed'): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const known = code === undefined ? undefined : REASONS[code];
  if (!known) return error instanceof Error ? error : new Error(String(error));
  return new NodeError(`"${path}" was not ${what}: ${known[0]}.`, `${known[1]}.`);
}
