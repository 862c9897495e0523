import { basename } from 'node:path';
import type { Reasoning } from '../../graphs/reasoning.ts';
import { reasoningCsv, reasoningMarkdown, reasoningTables } from '../../graphs/reasoning-text.ts';
import type { Journal } from '../backend/measuring/journal.ts';
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
import { ResultFile, type ResultFlags } from './result-file.ts';

export type ReasonFlags = ReasoningChoices & ResultFlags;

const TEXTS = { csv: reasoningCsv, md: reasoningMarkdown, tables: reasoningTables };

/** Returns the exit code. */
export async function reasonOver(path: string, flags: ReasonFlags): Promise<number> {
  const file = new ResultFile(flags, TEXTS, [path], 'the graph');
  const setup = await setupOf({ name: basename(path, '.json'), ...(await loadGraph(path)) }, flags);
  return file.fill(journaled(setup), async (journal, signal) => {
    const result = await run(setup, journal, signal);
    if (result.points.length === 0)
      throw new Failure('Stopped before every strategy had solved a problem.', EXIT.cancelled);
    return result;
  });
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
