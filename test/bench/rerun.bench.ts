import { join } from 'node:path';
import { EngineProcess } from '../../electron/backend/engine/process.ts';
import type { RunOptions } from '../../electron/backend/executor/events.ts';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
import { finish, plan, step } from '../integration/engine/plans.ts';
import type { BenchRow } from './run.ts';

const NODES = 200;
const REPEATS = 15;

/** A chain of 200 nodes that join texts, run in a real engine process: what a node costs by itself. */
export async function rows(): Promise<BenchRow[]> {
  const built = await buildEngine(join(import.meta.dirname, '../integration/engine/kinds/engine.ts'));
  const engine = new EngineProcess(built.path);
  const steps = Array.from({ length: NODES }, (_, i) =>
    i === 0 ? step('n0', 'say', { text: 'x' }) : step(`n${i}`, 'join', { i }, { text: [`n${i - 1}.text`] }),
  );
  const chain = plan(...steps);
  const time = async (options: RunOptions) => {
    const start = performance.now();
    await finish(engine.run(chain, options));
    return performance.now() - start;
  };
  const fresh: number[] = [];
  const reused: number[] = [];
  await time({});
  for (let i = 0; i < REPEATS; i++) {
    fresh.push(await time({ fresh: true }));
    reused.push(await time({}));
  }
  await engine.close();
  await built[Symbol.asyncDispose]();
  const how = `median of ${REPEATS}, alternating, over IPC to the engine process`;
  return [
    { name: 'a trivial node', goal: '≤ 0.2', measured: quantile(fresh, 0.5) / NODES, unit: 'ms', how },
    {
      name: `rerun of ${NODES} nodes, nothing changed`,
      goal: '< 20',
      measured: quantile(reused, 0.5),
      unit: 'ms',
      how,
    },
  ];
}
