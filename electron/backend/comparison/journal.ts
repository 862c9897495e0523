import { createHash } from 'node:crypto';
import { constants, type FileHandle, open, rm } from 'node:fs/promises';
import { z } from 'zod';
import { canonical } from '../../../graphs/canonical.ts';
import { NodeError } from '../../../nodes/run.ts';
import { fileTrouble } from '../documents/trouble.ts';
import { type Cell, cellSchema } from './cells.ts';
import type { Setup } from './setup.ts';

/** What must be the same for cells of two sessions to stand in one comparison. */
const headSchema = z.object({
  journalVersion: z.literal(1),
  graphs: z.array(z.object({ graph: z.string(), digest: z.string() })),
  data: z.string().optional(),
  split: z.string().optional(),
  n: z.number().optional(),
  /** Of questions that can change between two sessions. */
  questions: z.string().optional(),
  blind: z.boolean().optional(),
  seed: z.number(),
  repeat: z.number(),
});

type Head = z.infer<typeof headSchema>;

/**
 * The cells of a comparison, a line each as they finish, after a line that says what is compared; so that it can go on
 * where it was stopped, by whatever.
 */
export class Journal {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    /** Those that were there when it was opened. */
    readonly cells: readonly Cell[],
  ) {}

  /** A new one. Rejects where there is one: it would be lost. */
  static async start(path: string, setup: Setup): Promise<Journal> {
    const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST')
        throw new NodeError(`${path} is there: a comparison was stopped.`, 'Go on with it by --resume, or remove it.');
      throw fileTrouble(error, path, 'saved');
    });
    await file.appendFile(`${JSON.stringify(headOf(setup))}\n`);
    return new Journal(path, file, []);
  }

  /** Goes on with one. Rejects where there is none, or it is of another comparison. */
  static async resume(path: string, setup: Setup): Promise<Journal> {
    const file = await open(path, constants.O_RDWR | constants.O_APPEND).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT')
        throw new NodeError(`Nothing was stopped: there is no ${path}.`, 'Leave --resume out.');
      throw fileTrouble(error, path, 'opened');
    });
    try {
      const bytes = await file.readFile();
      // A line that was being written when the process died has no end: it is not whole.
      const end = bytes.lastIndexOf('\n') + 1;
      const [first = '', ...lines] = bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
      requireSame(path, first, headOf(setup));
      const cells = lines.map((line, index) => parsed(path, line, cellSchema, index + 2));
      await file.truncate(end);
      return new Journal(path, file, cells);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Not synced to the disk each time, which would take longer than many a run that is timed. */
  async add(cell: Cell): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(cell)}\n`);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** Once the result is safe. */
  async remove(): Promise<void> {
    await rm(this.path);
  }
}

function headOf({ variants, data, blind, repeat, seed }: Setup): Head {
  const digest = (value: unknown) => createHash('sha256').update(canonical(value)).digest('base64url').slice(0, 22);
  return {
    journalVersion: 1,
    // Where nodes stand and what notes say changes no result.
    graphs: variants.map(({ graph, document }) => ({ graph, digest: digest(document.nodes) })),
    ...(data && {
      data: data.name,
      ...(data.split && { split: data.split }),
      n: data.n,
      ...(data.digest !== undefined && { questions: data.digest }),
      blind,
    }),
    seed,
    repeat,
  };
}

function requireSame(path: string, line: string, now: Head): void {
  const before = parsed(path, line, headSchema, 1);
  const names = Object.keys({ ...before, ...now }) as (keyof Head)[];
  const changed = names.filter((name) => canonical(before[name]) !== canonical(now[name]));
  if (changed.length > 0)
    throw new NodeError(
      `${path} is of another comparison: ${changed.join(', ')} ${changed.length > 1 ? 'are' : 'is'} not the same.`,
      'Compare the same again, or write to another file.',
    );
}

function parsed<T>(path: string, line: string, schema: z.ZodType<T>, number: number): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    throw new NodeError(
      `${path} is no journal of a comparison: line ${number} cannot be read.`,
      'Write to another file.',
    );
  }
}
