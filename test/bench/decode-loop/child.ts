import * as ort from 'onnxruntime-node';
import { type DecodeState, decodeChunk, startState } from '../../../nodes/generation/decode.ts';
import type { Sampling } from '../../../nodes/generation/sampling.ts';
import type { DecoderConfig } from '../../../nodes/llm/config.ts';
import { decodeGraph, stepGraph } from '../../../nodes/llm/model.ts';
import { LLM_PRESETS } from '../../../nodes/llm/presets.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import type { Session } from '../../../nodes/run.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { openModel } from '../model.ts';

/** Times the two ways to decode over one set of weights, in turn: ask with `{ context, repeats }`. */
export interface Asked {
  readonly context: number;
  readonly repeats: number;
}

/** Milliseconds a token of each repeat, the two ways side by side, and whether the tokens were the same. */
export interface Told {
  readonly pairs: readonly (readonly [plain: number, chunked: number])[];
  readonly same: boolean;
}

const CONFIG: DecoderConfig = { ...LLM_PRESETS['smollm2-135m'].config, layers: 8 };
const SIZES = {
  vocabulary: CONFIG.vocabulary,
  layers: CONFIG.layers,
  kvHeads: CONFIG.kvHeads,
  headDim: CONFIG.width / CONFIG.heads,
  width: CONFIG.width,
  axes: 1,
  cacheType: 'float32',
} as const;
const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const OPTIONS = { precision: 'fp32', fused: true } as const;
/** As the generator cuts an answer whose tokens take about 10 ms: 8, then twice as many, up to 250 ms a call. */
const CHUNKS = [8, 16, 24];
const TOKENS = CHUNKS.reduce((sum, steps) => sum + steps, 0);

const [step, loop] = [await openModel(buildModel(stepGraph(CONFIG, OPTIONS))), await openLoop()];

async function openLoop(): Promise<Session> {
  const session = await openModel(buildModel(decodeGraph(CONFIG, OPTIONS)));
  return {
    inputs: [],
    outputs: [],
    provider: { asked: 'cpu', ran: 'cpu' },
    async run(feeds) {
      const outputs = Object.entries(await session.run(toOrt(feeds)));
      return Object.fromEntries(
        outputs.map(([name, { type, data, dims }]) => [name, { dtype: type, data, dims } as unknown as Tensor]),
      );
    },
  };
}

function toOrt(feeds: Readonly<Record<string, Tensor>>): Record<string, ort.Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
      name,
      new ort.Tensor(dtype, data as Float32Array, dims),
    ]),
  );
}

/** A cache of `context` tokens, read in one call, and the first token after it. */
async function filled(context: number): Promise<DecodeState> {
  const ids = Array.from({ length: context }, (_, i) => (i * 7919) % CONFIG.vocabulary);
  const visual = { dtype: 'float32', dims: [0, CONFIG.width], data: new Float32Array(0) } as const;
  const prompt = { ids, visual, slots: [], positions: [ids.map((_, i) => i)], next: context };
  return (await decodeChunk(loop, SIZES, startState(SIZES, prompt), { ...chunkOptions, steps: 1 })).state;
}

const chunkOptions = { sampling: GREEDY, ends: [], uniform: () => 0 };

async function chunked(start: DecodeState): Promise<number[]> {
  const tokens: number[] = [];
  let state = start;
  for (const steps of CHUNKS) {
    const chunk = await decodeChunk(loop, SIZES, state, { ...chunkOptions, steps });
    tokens.push(...chunk.tokens.flat());
    state = chunk.state;
  }
  return tokens;
}

/** One call a token, the token picked inside the model, and the cache handed back as it came: no logits are fetched. */
async function plain(start: DecodeState): Promise<number[]> {
  const wanted = step.outputNames.filter((name) => name !== 'logits');
  const feeds = toOrt({ ...start.pending, ...start.past });
  const tokens: number[] = [];
  for (let at = 0; at < TOKENS; at++) {
    const outputs = await step.run(feeds, wanted);
    const token = (outputs.token as ort.TypedTensor<'int64'>).data[0] ?? 0n;
    tokens.push(Number(token));
    feeds.ids = new ort.Tensor('int64', BigInt64Array.of(token), [1, 1]);
    feeds.positions = new ort.Tensor('int64', BigInt64Array.of((start.next[0] ?? 0n) + BigInt(at)), [1, 1, 1]);
    for (const name of wanted)
      if (name.startsWith('present')) feeds[name.replace('present', 'past')] = outputs[name] as ort.Tensor;
  }
  return tokens;
}

async function timed(work: () => Promise<number[]>): Promise<{ readonly ms: number; readonly tokens: string }> {
  const start = performance.now();
  const tokens = await work();
  return { ms: (performance.now() - start) / TOKENS, tokens: tokens.join() };
}

process.on('message', async ({ context, repeats }: Asked) => {
  const start = await filled(context);
  const pairs: [number, number][] = [];
  let same = true;
  // The first pair warms both up.
  for (let i = 0; i <= repeats; i++) {
    const [first, second] = i % 2 === 0 ? [plain, chunked] : [chunked, plain];
    const results = [await timed(() => first(start)), await timed(() => second(start))];
    const [one, many] = i % 2 === 0 ? results : results.reverse();
    if (!one || !many) throw new Error('two ways were to be timed');
    same &&= one.tokens === many.tokens;
    if (i > 0) pairs.push([one.ms, many.ms]);
  }
  process.send?.({ pairs, same } satisfies Told);
});
