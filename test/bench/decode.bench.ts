import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { MALLOC_ENV } from '../../electron/backend/engine/process.ts';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
import type { Asked, Told } from './decode-loop/child.ts';
import type { BenchRow } from './run.ts';

const REPEATS = 9;
const CONTEXTS = [
  { context: 1024, goal: '≥ 1.5' },
  { context: 3000, goal: '≥ 2' },
];

/** Decoding in chunks inside an ONNX `Loop` against one call a token, with the process's malloc as it comes and as the engine sets it. */
export async function rows(): Promise<BenchRow[]> {
  const built = await buildEngine(join(import.meta.dirname, 'decode-loop/child.ts'));
  const { MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_, ...usual } = process.env;
  const found: BenchRow[] = [];
  try {
    for (const [malloc, env] of [
      ['default malloc', usual],
      ["the engine's malloc", { ...usual, ...MALLOC_ENV }],
    ] as const) {
      const child = fork(built.path, { env });
      try {
        for (const { context, goal } of CONTEXTS) {
          child.send({ context, repeats: REPEATS } satisfies Asked);
          const [told] = await once(child, 'message');
          found.push(row(told as Told, context, goal, malloc));
        }
      } finally {
        child.kill();
      }
    }
    return found;
  } finally {
    await built[Symbol.asyncDispose]();
  }
}

function row({ pairs, same }: Told, context: number, goal: string, malloc: string): BenchRow {
  if (!same) throw new Error('the two ways to decode gave different tokens');
  const median = (numbers: readonly number[]) => quantile([...numbers], 0.5);
  const ms = (index: 0 | 1) => median(pairs.map((pair) => pair[index])).toFixed(1);
  return {
    name: `decoding after ${context} tokens, one call a token / in chunks, ${malloc}`,
    goal,
    measured: median(pairs.map(([plain, chunked]) => plain / chunked)),
    unit: '×',
    how: `${ms(0)} and ${ms(1)} ms a token, same tokens; 8 layers of SmolLM2-135M, fp32, median of ${REPEATS} pairs, alternating`,
  };
}
