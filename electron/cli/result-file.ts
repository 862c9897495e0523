import { resolve } from 'node:path';
import type { Table } from '../../graphs/comparison-text.ts';
import { replaceFile } from '../backend/documents/save.ts';
import { Journal, type Journaled } from '../backend/measuring/journal.ts';
import type { Measured } from '../backend/measuring/kind.ts';
import { EXIT, Failure } from './failure.ts';
import { interruptible } from './interrupt.ts';
import { tablesText } from './table.ts';

/** Where a result goes, and in which form. */
export interface ResultFlags {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly md?: boolean;
  readonly out?: string;
  readonly resume?: boolean;
}

/** How a result is told. */
interface Texts<Result> {
  csv(result: Result): string;
  md(result: Result): string;
  tables(result: Result): readonly Table[];
}

/** The result of a command that measures: printed, or written to a file beside which a journal stands meanwhile. */
export class ResultFile<Result extends Measured> {
  private readonly form: 'json' | 'csv' | 'md' | 'text';

  /** Throws where flags do not go together, or the file is among the `graphs`, which are called `these`. */
  constructor(
    private readonly flags: ResultFlags,
    private readonly texts: Texts<Result>,
    graphs: readonly string[],
    these: string,
  ) {
    const { out, resume } = flags;
    this.form = formOf(flags);
    if (resume && out === undefined) throw new Failure('--resume goes on with what was stopped: say where by --out.');
    if (out !== undefined && graphs.some((path) => resolve(path) === resolve(out)))
      throw new Failure(`--out ${out}: that is ${these}.`);
  }

  /** With what `measure` returns once it has ended or `signal` stopped it. Returns the exit code. */
  async fill<Cell>(
    journaled: Journaled<Cell>,
    measure: (journal: Journal<Cell> | undefined, signal: AbortSignal) => Promise<Result>,
  ): Promise<number> {
    const journal = await this.openJournal(journaled);
    const stop = new AbortController();
    try {
      const result = await interruptible(
        () => stop.abort(),
        () => measure(journal, stop.signal),
      );
      await this.put(result);
      if (result.how.complete) await journal?.remove();
      return result.how.complete ? EXIT.done : EXIT.cancelled;
    } finally {
      await journal?.close();
    }
  }

  private async openJournal<Cell>(journaled: Journaled<Cell>): Promise<Journal<Cell> | undefined> {
    const { out, resume } = this.flags;
    if (out === undefined) return undefined;
    const path = `${out}.journal`;
    return resume ? Journal.resume(path, journaled) : Journal.start(path, journaled);
  }

  private async put(result: Result): Promise<void> {
    const { out } = this.flags;
    const text = this.textOf(result, this.form);
    if (out !== undefined) await replaceFile(out, text);
    process.stdout.write(out === undefined ? text : `${this.textOf(result, 'text')}\nwrote ${out}\n`);
  }

  private textOf(result: Result, form: typeof this.form): string {
    if (form === 'json') return `${JSON.stringify(result, null, 2)}\n`;
    return form === 'text' ? tablesText(this.texts.tables(result)) : this.texts[form](result);
  }
}

function formOf(flags: ResultFlags): 'json' | 'csv' | 'md' | 'text' {
  const [form, ...others] = (['json', 'csv', 'md'] as const).filter((name) => flags[name]);
  if (others.length > 0) throw new Failure('--json, --csv and --md are three forms of one result: choose one.');
  return form ?? (flags.out === undefined ? 'text' : 'json');
}
