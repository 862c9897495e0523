import { deepStrictEqual } from 'node:assert';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { uniformGenerator } from '../../nodes/generation/uniforms.ts';
import { buildEngine } from '../integration/engine/build.ts';
import { rounds, TUNED, USUAL } from './children.ts';
import { CONFIG, writeExport } from './decode/export.ts';
import type { Round, Way } from './imports/child.ts';
import type { BenchRow } from './run.ts';

const REPEATS = 5;
const CONTEXTS = [
  { context: 1024, goal: '≥ 1.5' },
  { context: 3000, goal: '≥ 2' },
];

/**
 * An export in Patchbay's loop against Transformers.js's `generate`: the same files, prompts and tokens. Patchbay's process
 * has the engine's malloc settings; the other has the default, as scripts do.
 */
export async function rows(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-export-'));
  const built = await buildEngine(join(import.meta.dirname, 'imports/child.ts'));
  const start = (way: Way, env: NodeJS.ProcessEnv) => fork(built.path, [way, folder], { env });
  const found: BenchRow[] = [];
  try {
    await writeExport(folder);
    for (const { context, goal } of CONTEXTS) {
      const children = [start('patchbay', TUNED), start('transformers', USUAL)];
      try {
        found.push(...rowsOf(context, goal, await pairs(children, context)));
      } finally {
        for (const child of children) child.kill();
      }
    }
  } finally {
    await rm(folder, { recursive: true });
    await built[Symbol.asyncDispose]();
  }
  return found;
}

type Pair = readonly [ours: Round, theirs: Round];

async function pairs(children: readonly ChildProcess[], context: number): Promise<Pair[]> {
  const uniform = uniformGenerator(context);
  const ids = Array.from({ length: context }, () => Math.floor(uniform() * CONFIG.vocabulary));
  const found = await rounds<Round>(children, REPEATS, () => ids);
  for (const [ours, theirs] of found) deepStrictEqual(ours?.tokens, theirs?.tokens);
  return found as [Round, Round][];
}

function rowsOf(context: number, goal: string, pairs: readonly Pair[]): BenchRow[] {
  const median = (read: (pair: Pair) => number) => quantile(pairs.map(read), 0.5);
  const how = `the same files and tokens; SmolLM2-135M's widths, 8 layers; median of ${REPEATS} rounds, alternating, each in its own process`;
  const rate = (side: 0 | 1) =>
    median((pair) => (1000 * (pair[side].tokens.length - 1)) / pair[side].restMs).toFixed(1);
  const first = (side: 0 | 1) => median((pair) => pair[side].firstMs).toFixed(0);
  const peak = (side: 0 | 1) => Math.max(...pairs.map((pair) => pair[side].peakBytes));
  const name = (what: string) => `an export after ${context} tokens, ${what}, Patchbay / Transformers.js`;
  return [
    {
      name: name('tokens per second'),
      goal,
      measured: median(([ours, theirs]) => theirs.restMs / ours.restMs),
      unit: '×',
      how: `${rate(0)} and ${rate(1)} tokens/s; ${how}`,
    },
    {
      name: name('time to first token'),
      goal: '≤ 1',
      measured: median(([ours, theirs]) => ours.firstMs / theirs.firstMs),
      unit: '×',
      how: `${first(0)} and ${first(1)} ms; ${how}`,
    },
    {
      name: name('peak memory'),
      goal: '< 1',
      measured: peak(0) / peak(1),
      unit: '×',
      how: `${(peak(0) / 1e6).toFixed(0)} and ${(peak(1) / 1e6).toFixed(0)} MB of the whole process`,
    },
  ];
}
