import { cpus } from 'node:os';
import { REASONING_VERSION, type Reasoning, type ReasoningPoint } from '../../../graphs/reasoning.ts';
import { LEVEL, RESAMPLES } from '../comparison/bootstrap.ts';
import type { Cell, Turn } from './cells.ts';
import { claimsOf } from './claims.ts';
import { type Line, linesOf, tokensOf } from './lines.ts';
import { poolSize, type Setup } from './setup.ts';
import { shareOf } from './statistics.ts';

/** What the cells of a measurement say. */
export function resultOf(setup: Setup, turns: readonly Turn[], cells: readonly Cell[]): Reasoning {
  const { data, seed, budgets, graph } = setup;
  const lines = linesOf(setup, turns, cells);
  return {
    schemaVersion: REASONING_VERSION,
    points: lines.map((line) => pointOf(line, seed)),
    claims: claimsOf(
      lines,
      setup.verifiers.map(({ name }) => name),
      seed,
    ),
    how: {
      graph,
      data: data.name,
      split: data.split,
      n: data.n,
      seed,
      budgets: [...budgets],
      models: modelsIn(setup),
      pool: poolSize(setup),
      resamples: RESAMPLES,
      level: LEVEL,
      complete: cells.length === turns.length,
      platform: `${process.platform} ${process.arch}`,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
    },
  };
}

function pointOf({ outcomes, beside, ...head }: Line, seed: number): ReasoningPoint {
  const { accuracy, low, high } = shareOf(
    outcomes.map(({ solved }) => solved),
    seed,
  );
  return { ...head, tokens: tokensOf(outcomes), accuracy, low, high, n: outcomes.length, ...beside };
}

/** Models by node, as the graph names them. */
function modelsIn({ document }: Setup): Record<string, string> {
  const named = Object.entries(document.nodes).flatMap(([id, { params }]) =>
    typeof params?.model === 'string' && params.model !== '' ? [[id, params.model] as const] : [],
  );
  return Object.fromEntries(named);
}
