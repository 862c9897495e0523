import { describe, expect, it } from 'vitest';
import {
  type ChunkOptions,
  type DecodeState,
  decodeBranches,
  decodeChunk,
  emptyCache,
  type PromptTokens,
  promptCache,
  startState,
} from '../../../nodes/generation/decode.ts';
import { gather } from '../../../nodes/generation/rows.ts';
import type { Sampling } from '../../../nodes/generation/sampling.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { type DecoderConfig, decoderSizes } from '../../../nodes/llm/config.ts';
import { branchGraph, decodeGraph, stepGraph } from '../../../nodes/llm/model.ts';
import type { GraphOptions } from '../../../nodes/onnx/graph.ts';
import type { Session } from '../../../nodes/run.ts';
import type { Tensor } from '../../../nodes/values.ts';
import { difference, floats, int64s } from '../../helpers/onnx.ts';
import { LEARNED, MULTIMODAL, openSession, ROTARY, sizesOf, textPrompt } from './tiny.ts';

const FUSED: GraphOptions = { precision: 'fp32', fused: true };
const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const SAMPLED: Sampling = { temperature: 0.9, topK: 40, topP: 0.95, minP: 0.01, repetitionPenalty: 1.1 };
const IDS = [5, 17, 250, 3, 88, 140, 7];
const families: Readonly<Record<string, DecoderConfig>> = {
  rotary: ROTARY,
  'multimodal rotary': MULTIMODAL,
  'learned positions': LEARNED,
};

async function decode(
  session: Session,
  config: DecoderConfig,
  state: DecodeState,
  chunks: readonly number[],
  options: Partial<ChunkOptions> = {},
): Promise<{ tokens: number[][]; logProbs: number[][]; state: DecodeState }> {
  const [tokens, logProbs] = [0, 1].map(() => Array.from(state.ended, (): number[] => []));
  if (!tokens || !logProbs) throw new Error('there are two lists');
  const uniforms = Array.from(state.ended, (_, sequence) => uniformGenerator(7 + sequence));
  let now = state;
  for (const steps of chunks) {
    const chunk = await decodeChunk(session, sizesOf(config), now, {
      sampling: GREEDY,
      ends: [],
      uniforms,
      ...options,
      steps,
    });
    chunk.tokens.forEach((ids, sequence) => {
      tokens[sequence]?.push(...ids);
      logProbs[sequence]?.push(...(chunk.logProbs[sequence] ?? []));
    });
    now = chunk.state;
  }
  return { tokens, logProbs, state: now };
}

interface Drawn {
  readonly tokens: readonly number[];
  readonly logProbs: readonly number[];
}

/** What is drawn after a prompt by one sequence with a whole cache, and by two branches in several calls. */
async function inBranches(
  config: DecoderConfig,
  precision: 'fp32' | 'fp16',
  { sampling, steps }: { readonly sampling: Sampling; readonly steps: readonly number[] },
): Promise<[Drawn, Drawn[]]> {
  const sizes = decoderSizes(config, precision);
  await using session = await openSession(decodeGraph(config, { precision, fused: true }));
  await using branches = await openSession(branchGraph(config, { precision, fused: true }));
  const draws = () => ({ sampling, ends: [], uniforms: [uniformGenerator(3)] });
  const drawing = draws();
  const start = startState(sizes, textPrompt(config, IDS));
  const prompt = await decodeChunk(session, sizes, start, { ...drawing, steps: 1 });
  const count = steps.reduce((sum, each) => sum + each, 0);
  const alone = await decodeChunk(session, sizes, prompt.state, { ...drawing, steps: count });

  const [last = 0, next, { seen }] = [prompt.tokens[0]?.[0], IDS.length + 1, prompt.state];
  const row = { past: emptyCache(sizes), row: 0, kept: 0, last, next, seen };
  const uniforms = [uniformGenerator(3), uniformGenerator(3)];
  // The first went to the token after the prompt.
  for (const uniform of uniforms) uniform();
  const options = { ...draws(), uniforms, constants: promptCache(prompt.state.past) };
  let state = gather(sizes, [row, row], count);
  const drawn = uniforms.map(() => ({ tokens: [] as number[], logProbs: [] as number[] }));
  for (const each of steps) {
    const chunk = await decodeBranches(branches, sizes, state, { ...options, steps: each });
    state = chunk.state;
    drawn.forEach(({ tokens, logProbs }, sequence) => {
      tokens.push(...(chunk.tokens[sequence] ?? []));
      logProbs.push(...(chunk.logProbs[sequence] ?? []));
    });
  }
  return [{ tokens: alone.tokens[0] ?? [], logProbs: alone.logProbs[0] ?? [] }, drawn];
}

/** One call a token, the most likely one, written by hand over the step graph. */
async function plainLoop(
  session: Session,
  config: DecoderConfig,
  prompt: PromptTokens,
  steps: number,
): Promise<number[]> {
  let feeds: Record<string, Tensor> = {
    ...startState(sizesOf(config), prompt).pending,
    ...startState(sizesOf(config), prompt).past,
  };
  const tokens: number[] = [];
  for (let step = 0; step < steps; step++) {
    const outputs = await session.run(feeds);
    const token = Number(outputs.token?.data[0]);
    tokens.push(token);
    const axes = prompt.positions.length;
    feeds = {
      ids: int64s([1, 1], [token]),
      visual: { dtype: 'float32', dims: [0, config.width], data: new Float32Array(0) },
      slots: int64s([0, 2], []),
      positions: int64s(
        [axes, 1, 1],
        Array.from({ length: axes }, () => prompt.next + step),
      ),
    };
    for (const [name, tensor] of Object.entries(outputs))
      if (name.startsWith('present')) feeds[name.replace('present', 'past')] = tensor;
  }
  return tokens;
}

describe.each(Object.entries(families))('a decoder with %s', (_, config) => {
  it('gives the same tokens in chunks, step by step, and in a loop of one call a token', async () => {
    await using loop = await openSession(decodeGraph(config, FUSED));
    await using step = await openSession(stepGraph(config, FUSED));
    const prompt = textPrompt(config, IDS);
    const start = startState(sizesOf(config), prompt);
    const chunked = await decode(loop, config, start, [1, 8, 15]);
    const stepwise = await decode(loop, config, start, Array(24).fill(1));
    expect(chunked.tokens).toEqual(stepwise.tokens);
    expect(chunked.tokens.flat()).toEqual(await plainLoop(step, config, prompt, 24));
    expect(new Set(chunked.tokens.flat()).size).toBeGreaterThan(2);
  });

  it('samples the same tokens in chunks and step by step', async () => {
    await using loop = await openSession(decodeGraph(config, FUSED));
    const start = startState(sizesOf(config), textPrompt(config, IDS));
    const chunked = await decode(loop, config, start, [1, 8, 15], { sampling: SAMPLED });
    const stepwise = await decode(loop, config, start, Array(24).fill(1), { sampling: SAMPLED });
    expect(chunked.tokens).toEqual(stepwise.tokens);
    expect(chunked.tokens).not.toEqual((await decode(loop, config, start, [24])).tokens);
    expect(chunked.logProbs[0]).toHaveLength(24);
    for (const [at, logProb] of (chunked.logProbs[0] ?? []).entries())
      expect(logProb).toBeCloseTo(stepwise.logProbs[0]?.[at] ?? 1, 3);
  });

  it('samples the same in branches that share their prompt', async () => {
    const [alone, shared] = await inBranches(config, 'fp32', { sampling: SAMPLED, steps: [5, 7] });
    for (const { tokens, logProbs } of shared) {
      expect(tokens).toEqual(alone.tokens);
      expect(tokens).toHaveLength(12);
      logProbs.forEach((logProb, at) => {
        expect(logProb).toBeCloseTo(alone.logProbs[at] ?? 0, 4);
      });
    }
  });

  it('finds a token as likely in branches that share their prompt in half precision', async () => {
    const [alone, shared] = await inBranches(config, 'fp16', { sampling: GREEDY, steps: [1] });
    for (const { logProbs } of shared)
      expect(Math.abs((logProbs[0] ?? 1) - (alone.logProbs[0] ?? 0))).toBeLessThan(0.02);
  });

  it('has the same logits in fused and in plain operators', async () => {
    await using fused = await openSession(stepGraph(config, FUSED));
    await using plain = await openSession(stepGraph(config, { precision: 'fp32', fused: false }));
    const state = startState(sizesOf(config), textPrompt(config, IDS));
    const feeds = { ...state.pending, ...state.past };
    const [a, b] = [await fused.run(feeds), await plain.run(feeds)];
    expect(difference(a.logits, b.logits)).toBeLessThan(1e-4 * Math.max(1, largest(a.logits)));
    expect(difference(a['present.1.key'], b['present.1.key'])).toBeLessThan(1e-4);
  });

  it('reads visual rows in place of tokens', async () => {
    await using step = await openSession(stepGraph(config, FUSED));
    const text = startState(sizesOf(config), textPrompt(config, IDS));
    const visual = floats([2, config.width]);
    const seen = { ...text.pending, visual, slots: int64s([2, 2], [0, 1, 0, 2]) };
    const a = await step.run({ ...text.pending, ...text.past });
    const b = await step.run({ ...seen, ...text.past });
    expect(difference(a.logits, b.logits)).toBeGreaterThan(1e-2);
    const others = { ...seen, ids: int64s([1, IDS.length], IDS.with(1, 0).with(2, 0)) };
    expect(difference(b.logits, (await step.run({ ...others, ...text.past })).logits)).toBe(0);
  });
});

describe('decoding', () => {
  it('stops at an end token within a chunk', async () => {
    await using loop = await openSession(decodeGraph(ROTARY, FUSED));
    const start = startState(sizesOf(ROTARY), textPrompt(ROTARY, IDS));
    const free = (await decode(loop, ROTARY, start, [20])).tokens.flat();
    const end = free[5] ?? 0;
    const stopped = await decode(loop, ROTARY, start, [20], { ends: [299, end] });
    expect(stopped.tokens.flat()).toEqual(free.slice(0, free.indexOf(end) + 1));
    expect(stopped.state.ended[0]).toBe(1);
  });

  it.each([true, false])(
    'goes on with sequences of different lengths as if each were alone (fused: %s)',
    async (fused) => {
      await using loop = await openSession(decodeGraph(ROTARY, { precision: 'fp32', fused }));
      const sizes = sizesOf(ROTARY);
      const begun = [];
      for (const ids of [IDS, IDS.slice(3), [...IDS, ...IDS, 9]])
        begun.push(await decode(loop, ROTARY, startState(sizes, textPrompt(ROTARY, ids)), [1 + ids.length]));
      const starts = begun.map(({ state }) => ({
        past: state.past,
        row: 0,
        kept: Number(state.kept[0]),
        last: Number(state.pending.ids.data[0]),
        next: Number(state.next[0]),
        seen: state.seen,
      }));
      for (const sampling of [GREEDY, SAMPLED]) {
        const alone = [];
        for (const [at, start] of starts.entries()) {
          const uniforms = [uniformGenerator(7 + at)];
          alone.push(await decode(loop, ROTARY, gather(sizes, [start]), [24], { sampling, uniforms }));
        }
        // The first ends early, and stands still while the others go on; a later batch has it go on from there.
        const end = alone[0]?.tokens[0]?.[4] ?? 0;
        const untilEnd = (ids: readonly number[] = []) =>
          ids.includes(end) ? ids.slice(0, ids.indexOf(end) + 1) : ids;
        const batch = await decode(loop, ROTARY, gather(sizes, starts), [3, 21], { sampling, ends: [end] });
        alone.forEach(({ tokens, logProbs }, at) => {
          expect(batch.tokens[at]).toEqual(untilEnd(tokens[0]));
          batch.logProbs[at]?.forEach((logProb, step) => {
            expect(Math.abs(logProb - (logProbs[0]?.[step] ?? 1))).toBeLessThan(1e-4);
          });
        });
        expect(batch.tokens[0]?.length).toBeLessThan(batch.tokens[1]?.length ?? 0);
        const { state } = batch;
        const first = batch.tokens[0] ?? [];
        const on = gather(sizes, [
          {
            past: state.past,
            row: 0,
            kept: Number(state.kept[0]),
            last: first.at(-1) ?? 0,
            next: Number(state.next[0]),
            seen: state.seen.subarray(0, ROTARY.vocabulary),
          },
        ]);
        const rest = uniformGenerator(7);
        for (let drawn = 0; drawn < first.length; drawn++) rest();
        const after = await decode(loop, ROTARY, on, [24 - first.length], { sampling, uniforms: [rest] });
        expect([...first, ...(after.tokens[0] ?? [])]).toEqual(alone[0]?.tokens[0]);
      }
    },
  );

  it('gives scores after each of several tokens, the same as one after another', async () => {
    await using loop = await openSession(decodeGraph(ROTARY, FUSED));
    const start = startState(sizesOf(ROTARY), textPrompt(ROTARY, IDS));
    const options = { sampling: GREEDY, ends: [], steps: 1, uniforms: [() => 0] };
    const whole = await decodeChunk(loop, sizesOf(ROTARY), start, { ...options, scores: IDS.length });
    expect(whole.logits?.dims).toEqual([1, IDS.length, ROTARY.vocabulary]);
    for (const count of [1, 4, IDS.length]) {
      const part = startState(sizesOf(ROTARY), textPrompt(ROTARY, IDS.slice(0, count)));
      const { logits } = await decodeChunk(loop, sizesOf(ROTARY), part, { ...options, scores: 1 });
      const from = (count - 1) * ROTARY.vocabulary;
      const data = whole.logits?.data.slice(from, from + ROTARY.vocabulary) ?? new Float32Array(0);
      expect(difference(logits, { dtype: 'float32', dims: [1, 1, ROTARY.vocabulary], data })).toBeLessThan(1e-4);
    }
  });

  it('goes on from a kept state more than once with the same tokens', async () => {
    await using loop = await openSession(decodeGraph(ROTARY, FUSED));
    const { state } = await decode(loop, ROTARY, startState(sizesOf(ROTARY), textPrompt(ROTARY, IDS)), [4]);
    const first = await decode(loop, ROTARY, state, [6], { sampling: SAMPLED });
    expect((await decode(loop, ROTARY, state, [3, 3], { sampling: SAMPLED })).tokens).toEqual(first.tokens);
  });
});

function largest(tensor: Tensor | undefined): number {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('expected float32');
  return tensor.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
