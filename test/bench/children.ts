import type { ChildProcess, Serializable } from 'node:child_process';
import { once } from 'node:events';
import { MALLOC_ENV } from '../../electron/backend/engine/process.ts';

/** Processes that benchmarks measure in: each answers a message with one. */

const { MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_, ...usual } = process.env;
/** The environment that scripts have, whatever this process was started with. */
export const USUAL: NodeJS.ProcessEnv = usual;
/** With the engine's malloc settings. */
export const TUNED: NodeJS.ProcessEnv = { ...usual, ...MALLOC_ENV };

/** `count` rounds in which each process is asked in its turn, after one that warms all up and is left out. */
export async function rounds<Answer>(
  children: readonly ChildProcess[],
  count: number,
  messageOf: (turn: number) => Serializable,
): Promise<Answer[][]> {
  const all: Answer[][] = [];
  for (let turn = 0; turn <= count; turn++) {
    const round: Answer[] = [];
    for (const child of children) round.push(await ask(child, messageOf(turn)));
    all.push(round);
  }
  return all.slice(1);
}

/** Throws where the process ends and does not answer. */
async function ask<Answer>(child: ChildProcess, message: Serializable): Promise<Answer> {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a process that was measured ended with ${code}`);
  });
  const reply = once(child, 'message', { signal: ended.signal }).then(([answer]) => answer as Answer);
  child.send(message);
  try {
    return await Promise.race([reply, exit]);
  } finally {
    exit.catch(() => {});
    reply.catch(() => {});
    ended.abort();
  }
}
