import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dataFolder } from '../paths.ts';
import { replaceFile } from './save.ts';

/** How far this user came in the first five minutes. */
export const guideSchema = z.object({
  /** Ids of the steps that were done. */
  done: z.array(z.string()),
  hidden: z.boolean(),
});

export type Guide = z.infer<typeof guideSchema>;

const fileOf = () => join(dataFolder(), 'guide.json');

/** From the beginning on the first start, and where the file cannot be read. */
export async function readGuide(): Promise<Guide> {
  try {
    return guideSchema.parse(JSON.parse(await readFile(fileOf(), 'utf8')));
  } catch {
    return { done: [], hidden: false };
  }
}

export async function writeGuide(guide: Guide): Promise<void> {
  await mkdir(dataFolder(), { recursive: true });
  await replaceFile(fileOf(), `${JSON.stringify(guide)}\n`);
}
