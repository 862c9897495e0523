import { createHash } from 'node:crypto';
import { constants, type FileHandle, open, rm } from 'node:fs/promises';
import type { z } from 'zod';
import { canonical } from '../../../graphs/canonical.ts';
import { NodeError } from '../../../nodes/run.ts';
import { fileTrouble } from '../documents/trouble.ts';

/** What a journal is of. */
export interface Journaled<Cell> {
  /** `comparison` */
  readonly of: string;
  readonly headSchema: z.ZodType<Readonly<Record<string, unknown>>>;
  readonly cellSchema: z.ZodType<Cell>;
  /** What must be the same for cells of two sessions to stand in one result. */
  readonly head: Readonly<Record<string, unknown>>;
}

/**
 * The cells of a measurement, a line each as they finish, after a line that says what is measured; so that it can go on where
 * it was stopped, by whatever.
 */
export class Journal<Cell> {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    /** Those that were there when it was opened. */
    readonly cells: readonly Cell[],
  ) {}

  /** A new one. Rejects where there is one: it would be lost. */
  static async start<Cell>(path: string, { of, head }: Journaled<Cell>): Promise<Journal<Cell>> {
    const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST')
        throw new NodeError(`${path} is there: a ${of} was stopped.`, 'Go on with it by --resume, or remove it.');
      throw fileTrouble(error, path, 'saved');
    });
    await file.appendFile(`${JSON.stringify(head)}\n`);
    return new Journal<Cell>(path, file, []);
  }

  /** Goes on with one. Rejects where there is none, or it is of another measurement. */
  static async resume<Cell>(path: string, journaled: Journaled<Cell>): Promise<Journal<Cell>> {
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
      requireSame(path, first, journaled);
      const read = (line: string, index: number) => parsed(path, line, journaled.cellSchema, journaled.of, index + 2);
      const cells = lines.map(read);
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

/** What stands in a head for what is long. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url').slice(0, 22);
}

function requireSame<Cell>(path: string, line: string, { of, headSchema, head: now }: Journaled<Cell>): void {
  const before = parsed(path, line, headSchema, of, 1);
  const names = Object.keys({ ...before, ...now });
  const changed = names.filter((name) => canonical(before[name]) !== canonical(now[name]));
  if (changed.length > 0)
    throw new NodeError(
      `${path} is of another ${of}: ${changed.join(', ')} ${changed.length > 1 ? 'are' : 'is'} not the same.`,
      'Ask for the same again, or write to another file.',
    );
}

function parsed<T>(path: string, line: string, schema: z.ZodType<T>, of: string, number: number): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    throw new NodeError(`${path} is no journal of a ${of}: line ${number} cannot be read.`, 'Write to another file.');
  }
}
