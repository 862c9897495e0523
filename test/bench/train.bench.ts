import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
import { TUNED } from './children.ts';
import type { BenchRow } from './run.ts';
import type { Speed, ToTrainBench, TrainBench } from './train/child.ts';

const RECIPES = join(import.meta.dirname, '../../nodes/models/recipes');
const GIB = 2 ** 30;

/** All recipes, for each in turn. A shared machine is fast or slow for minutes: the rounds of one recipe lie that far apart. */
const PASSES = ['preparation', 'speed', 'memory', 'speed', 'speed'] as const;

/**
 * Each recipe that ships: its step against a plain 1024³ MatMul in the same process, taking turns; and the most memory that
 * its training takes, data, kept features and evaluation included. Needs a build: the loader's thread makes the batches.
 */
export async function rows(): Promise<BenchRow[]> {
  const built = await buildEngine(join(import.meta.dirname, 'train/child.ts'));
  const home = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  try {
    const files = (await readdir(RECIPES)).filter((name) => name.endsWith('.json')).sort();
    const found = new Map(
      files.map((file) => [file, { rounds: [] as Speed[], bytes: undefined as number | undefined }]),
    );
    for (const measure of PASSES)
      for (const [file, figures] of found) {
        const answer = await ask(built.path, home, { measure, recipe: join(RECIPES, file) });
        if ('failed' in answer) console.log(`training ${nameOf(file)}: ${measure} not measured: ${answer.failed}`);
        else if ('rounds' in answer) figures.rounds.push(...answer.rounds);
        else if ('bytes' in answer) figures.bytes = answer.bytes;
      }
    return [...found].flatMap(([file, { rounds, bytes }]) => [
      ...(rounds.length > 0 ? [speedRow(nameOf(file), rounds)] : []),
      ...(bytes === undefined ? [] : [memoryRow(nameOf(file), bytes)]),
    ]);
  } finally {
    await built[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  }
}

const nameOf = (file: string) => file.replace('.json', '');

/** One figure from a process that does nothing else, with `home` as the app's data folder. */
async function ask(script: string, home: string, request: ToTrainBench): Promise<TrainBench> {
  const child = fork(script, { env: { ...TUNED, PATCHBAY_HOME: home } });
  const ended = once(child, 'exit').then(([code, signal]) => [{ failed: `the process ended: ${signal ?? code}` }]);
  try {
    child.send(request);
    const [answer] = await Promise.race([once(child, 'message'), ended]);
    return answer as TrainBench;
  } finally {
    child.kill();
  }
}

function speedRow(recipe: string, rounds: readonly Speed[]): BenchRow {
  const median = (of: (round: Speed) => number) => quantile(rounds.map(of), 0.5);
  const [step, plain] = [median((round) => round.step), median((round) => round.matmul)];
  return {
    name: `training step of ${recipe}: its products / 1024³ MatMul`,
    goal: '≥ 0.6',
    measured: median((round) => round.step / round.matmul),
    unit: '×',
    how: `${step.toFixed(0)} and ${plain.toFixed(0)} GFLOP/s; median of ${rounds.length} rounds in processes minutes apart, taking turns in each`,
  };
}

function memoryRow(recipe: string, bytes: number): BenchRow {
  return {
    name: `peak memory of training ${recipe}`,
    goal: '< 4',
    measured: bytes / GIB,
    unit: 'GiB',
    how: 'most resident memory of the process that trains: from its start through steps, an evaluation and saving',
  };
}
