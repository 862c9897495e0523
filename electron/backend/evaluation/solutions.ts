import type { CardOf } from '../../../nodes/models/card.ts';
import type { Solution } from '../../../nodes/training/rollouts.ts';
import { answerIn } from '../../../nodes/verifier/solution.ts';
import type { PoolCandidate } from '../reasoning/cells.ts';
import { anyOf, chosenOf } from '../reasoning/pool.ts';
import { shareOf } from '../reasoning/statistics.ts';
import { openSolver, rolled } from '../rollouts/roll.ts';
import type { Drawn, Running } from './answers.ts';

type Evaluation = CardOf<'llm'>['evaluation'][number];
/** How well a model solves problems in words; fields as in a card. */
export type Solved = Omit<Extract<Evaluation, { among: unknown }>, 'data' | 'split'>;

const SAMPLES = 16;
const TEMPERATURE = 0.8;

/** Samples solutions of word problems. Undefined where it was stopped before all were solved. */
export async function measureSolutions(
  reference: string,
  { split, n, seed }: Omit<Drawn, 'world'>,
  { signal, onDone }: Omit<Running, 'engine'>,
): Promise<Solved | undefined> {
  const solver = await openSolver(reference);
  const pools: (readonly PoolCandidate[])[] = [];
  const kinds: string[] = [];
  const wanted = { split, seed, n, samples: SAMPLES, completions: 0, temperature: TEMPERATURE };
  try {
    await rolled(solver, wanted, 0, signal, (rollouts, problems) => {
      pools.push(...rollouts.map(({ solutions }) => solutions.map(candidate)));
      kinds.push(...problems.map(({ steps }) => `${steps.length} steps`));
      onDone(pools.length, n);
    });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
  const shares = pools.map((pool) => anyOf(pool, 1).solved);
  const score = (solved: readonly number[]) => ({ n: solved.length, ...shareOf(solved, seed) });
  const within = (kind: string) => score(shares.filter((_, i) => kinds[i] === kind));
  return {
    ...score(shares),
    kinds: Object.fromEntries([...new Set(kinds)].sort().map((kind) => [kind, within(kind)])),
    temperature: TEMPERATURE,
    among: [4, SAMPLES].map((of) => ({
      of,
      any: score(pools.map((pool) => anyOf(pool, of).solved)),
      majority: score(pools.map((pool) => chosenOf('self-consistency', pool, of).solved)),
    })),
  };
}

function candidate({ text, right, ids, logProbs }: Solution): PoolCandidate {
  const confidence = logProbs.reduce((sum, one) => sum + one, 0) / logProbs.length;
  return { answer: answerIn(text), right, tokens: ids.length, confidence };
}
