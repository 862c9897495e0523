import { deepStrictEqual } from 'node:assert';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { MALLOC_ENV } from '../../electron/backend/engine/process.ts';
import { quantile } from '../../electron/backend/executor/timing.ts';
import { buildEngine } from '../integration/engine/build.ts';
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
  const { MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_, ...usual } = process.env;
  const start = (way: Way, env: NodeJS.ProcessEnv) => fork(built.path, [way], { env });
  const chunks = start('chunks', { ...usual, ...MALLOC_ENV });
  const others = [
    { name: 'onnxruntime-node, a call a token', child: start('plain', usual) },
    { name: 'onnxruntime-node, a call a token, tuned malloc too', child: start('plain', { ...usual, ...MALLOC_ENV }) },
    { name: 'Transformers.js generate', child: start('transformers', usual) },
  ];
  try {
    const found: BenchRow[] = [];
    for (const { context, goal } of CONTEXTS) {
      const rounds: { ours: Round; theirs: Round[] }[] = [];
      for (let i = 0; i <= REPEATS; i++) {
        const ours = await ask(chunks, context);
        const theirs: Round[] = [];
        for (const { child } of others) theirs.push(await ask(child, context));
        for (const { tokens } of theirs) deepStrictEqual(tokens, ours.tokens);
        rounds.push({ ours, theirs });
      }
      // The first round warms every process up.
      const timed = rounds.slice(1);
      others.forEach(({ name }, index) => {
        const pairs = timed.map(({ ours, theirs }): [Round, Round] => [ours, theirs[index] as Round]);
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
    for (const child of [chunks, ...others.map((other) => other.child)]) child.kill();
    await built[Symbol.asyncDispose]();
  }
}

async function ask(child: ChildProcess, context: number): Promise<Round> {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a decoding process ended with ${code}`);
  });
  const reply = once(child, 'message', { signal: ended.signal }).then(([round]) => round as Round);
  child.send(context);
  try {
    return await Promise.race([reply, exit]);
  } finally {
    exit.catch(() => {});
    reply.catch(() => {});
    ended.abort();
  }
}
