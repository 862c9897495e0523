import { z } from 'zod';
import { type Reasoning, reasoningSchema } from '../../../graphs/reasoning.ts';
import type { Kind, Running, Step } from '../measuring/kind.ts';
import type { Cell } from './cells.ts';
import { journaled } from './journal.ts';
import type { ReasoningNews, ReasoningTold } from './news.ts';
import { resultOf } from './points.ts';
import { reason } from './reason.ts';
import { graphIn, setupOf } from './request.ts';
import { type ReasoningRequest, reasoningRequestSchema } from './schema.ts';
import { type Setup, turnsIn, turnsLeft } from './setup.ts';

/** Measurements of reasoning, as the app keeps and makes them. */
export const REASONING: Kind<ReasoningRequest, ReasoningTold, Cell, Reasoning, ReasoningNews> = {
  name: 'measurement',
  folder: 'reasoning',
  requestSchema: reasoningRequestSchema,
  toldSchema: z.object({ title: z.string(), searches: z.int().min(1) }),
  resultSchema: reasoningSchema,
  runs: ({ searches }) => searches,
  async prepare(request) {
    const setup = await setupOf(graphIn(request), request);
    const turns = turnsIn(setup);
    const result = (cells: readonly Cell[]) => resultOf(setup, turns, cells);
    return {
      told: { title: `${request.name} on ${setup.data.name}`, searches: turns.length },
      journaled: journaled(setup),
      steps: (done, running) => steps(setup, done, running),
      soFar: result,
      resultOf: result,
      complete: async (found) => found,
    };
  },
  news: (standing) => standing,
};

async function* steps(setup: Setup, done: readonly Cell[], running: Running): AsyncGenerator<Step<Cell>, void, void> {
  const left = turnsLeft(setup, done);
  let [ran, ms] = [0, 0];
  for await (const cell of reason(setup, left, running)) {
    ms += cell.ms;
    // Searches of a problem take turns, and differ: those of whole problems tell most.
    const share = ++ran / left.length;
    yield { cell, secondsLeft: (ms / 1000) * (1 / share - 1) };
  }
}
