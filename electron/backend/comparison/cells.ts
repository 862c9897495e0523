import { z } from 'zod';
import { definitionOf } from '../../../nodes/registry.ts';
import type { NodeReport, RunResult } from '../executor/events.ts';

/** Which run of which graph: an item is shown to all graphs in a round, and once more blind. */
const turnSchema = z.object({
  /** Place of the graph in the comparison. */
  variant: z.int().min(0),
  item: z.int().min(0),
  round: z.union([z.int().min(0), z.literal('blind')]),
});

const measuredSchema = z.object({
  totalMs: z.number(),
  nodes: z.record(z.string(), z.object({ kind: z.string(), ms: z.number() })),
  extraParameters: z.number(),
  peakBytes: z.number(),
  visualTokens: z.number().optional(),
  prefillFlops: z.number().optional(),
  kvCacheBytes: z.number().optional(),
  firstTokenMs: z.number().optional(),
  tokensPerSecond: z.number().optional(),
});

/** A run that is done. */
export const cellSchema = turnSchema.extend({
  /** Where a question was answered. */
  judged: z.object({ kind: z.string(), right: z.boolean() }).optional(),
  /** Where the run was timed. */
  measured: measuredSchema.optional(),
});

export type Turn = z.infer<typeof turnSchema>;
export type Cell = z.infer<typeof cellSchema>;
export type Measured = z.infer<typeof measuredSchema>;

/** A turn as a text, no two of a comparison the same. */
export function keyOf({ variant, item, round }: Turn): string {
  return `${item}/${round}/${variant}`;
}

/**
 * Every run of a comparison in its order: the graphs take turns on each item, `repeat` times, and then are asked blind
 * those that are to be. What changes on the machine meanwhile so hits all alike.
 */
export function* turnsOf(blind: readonly boolean[], items: number, repeat: number): Generator<Turn, void, void> {
  for (let item = 0; item < items; item++) {
    for (let round = 0; round < repeat; round++) for (const variant of blind.keys()) yield { variant, item, round };
    for (const [variant, isBlind] of blind.entries()) if (isBlind) yield { variant, item, round: 'blind' };
  }
}

/** What a run tells of its graph; `llm`: whose first token and prefill count. */
export function measuredIn({ totalMs, nodes }: RunResult, llm: string | undefined): Measured {
  const reports = Object.values(nodes);
  const loadMs = sum(reports, ({ ms }) => ms?.load);
  const answering = llm === undefined ? undefined : nodes[llm];
  const { firstTokenMs, tokensPerSecond } = answering?.rate ?? {};
  const visualTokens = visualTokensIn(reports);
  return {
    totalMs: totalMs - loadMs,
    nodes: Object.fromEntries(Object.entries(nodes).map(([id, { kind, ms }]) => [id, { kind, ms: ms?.first ?? 0 }])),
    extraParameters: sum(
      reports.filter(({ kind }) => definitionOf(kind)?.category === 'Fusion'),
      ({ parameters }) => parameters,
    ),
    peakBytes: sum(reports, ({ bytes }) => bytes?.peak),
    ...(visualTokens !== undefined && { visualTokens }),
    ...(answering?.flops !== undefined && { prefillFlops: answering.flops }),
    ...(answering?.bytes?.kvCache !== undefined && {
      kvCacheBytes: sum(
        // What gated layers attend to is held beside the LLM's own.
        reports.filter((report) => report === answering || report.kind !== 'llm'),
        ({ bytes }) => bytes?.kvCache,
      ),
    }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    // An answer of one token has no rate.
    ...(tokensPerSecond && { tokensPerSecond }),
  };
}

/** They are counted where they are made and where an LLM reads them: the larger count is the graph's, as in an estimate. */
function visualTokensIn(reports: readonly NodeReport[]): number | undefined {
  const counted = reports.filter(({ tokens }) => tokens?.visual !== undefined);
  if (counted.length === 0) return undefined;
  const reads = ({ tokens }: NodeReport) => tokens?.prompt !== undefined;
  const visual = ({ tokens }: NodeReport) => tokens?.visual;
  return Math.max(
    sum(counted.filter(reads), visual),
    sum(
      counted.filter((report) => !reads(report)),
      visual,
    ),
  );
}

function sum(reports: readonly NodeReport[], read: (report: NodeReport) => number | undefined): number {
  return reports.reduce((total, report) => total + (read(report) ?? 0), 0);
}
