import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { MALLOC_ENV } from '../../electron/backend/engine/process.ts';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
import type { BenchRow } from './run.ts';

const REPEATS = 9;
const CONTEXTS = [
  { context: 1024, goal: '≥ 1.5' },
  { context: 3000, goal: '≥ 5' },
];

/** What the engine's malloc settings do for a decode step that takes its cache in and gives it back. */
export async function rows(): Promise<BenchRow[]> {
  const built = await buildEngine(join(import.meta.dirname, 'decode-step/child.ts'));
  const { MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_, ...plain } = process.env;
  const [usual, tuned] = [plain, { ...plain, ...MALLOC_ENV }].map((env) => fork(built.path, { env }));
  if (!usual || !tuned) throw new Error('two processes were to be compared');
  try {
    const found: BenchRow[] = [];
    for (const { context, goal } of CONTEXTS) {
      const pairs: [number, number][] = [];
      for (let i = 0; i <= REPEATS; i++) pairs.push([await ask(usual, context), await ask(tuned, context)]);
      const ratios = pairs.slice(1).map(([slow, fast]) => slow / fast);
      const ms = (index: 0 | 1) =>
        quantile(
          pairs.slice(1).map((pair) => pair[index]),
          0.5,
        ).toFixed(1);
      found.push({
        name: `decode step after ${context} tokens, default malloc / tuned`,
        goal,
        measured: quantile(ratios, 0.5),
        unit: '×',
        how: `${ms(0)} and ${ms(1)} ms; median of ${REPEATS} pairs, alternating, each in its own process`,
      });
    }
    return found;
  } finally {
    usual.kill();
    tuned.kill();
    await built[Symbol.asyncDispose]();
  }
}

async function ask(child: ChildProcess, context: number): Promise<number> {
  child.send(context);
  const [ms] = await once(child, 'message');
  return ms as number;
}
