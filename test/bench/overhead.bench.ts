import { fork } from 'node:child_process';
import { join } from 'node:path';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
import { rounds, TUNED } from './children.ts';
import type { OverheadRound } from './overhead/child.ts';
import type { BenchRow } from './run.ts';

const ROUNDS = 15;

/**
 * The small LLaVA example through the executor, against its calls of ONNX Runtime replayed by hand over the same sessions and
 * inputs: with nothing else, and with the photo, the question and the answer's text made as a script must. One process with
 * the engine's settings.
 */
export async function rows(): Promise<BenchRow[]> {
  const built = await buildEngine(join(import.meta.dirname, 'overhead/child.ts'));
  const child = fork(built.path, { env: TUNED });
  try {
    const timed = (await rounds<OverheadRound>([child], ROUNDS, (turn) => turn)).flat();
    const median = (of: (round: OverheadRound) => number) => quantile(timed.map(of), 0.5);
    const row = (way: 'sessions' | 'script', name: string): BenchRow => ({
      name: `small LLaVA: executor / ${name}`,
      goal: '≤ 1.02',
      measured: median((round) => round.graph / round[way]),
      unit: '×',
      how: `${median(({ graph }) => graph).toFixed(1)} and ${median((round) => round[way]).toFixed(1)} ms; median of ${ROUNDS} rounds, taking turns in one process`,
    });
    return [
      row('script', 'script that reads the photo, calls the same sessions and makes text of the answer'),
      row('sessions', 'the session calls alone'),
    ];
  } finally {
    child.kill();
    await built[Symbol.asyncDispose]();
  }
}
