import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dataFolder } from '../paths.ts';
import { replaceFile } from './save.ts';

/** Paths of graphs that were opened or saved, the latest first: they are asked which models they hold. */

const MOST = 50;
const file = () => join(dataFolder(), 'recent.json');

export async function recentPaths(): Promise<readonly string[]> {
  try {
    return z.array(z.string()).parse(JSON.parse(await readFile(file(), 'utf8')));
  } catch {
    return [];
  }
}

let writing = Promise.resolve();

/** One after the other: each reads what the one before wrote. Where it cannot be written, nothing is lost but this list. */
export function noteRecent(path: string): Promise<void> {
  writing = writing
    .then(async () => {
      const paths = [path, ...(await recentPaths()).filter((other) => other !== path)].slice(0, MOST);
      await mkdir(dataFolder(), { recursive: true });
      await replaceFile(file(), JSON.stringify(paths));
    })
    .catch(() => {});
  return writing;
}
