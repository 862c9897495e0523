import { NodeError } from '../../../nodes/run.ts';
import { answerKey } from '../../../nodes/search-loop/answers.ts';
import type { SearchResult } from '../../../nodes/search-loop/search.ts';
import { itemSeed } from '../../../nodes/training/batch.ts';
import { type Changes, Runner, type RunningEngine, withParams } from '../evaluation/runner.ts';
import type { RunResult } from '../executor/events.ts';
import { type Cell, keyOf, POOL, type Turn } from './cells.ts';
import type { Asked } from './data.ts';
import { type Setup, turnsIn } from './setup.ts';

export type ReasoningEvent =
  /** How many searches there will be, and how many of them were done before. */
  | { readonly type: 'reasoning-planned'; readonly searches: number; readonly done: number }
  | { readonly type: 'reasoning-cell'; readonly cell: Cell };

/**
 * Searches for what is not among the cells `done`, until `signal` stops it; each cell comes as it finishes. Rejects with a
 * sentence where the graph cannot run.
 */
export async function* reason(
  setup: Setup,
  done: readonly Cell[],
  { engine, signal }: { readonly engine: RunningEngine; readonly signal: AbortSignal },
): AsyncGenerator<ReasoningEvent, void, void> {
  const turns = turnsIn(setup);
  const before = new Set(done.map(keyOf));
  const left = turns.filter((turn) => !before.has(keyOf(turn)));
  yield { type: 'reasoning-planned', searches: turns.length, done: turns.length - left.length };
  const problems = await setup.data.open();
  try {
    let runner: Runner | undefined;
    let last: { readonly problem: number; readonly asked: Asked } | undefined;
    const pools = new Map<number, readonly string[]>();
    for (const turn of left) {
      if (signal.aborted) return;
      if (last?.problem !== turn.problem) last = { problem: turn.problem, asked: await problems.at(turn.problem) };
      const { asked } = last;
      const changes = changesFor(setup, turn, asked);
      // The graph's own picture need not be there.
      runner ??= await Runner.open(engine, withParams(setup.document, changes), setup.target.loop, setup.folder);
      const result = await runner.result(changes, signal);
      if (!result) return;
      const found = searchIn(result, setup.target.loop);
      if (turn.strategy === POOL) requireSame(pools, turn, found);
      yield { type: 'reasoning-cell', cell: cellOf(turn, found, asked, result) };
    }
  } finally {
    await problems.close();
  }
}

function changesFor({ target, seed, verifiers }: Setup, turn: Turn, asked: Asked): Changes {
  const { loop, prompt, image, verifier } = target;
  const judge = verifiers.find(({ name }) => name === turn.verifier);
  return {
    [prompt]: { text: asked.question },
    ...(image !== undefined && { [image]: { source: asked.picture } }),
    ...(verifier !== undefined && judge && { [verifier]: judge.params }),
    [loop]: {
      strategy: turn.strategy === POOL ? (judge ? 'best-of-n' : 'self-consistency') : turn.strategy,
      candidates: turn.budget,
      tokens: 0,
      seconds: 0,
      // The same for all strategies: those that sample are then told apart by what they choose alone.
      seed: itemSeed(seed, 'test', turn.problem),
    },
  };
}

function searchIn({ nodes }: RunResult, loop: string): SearchResult {
  const candidates = nodes[loop]?.outputs?.candidates;
  if (candidates?.type !== 'candidates') throw new Error('the search loop gave no candidates');
  return candidates.result;
}

/** Verifiers are compared on the very same candidates: sampling is a function of the seed. */
function requireSame(pools: Map<number, readonly string[]>, { problem }: Turn, { candidates }: SearchResult): void {
  const texts = candidates.map(({ text }) => text);
  const before = pools.get(problem) ?? texts;
  if (before.length !== texts.length || before.some((text, i) => text !== texts[i]))
    throw new NodeError(
      `Two verifiers were shown different candidates of problem ${problem + 1}.`,
      'The generator does not give the same text for the same seed; measure one verifier at a time.',
    );
  pools.clear();
  pools.set(problem, texts);
}

function cellOf(turn: Turn, { candidates, chosen, spent }: SearchResult, asked: Asked, run: RunResult): Cell {
  const key = answerKey(asked.answer);
  const isRight = (answer: string | undefined) => answer !== undefined && answer !== '' && answerKey(answer) === key;
  return {
    ...turn,
    right: isRight(chosen === undefined ? undefined : candidates[chosen]?.answer),
    ...(turn.strategy === POOL && {
      candidates: candidates.map(({ answer, tokens, confidence, score }) => ({
        answer,
        right: isRight(answer),
        tokens,
        confidence,
        ...(score !== undefined && { score }),
      })),
    }),
    tokens: spent.generated,
    verifierTokens: spent.verifier,
    ms: spent.ms > 0 ? spent.ms : run.totalMs,
    kvCacheBytes: spent.kvCache,
  };
}
