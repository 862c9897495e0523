import { resolve } from 'node:path';
import { EngineProcess } from '../backend/engine/process.ts';
import { checkFolder } from '../backend/models/folder.ts';
import { type Machine, thisMachine, type VariantFiles } from '../backend/models/hub/choice.ts';
import { type Pulled, type PullProgress, pull } from '../backend/models/hub/pull.ts';
import { parseRepo } from '../backend/models/hub/repo.ts';
import { HubError, type HubReason } from '../backend/models/hub/trouble.ts';
import { engineScript } from '../backend/paths.ts';
import { describeFailure, EXIT, Failure } from './failure.ts';
import { interruptible } from './interrupt.ts';
import type { PullFlags } from './models.ts';
import { sizeText } from './numbers.ts';

/** Returns the exit code: 2 where there is no such model or nothing of use in it, 1 where its download failed. */
export async function pullModel(model: string, flags: PullFlags): Promise<number> {
  const stop = new AbortController();
  return interruptible(
    () => stop.abort(),
    () => (isFolder(model) ? checked(model, flags, stop.signal) : pulled(model, flags, stop.signal)),
  );
}

/** A name of the Hub never begins so. */
const isFolder = (model: string) => /^(file:|[./~\\]|[A-Za-z]:[\\/])/.test(model);

async function pulled(model: string, { variant, json }: PullFlags, signal: AbortSignal): Promise<number> {
  const repo = parseRepo(model);
  const shown = new ProgressLines();
  try {
    const machine = variant === undefined ? await findMachine() : thisMachine([]);
    const result = await pull(repo, { variant, machine, signal, report: (progress) => shown.show(progress) });
    shown.end();
    if (result.caveat) console.error(result.caveat);
    if (json) console.log(JSON.stringify(result, null, 2));
    else console.log(resultText(result));
    return EXIT.done;
  } catch (error) {
    shown.end();
    if (signal.aborted) {
      console.error('Cancelled. What came is kept: the same command goes on from there.');
      return EXIT.cancelled;
    }
    if (error instanceof HubError && WHILE_LOADING.includes(error.reason))
      throw new Failure(describeFailure(error).line, EXIT.failed);
    throw error;
  }
}

function resultText({ reference, variant, bytes, memory, cache, downloaded, folder }: Pulled): string {
  const came = downloaded === 0 ? ', all of it here already' : '';
  const beside = cache ? `, its cache of ${cache.tokens} tokens ${sizeText(cache.bytes)} more` : '';
  return `${reference}, ${variant}: ${sizeText(bytes)}${came}; its weights take ${sizeText(memory)} of memory${beside}\n${folder}`;
}

/** The command was right; the network, the server or the disk was not. */
const WHILE_LOADING: readonly HubReason[] = ['offline', 'busy', 'answer', 'hash', 'disk'];

async function findMachine(): Promise<Machine> {
  const engine = new EngineProcess(engineScript());
  try {
    return thisMachine((await engine.providers()).filter(({ works }) => works).map(({ name }) => name));
  } finally {
    await engine.close();
  }
}

async function checked(model: string, { json }: PullFlags, signal: AbortSignal): Promise<number> {
  const check = await checkFolder(resolve(model.replace(/^file:/, '')), signal);
  if (json) console.log(JSON.stringify(check, null, 2));
  else if (check.problems.length === 0) {
    const precisions = check.variants.map(precisionText).join(', ');
    const hashed = check.hashed > 0 ? `; ${check.hashed} files have the hashes that the Hub listed` : '';
    console.log(`${check.folder} is whole: ${precisions}${hashed}`);
  }
  for (const problem of check.problems) console.error(problem);
  return check.problems.length > 0 ? EXIT.usage : EXIT.done;
}

/** `q4 (1.2 GB; in memory 1.2 GB and a cache of 189 MB)` */
function precisionText({ variant, bytes, memory, cache }: VariantFiles): string {
  const beside = cache > 0 ? ` and a cache of ${sizeText(cache)}` : '';
  return `${variant} (${sizeText(bytes)}; in memory ${sizeText(memory)}${beside})`;
}

/** Milliseconds between two lines of a log. */
const LOG_MS = 5_000;

/** How far it is, on stderr: one line that changes on a terminal, a line now and then in a log. */
class ProgressLines {
  private logged = Number.NEGATIVE_INFINITY;
  private note?: string;

  show(progress: PullProgress): void {
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${lineOf(progress)}\x1b[K`);
      return;
    }
    const now = performance.now();
    const due = progress.of > 0 && now - this.logged > LOG_MS;
    if (!due && (progress.note === undefined || progress.note === this.note)) return;
    if (due) this.logged = now;
    this.note = progress.note;
    console.error(lineOf(progress));
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

function lineOf({ variant, file, done, of, bytesPerSecond, secondsLeft, note }: PullProgress): string {
  const parts = [
    variant,
    of > 0 && `${sizeText(done)} of ${sizeText(of)}`,
    bytesPerSecond !== undefined && `${sizeText(bytesPerSecond)}/s`,
    secondsLeft !== undefined && `${clock(secondsLeft)} left`,
    file,
    note,
  ];
  return parts.filter(Boolean).join('  ');
}

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
