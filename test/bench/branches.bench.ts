import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { MALLOC_ENV } from '../../electron/backend/engine/process.ts';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
import type { BranchesRound } from './branches/child.ts';
import type { BenchRow } from './run.ts';

const ROUNDS = 15;

/** What it costs to branch from one prompt, with a decoder as wide and deep as the reasoner that ships. */
export async function rows(): Promise<BenchRow[]> {
  const built = await buildEngine(join(import.meta.dirname, 'branches/child.ts'));
  const child = fork(built.path, { env: { ...process.env, ...MALLOC_ENV } });
  try {
    const rounds: BranchesRound[] = [];
    for (let seed = 0; seed <= ROUNDS; seed++) {
      child.send(seed);
      const [round] = await once(child, 'message');
      rounds.push(round as BranchesRound);
    }
    // The first round warms the process up.
    const timed = rounds.slice(1);
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
