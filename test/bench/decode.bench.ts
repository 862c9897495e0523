import { deepStrictEqual } from 'node:assert';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
import { rounds, TUNED, USUAL } from './children.ts';
import type { Round, Way } from './decode/ways.ts';
import type { BenchRow } from './run.ts';

const REPEATS = 9;
const CONTEXTS = [
  { context: 1024, goal: '≥ 1.5' },
  { context: 3000, goal: '≥ 2' },
];

/**
 * Decoding in chunks against a loop of one call a token, written by hand and of Transformers.js: the same weights and
 * tokens. Patchbay's process has the engine's malloc settings; the others have the default, as scripts do.
 */
export async function rows(): Promise<BenchRow[]> {
  const built = await buildEngine(join(import.meta.dirname, 'decode/ways.ts'));
  const start = (way: Way, env: NodeJS.ProcessEnv) => fork(built.path, [way], { env });
  const chunks = start('chunks', TUNED);
  const others = [
    { name: 'onnxruntime-node, a call a token', child: start('plain', USUAL) },
    { name: 'onnxruntime-node, a call a token, tuned malloc too', child: start('plain', TUNED) },
    { name: 'Transformers.js generate', child: start('transformers', USUAL) },
  ];
  const children = [chunks, ...others.map(({ child }) => child)];
  try {
    const found: BenchRow[] = [];
    for (const { context, goal } of CONTEXTS) {
      const timed = await rounds<Round>(children, REPEATS, () => context);
      for (const [ours, ...theirs] of timed) for (const { tokens } of theirs) deepStrictEqual(tokens, ours?.tokens);
      others.forEach(({ name }, index) => {
        const pairs = timed.map(([ours, ...theirs]) => [ours, theirs[index]] as [Round, Round]);
        const rate = (side: 0 | 1) =>
          quantile(
            pairs.map((pair) => (1000 * pair[side].tokens.length) / pair[side].ms),
            0.5,
          ).toFixed(1);
        found.push({
          name: `decoding after ${context} tokens, Patchbay / ${name}`,
          goal,
          measured: quantile(
            pairs.map(([ours, theirs]) => theirs.ms / ours.ms),
            0.5,
          ),
          unit: '×',
          how: `${rate(0)} and ${rate(1)} tokens/s, the same 32 tokens; SmolLM2-135M's widths, 8 layers; median of ${REPEATS} rounds, alternating, each in its own process`,
        });
      });
    }
    return found;
  } finally {
    for (const child of children) child.kill();
    await built[Symbol.asyncDispose]();
  }
}
