import { fork } from 'node:child_process';
import { join } from 'node:path';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
import type { BranchesRound } from './branches/child.ts';
import { rounds, TUNED } from './children.ts';
import type { BenchRow } from './run.ts';

const ROUNDS = 15;

/** What it costs to branch from one prompt, with a decoder as wide and deep as the reasoner that ships. */
export async function rows(): Promise<BenchRow[]> {
  const built = await buildEngine(join(import.meta.dirname, 'branches/child.ts'));
  const child = fork(built.path, { env: TUNED });
  try {
    const timed = (await rounds<BranchesRound>([child], ROUNDS, (seed) => seed)).flat();
    const median = (of: (round: BranchesRound) => number) => quantile(timed.map(of), 0.5);
    return [
      {
        name: 'sixteen samples after one prefill / one sample',
        goal: '≤ 4',
        measured: median(({ one, sixteen }) => sixteen / one),
        unit: '×',
        how: `${median(({ sixteen }) => sixteen).toFixed(1)} and ${median(({ one }) => one).toFixed(1)} ms; 80 tokens each after 100; median of ${ROUNDS} rounds, alternating in one process`,
      },
      {
        name: 'tree grown by steps: tokens run through the model / distinct tokens',
        goal: '≤ 1.05',
        measured: Math.max(...timed.map(({ ratio }) => ratio)),
        unit: '×',
        how: `beam of four, four continuations each, eight steps; the most of ${ROUNDS} seeds`,
      },
    ];
  } finally {
    child.kill();
    await built[Symbol.asyncDispose]();
  }
}
