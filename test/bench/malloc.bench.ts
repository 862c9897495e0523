import { fork } from 'node:child_process';
import { join } from 'node:path';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
import { rounds, TUNED, USUAL } from './children.ts';
import type { BenchRow } from './run.ts';

const REPEATS = 9;
const CONTEXTS = [
  { context: 1024, goal: '≥ 1.5' },
  { context: 3000, goal: '≥ 5' },
];

/** What the engine's malloc settings do for a decode step that takes its cache in and gives it back. */
export async function rows(): Promise<BenchRow[]> {
  const built = await buildEngine(join(import.meta.dirname, 'decode-step/child.ts'));
  const children = [USUAL, TUNED].map((env) => fork(built.path, { env }));
  try {
    const found: BenchRow[] = [];
    for (const { context, goal } of CONTEXTS) {
      const pairs = (await rounds<number>(children, REPEATS, () => context)) as [number, number][];
      const ratios = pairs.map(([slow, fast]) => slow / fast);
      const ms = (index: 0 | 1) =>
        quantile(
          pairs.map((pair) => pair[index]),
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
    for (const child of children) child.kill();
    await built[Symbol.asyncDispose]();
  }
}
