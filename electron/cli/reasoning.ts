import { basename, resolve } from 'node:path';
import type { Reasoning } from '../../graphs/reasoning.ts';
import { reasoningCsv, reasoningMarkdown, reasoningTables } from '../../graphs/reasoning-text.ts';
import { replaceFile } from '../backend/documents/save.ts';
import { Journal } from '../backend/journal.ts';
import type { Cell } from '../backend/reasoning/cells.ts';
import { journaled } from '../backend/reasoning/journal.ts';
import { resultOf } from '../backend/reasoning/points.ts';
import { reason } from '../backend/reasoning/reason.ts';
import { setupOf } from '../backend/reasoning/request.ts';
import type { ReasoningChoices } from '../backend/reasoning/schema.ts';
import { type Setup, turnsIn, turnsLeft } from '../backend/reasoning/setup.ts';
import { Progress } from './evaluation.ts';
import { EXIT, Failure } from './failure.ts';
import { loadGraph, startEngine } from './graph.ts';
import { interruptible } from './interrupt.ts';
import { table } from './table.ts';

export interface ReasonFlags extends ReasoningChoices {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly md?: boolean;
  readonly out?: string;
  readonly resume?: boolean;
}

/** Returns the exit code. */
export async function reasonOver(path: string, flags: ReasonFlags): Promise<number> {
  const form = formOf(flags);
  const { out, resume } = flags;
  if (resume && out === undefined) throw new Failure('--resume goes on with what was stopped: say where by --out.');
  if (out !== undefined && resolve(path) === resolve(out)) throw new Failure(`--out ${out}: that is the graph.`);
  const setup = await setupOf({ name: basename(path, '.json'), ...(await loadGraph(path)) }, flags);
  const journal = await openJournal(setup, flags);
  const stop = new AbortController();
  try {
    const result = await interruptible(
      () => stop.abort(),
      () => run(setup, journal, stop.signal),
    );
    if (result.points.length === 0)
      throw new Failure('Stopped before every strategy had solved a problem.', EXIT.cancelled);
    if (out !== undefined) await replaceFile(out, FORMS[form](result));
    process.stdout.write(out === undefined ? FORMS[form](result) : `${textOf(result)}\nwrote ${out}\n`);
    if (result.how.complete) await journal?.remove();
    return result.how.complete ? EXIT.done : EXIT.cancelled;
  } finally {
    await journal?.close();
  }
}

/** Tables for a terminal, and what they say of the claims. */
function textOf(result: Reasoning): string {
  const tables = reasoningTables(result).map(({ title, head, rows }) => `${title}\n\n${table(head, rows)}\n`);
  return tables.join('\n');
}

const FORMS = {
  json: (result: Reasoning) => `${JSON.stringify(result, null, 2)}\n`,
  csv: reasoningCsv,
  md: reasoningMarkdown,
  text: textOf,
} as const;

function formOf(flags: ReasonFlags): keyof typeof FORMS {
  const [form, ...others] = (['json', 'csv', 'md'] as const).filter((name) => flags[name]);
  if (others.length > 0) throw new Failure('--json, --csv and --md are three forms of one result: choose one.');
  return form ?? (flags.out === undefined ? 'text' : 'json');
}

async function openJournal(setup: Setup, { out, resume }: ReasonFlags): Promise<Journal<Cell> | undefined> {
  if (out === undefined) return undefined;
  const path = `${out}.journal`;
  return resume ? Journal.resume(path, journaled(setup)) : Journal.start(path, journaled(setup));
}

/** What came of it when it ends, by itself or by `signal`. */
async function run(setup: Setup, journal: Journal<Cell> | undefined, signal: AbortSignal): Promise<Reasoning> {
  const engine = startEngine();
  const cells = [...(journal?.cells ?? [])];
  const left = turnsLeft(setup, cells);
  process.stderr.write(`${planText(setup, left.length, cells.length)}\n`);
  const progress = new Progress('searches');
  let done = 0;
  try {
    for await (const cell of reason(setup, left, { engine, signal })) {
      cells.push(cell);
      await journal?.add(cell);
      progress.show(++done, left.length);
    }
    return resultOf(setup, turnsIn(setup), cells);
  } finally {
    await engine.close();
  }
}

function planText({ data, strategies, budgets }: Setup, left: number, done: number): string {
  const sizes = `${data.n} problems of ${data.name} × ${strategies.length} strategies × ${budgets.length} budgets`;
  const searches = `${left + done} searches, as strategies that only sample share one`;
  return `${sizes} = ${searches}${done > 0 ? `; ${done} of them done` : ''}`;
}
