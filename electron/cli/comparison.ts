import { basename, resolve } from 'node:path';
import type { Comparison } from '../../graphs/comparison.ts';
import { csvOf, markdownOf, tablesOf } from '../../graphs/comparison-text.ts';
import type { World } from '../../nodes/training/data/world.ts';
import type { Cell } from '../backend/comparison/cells.ts';
import { type ComparisonEvent, compare } from '../backend/comparison/compare.ts';
import { GraphFailed } from '../backend/comparison/contestant.ts';
import { withGrowth } from '../backend/comparison/growth.ts';
import { journaled } from '../backend/comparison/journal.ts';
import { setupOf } from '../backend/comparison/request.ts';
import { resultOf } from '../backend/comparison/result.ts';
import { runsOf, type Setup, turnsIn } from '../backend/comparison/setup.ts';
import type { Sweep } from '../backend/comparison/sweep.ts';
import type { Journal } from '../backend/measuring/journal.ts';
import { clock, Progress } from './evaluation.ts';
import { EXIT, Failure } from './failure.ts';
import { loadGraph, startEngine } from './graph.ts';
import { ResultFile, type ResultFlags } from './result-file.ts';

export interface CompareFlags extends ResultFlags {
  /** A world, or the path of a CSV file or its folder. */
  readonly data?: string;
  readonly split: 'test' | 'validation';
  readonly n: number;
  readonly repeat?: number;
  readonly seed: number;
  readonly sweep: readonly string[];
  readonly list?: boolean;
  readonly blind: boolean;
}

const TEXTS = { csv: csvOf, md: markdownOf, tables: tablesOf };

/** Returns the exit code. */
export async function compareGraphs(paths: readonly string[], flags: CompareFlags): Promise<number> {
  const file = new ResultFile(flags, TEXTS, paths, 'one of the graphs');
  const setup = await setupFor(paths, flags);
  return file.fill(journaled(setup), async (journal, signal) => {
    const result = await run(setup, journal, signal);
    if (result.rows.every(({ rounds }) => rounds === 0))
      throw new Failure('Stopped before all graphs had run once.', EXIT.cancelled);
    return result;
  });
}

async function setupFor(paths: readonly string[], flags: CompareFlags): Promise<Setup> {
  const { data, split, n, seed, repeat, sweep, list, blind } = flags;
  const names = namesOf(paths);
  const graphs = await Promise.all(
    paths.map(async (path, i) => ({ name: names[i] ?? path, ...(await loadGraph(path)) })),
  );
  return setupOf(graphs, {
    sweeps: sweep.map(sweepIn),
    combine: list ? 'list' : 'grid',
    ...(data !== undefined && { data: isWorld(data) ? { world: data, split, n } : { path: data, n } }),
    blind,
    repeat: repeat ?? (data === undefined ? 10 : 5),
    seed,
  });
}

const isWorld = (data: string): data is World['name'] => ['shapes', 'digits', 'visual-arithmetic'].includes(data);

/** `node.param=v1,v2` */
function sweepIn(text: string): Sweep {
  const [, place, values] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (place === undefined || values === undefined) throw new Failure(`--sweep ${text}: expected node.param=v1,v2,…`);
  return { place, values: values.split(',') };
}

/** File names without `.json`; paths where two files have one name. */
function namesOf(paths: readonly string[]): string[] {
  const short = (path: string) => basename(path, '.json');
  return paths.map((path) => {
    const alike = paths.some((other) => short(other) === short(path) && resolve(other) !== resolve(path));
    return alike ? path : short(path);
  });
}

/** What came of it when it ends, by itself or by `signal`. */
async function run(setup: Setup, journal: Journal<Cell> | undefined, signal: AbortSignal): Promise<Comparison> {
  const engine = startEngine();
  const cells = [...(journal?.cells ?? [])];
  const say = teller(setup);
  try {
    for await (const event of compare(setup, cells.slice(), { engine, signal })) {
      if (event.type === 'comparison-cell') {
        cells.push(event.cell);
        await journal?.add(event.cell);
      }
      say(event);
    }
    return await withGrowth(resultOf(setup, turnsIn(setup), cells), setup.variants, engine);
  } catch (error) {
    if (error instanceof GraphFailed && error.stage === 'running')
      throw new Failure([error.message, error.hint ?? []].flat().join(' '), EXIT.failed);
    throw error;
  } finally {
    await engine.close();
  }
}

/** What goes to stderr: what will be run, how long that takes, how far it is. */
function teller(setup: Setup): (event: ComparisonEvent) => void {
  let progress: Progress | undefined;
  let [left, done] = [0, 0];
  return (event) => {
    if (event.type === 'comparison-planned') {
      left = event.runs - event.done;
      process.stderr.write(`${planText(setup, event.runs)}${event.done > 0 ? `, ${event.done} of them done` : ''}\n`);
    } else if (event.type === 'comparison-estimated') {
      progress = new Progress('runs');
      process.stderr.write(`about ${clock(event.seconds)}\n`);
    } else if (event.type === 'comparison-cell') progress?.show(++done, left);
  };
}

function planText(setup: Setup, runs: number): string {
  const { variants, data, repeat } = setup;
  const n = data?.n ?? 1;
  const asked = variants.filter((variant) => runsOf(variant, setup) > n * repeat).length;
  const rounds = data ? `${n} items × ${repeat} rounds` : `${repeat} rounds`;
  const blind = asked > 0 ? ` + ${asked} × ${n} blind` : '';
  return `${variants.length} graphs × ${rounds}${blind} = ${runs} runs`;
}
