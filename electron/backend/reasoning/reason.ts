import { NodeError } from '../../../nodes/run.ts';
import { answerKey } from '../../../nodes/search-loop/answers.ts';
import type { SearchResult } from '../../../nodes/search-loop/search.ts';
import { itemSeed } from '../../../nodes/training/batch.ts';
import { type Changes, Runner, withParams } from '../evaluation/runner.ts';
import type { RunResult } from '../executor/events.ts';
import type { Running } from '../measuring/kind.ts';
import { type Cell, POOL, type Turn } from './cells.ts';
import type { Asked } from './data.ts';
import type { Setup } from './setup.ts';

/** Searches, one after another, until `signal` stops it. Rejects with a sentence where the graph cannot run. */
export async function* reason(
  setup: Setup,
  turns: readonly Turn[],
  { engine, signal }: Running,
): AsyncGenerator<Cell, void, void> {
  const problems = await setup.data.open();
  try {
    let runner: Runner | undefined;
    let last: { readonly problem: number; readonly asked: Asked; shown?: readonly string[] } | undefined;
    for (const turn of turns) {
      if (signal.aborted) return;
      if (last?.problem !== turn.problem) last = { problem: turn.problem, asked: await problems.at(turn.problem) };
      const changes = changesFor(setup, turn, last.asked);
      // The graph's own picture need not be there.
      runner ??= await Runner.open(engine, withParams(setup.document, changes), setup.target.loop, setup.folder);
      const result = await runner.result(changes, signal);
      if (!result) return;
      const found = searchIn(result, setup.target.loop);
      if (turn.strategy === POOL) last.shown = requireSame(turn, found, last.shown);
      yield cellOf(turn, found, last.asked);
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

/** Verifiers are compared on the very same candidates: sampling is a function of the seed. Returns their texts. */
function requireSame({ problem }: Turn, { candidates }: SearchResult, before: readonly string[] | undefined): string[] {
  const texts = candidates.map(({ text }) => text);
  if (before && texts.join('\0') !== before.join('\0'))
    throw new NodeError(
      `Two verifiers were shown different candidates of problem ${problem + 1}.`,
      'The generator does not give the same text for the same seed: measure one verifier at a time.',
    );
  return texts;
}

function cellOf(turn: Turn, { candidates, chosen, spent }: SearchResult, asked: Asked): Cell {
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
    ms: spent.ms,
    kvCacheBytes: spent.kvCache,
  };
}
