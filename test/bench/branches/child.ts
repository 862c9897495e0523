import { markHeapSeldom } from '../../../electron/backend/engine/heap.ts';
import { branchThreads, openBranching } from '../../../nodes/generation/branching.ts';
import type { TextTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { generate } from '../../../nodes/llm/generator.ts';
import { branchGraph, decodeGraph } from '../../../nodes/llm/model.ts';
import reasoner from '../../../nodes/models/recipes/reasoner.json' with { type: 'json' };
import { bytesOf } from '../../../nodes/onnx/weights.ts';
import { boundDecoder, livelyWeights, openSession, textPrompt } from '../../integration/llm/tiny.ts';

/** Child process of branches.bench.ts. */
export interface BranchesRound {
  /** Milliseconds of one sample, and of sixteen after one prefill. */
  readonly one: number;
  readonly sixteen: number;
  /** Tokens run through the model, over distinct tokens, of a tree that is grown step by step. */
  readonly ratio: number;
}

const CONFIG = { ...reasoner.llm, ...({ norm: 'rms', bias: 'none' } as const) } as Parameters<typeof decodeGraph>[0];
const [PROMPT, ANSWER, SAMPLES] = [100, 80, 16];
const SAMPLING = { temperature: 0.8, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
/** One token in eight ends a step, and none the answer: all answers are as long. */
const tokenizer: TextTokenizer = {
  encode: () => [],
  decode: (ids) => ids.join(' '),
  idOf: () => undefined,
  idsWith: () => Array.from({ length: CONFIG.vocabulary / 8 }, (_, i) => 8 * i + 3),
};

// As the engine does.
markHeapSeldom();
const GRAPH = { precision: 'fp32', fused: true } as const;
const session = await openSession(decodeGraph(CONFIG, GRAPH), livelyWeights());
const graph = branchGraph(CONFIG, GRAPH);
const bytes = graph.params.reduce((sum, spec) => sum + bytesOf(spec), 0);
const branches = await openSession(graph, livelyWeights(), branchThreads(bytes));
const decoder = { ...boundDecoder(session, CONFIG, tokenizer), branches: async () => branches };
const tokens = textPrompt(
  CONFIG,
  Array.from({ length: PROMPT }, (_, i) => (i * 37) % CONFIG.vocabulary),
);
const { signal } = new AbortController();

async function one(seed: number): Promise<void> {
  const counts = { prompt: PROMPT, visual: 0 };
  const request = { sampling: { ...SAMPLING, seed }, maxTokens: ANSWER, stop: [], signal };
  const { answer } = await generate(decoder, { tokens, counts, room: 10_000 }, request);
  if (answer.logProbs.length !== ANSWER) throw new Error('the sample is too short');
}

async function sixteen(seed: number): Promise<void> {
  const tree = await openBranching(decoder, tokens, 10_000, seed);
  const request = { count: SAMPLES, until: 'end', sampling: SAMPLING, maxTokens: ANSWER, signal } as const;
  const grown = await tree.grow([tree.root], request);
  if (grown.length !== SAMPLES || grown.some(({ ids }) => ids.length !== ANSWER))
    throw new Error('samples are missing');
}

/** A beam of four, each of which goes on four times, over eight steps. */
async function ratio(seed: number): Promise<number> {
  const tree = await openBranching(decoder, tokens, 10_000, seed);
  const request = { count: 4, until: 'step', sampling: SAMPLING, maxTokens: 10_000, signal } as const;
  let beam = await tree.grow([tree.root], request);
  for (let step = 1; step < 8; step++) beam = await tree.grow(beam.slice(0, 4), request);
  return tree.spent.run / tree.spent.distinct;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

process.on('message', async (seed: number) => {
  const round: BranchesRound = {
    one: await timed(() => one(seed)),
    sixteen: await timed(() => sixteen(seed)),
    ratio: await ratio(seed),
  };
  process.send?.(round);
});
process.once('disconnect', () => process.exit());
