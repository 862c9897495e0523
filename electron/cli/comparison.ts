import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Comparison } from '../../graphs/comparison.ts';
import type { Split, World } from '../../nodes/training/data/world.ts';
import { loadWorld } from '../../nodes/training/data/worlds.ts';
import type { Cell } from '../backend/comparison/cells.ts';
import { type ComparisonEvent, compare } from '../backend/comparison/compare.ts';
import { GraphFailed } from '../backend/comparison/contestant.ts';
import { Journal } from '../backend/comparison/journal.ts';
import { resultOf } from '../backend/comparison/result.ts';
import { isAsked, type Setup, turnsIn, type Variant } from '../backend/comparison/setup.ts';
import { replaceFile } from '../backend/documents/save.ts';
import { csvOf, markdownOf, textOf } from './comparison-text.ts';
import { clock, Progress } from './evaluation.ts';
import { EXIT, Failure } from './failure.ts';
import { loadGraph, override, startEngine } from './graph.ts';
import { interruptible } from './interrupt.ts';

export interface CompareFlags {
  readonly data?: World['name'];
  readonly split: Split;
  readonly n: number;
  readonly repeat?: number;
  readonly seed: number;
  readonly sweep: readonly string[];
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly md?: boolean;
  readonly out?: string;
  readonly resume?: boolean;
}

/** Returns the exit code. */
export async function compareGraphs(paths: readonly string[], flags: CompareFlags): Promise<number> {
  const form = formOf(flags);
  requireOwnFile(paths, flags);
  const setup = await setupOf(paths, flags);
  const journal = await openJournal(setup, flags);
  const stop = new AbortController();
  try {
    const cells = await interruptible(
      () => stop.abort(),
      () => run(setup, journal, stop.signal),
    );
    const result = resultOf(setup, turnsIn(setup), cells);
    if (result.rows.every(({ rounds }) => rounds === 0))
      throw new Failure('Stopped before all graphs had run once.', EXIT.cancelled);
    await put(result, form, flags.out);
    if (result.how.complete) await journal?.remove();
    return result.how.complete ? EXIT.done : EXIT.cancelled;
  } finally {
    await journal?.close();
  }
}

const FORMS = {
  json: (result: Comparison) => `${JSON.stringify(result, null, 2)}\n`,
  csv: csvOf,
  md: markdownOf,
  text: textOf,
} as const;

function formOf(flags: CompareFlags): keyof typeof FORMS {
  const [form, ...others] = (['json', 'csv', 'md'] as const).filter((name) => flags[name]);
  if (others.length > 0) throw new Failure('--json, --csv and --md are three forms of one result: choose one.');
  return form ?? (flags.out === undefined ? 'text' : 'json');
}

function requireOwnFile(paths: readonly string[], { out, resume }: CompareFlags): void {
  if (resume && out === undefined) throw new Failure('--resume goes on with what was stopped: say where by --out.');
  if (out !== undefined && paths.some((path) => resolve(path) === resolve(out)))
    throw new Failure(`--out ${out}: that is one of the graphs.`);
}

async function put(result: Comparison, form: keyof typeof FORMS, out: string | undefined): Promise<void> {
  if (out !== undefined) await replaceFile(out, FORMS[form](result));
  process.stdout.write(out === undefined ? FORMS[form](result) : `${textOf(result)}\nwrote ${out}\n`);
}

async function setupOf(paths: readonly string[], flags: CompareFlags): Promise<Setup> {
  const { data, split, n, seed, repeat } = flags;
  const variants = await variantsOf(paths, flags.sweep);
  if (variants.length < 2) throw new Failure('Name two graphs at least, or values of a parameter by --sweep.');
  const world = data && (await loadWorld(data, (path) => readFile(path, 'utf8')));
  return { variants, seed, repeat: repeat ?? (world ? 5 : 10), ...(world && { drawn: { world, split, n, seed } }) };
}

/** Each graph with each combination of swept values. */
async function variantsOf(paths: readonly string[], sweeps: readonly string[]): Promise<Variant[]> {
  const combinations = sweeps
    .map(settingsIn)
    .reduce<readonly (readonly string[])[]>(
      (before, settings) => before.flatMap((chosen) => settings.map((setting) => [...chosen, setting])),
      [[]],
    );
  const names = namesOf(paths);
  const graphs = await Promise.all(paths.map((path) => loadGraph(path)));
  return graphs.flatMap(({ document, folder }, i) =>
    combinations.map((chosen): Variant => {
      const changed = override(document, chosen, '--sweep');
      const settings = Object.fromEntries(
        chosen.map((setting) => [placeOf(setting), valueAt(changed, placeOf(setting))]),
      );
      const graph = [names[i], ...chosen].join(' ');
      return { graph, document: changed, folder, ...(chosen.length > 0 && { settings }) };
    }),
  );
}

/** `node.param=v1,v2` as `node.param=v1` and `node.param=v2`. */
function settingsIn(sweep: string): string[] {
  const [, place, values] = /^([^=]+)=(.+)$/s.exec(sweep) ?? [];
  if (place === undefined || values === undefined) throw new Failure(`--sweep ${sweep}: expected node.param=v1,v2,…`);
  return values.split(',').map((value) => `${place}=${value}`);
}

const placeOf = (setting: string) => setting.slice(0, setting.indexOf('='));

function valueAt({ nodes }: Variant['document'], place: string): unknown {
  const dot = place.indexOf('.');
  return nodes[place.slice(0, dot)]?.params?.[place.slice(dot + 1)];
}

/** File names without `.json`; paths where two files have one name, and numbers where a file is named twice. */
function namesOf(paths: readonly string[]): string[] {
  const short = (path: string) => basename(path, '.json');
  const told = paths.map((path) => {
    const alike = paths.some((other) => short(other) === short(path) && resolve(other) !== resolve(path));
    return alike ? path : short(path);
  });
  return told.map((name, i) => {
    const before = told.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

async function openJournal(setup: Setup, { out, resume }: CompareFlags): Promise<Journal | undefined> {
  if (out === undefined) return undefined;
  return resume ? Journal.resume(`${out}.journal`, setup) : Journal.start(`${out}.journal`, setup);
}

/** All cells there are when it ends, by itself or by `signal`. */
async function run(setup: Setup, journal: Journal | undefined, signal: AbortSignal): Promise<Cell[]> {
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
    return cells;
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
    } else progress?.show(++done, left);
  };
}

function planText(setup: Setup, runs: number): string {
  const { variants, drawn, repeat } = setup;
  const asked = variants.filter((variant) => isAsked(variant, setup)).length;
  const rounds = drawn ? `${drawn.n} items × ${repeat} rounds` : `${repeat} rounds`;
  const blind = drawn && asked > 0 ? ` + ${asked} × ${drawn.n} blind` : '';
  return `${variants.length} graphs × ${rounds}${blind} = ${runs} runs`;
}
