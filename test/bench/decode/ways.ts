import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoModelForCausalLM, DynamicCache, env, Tensor as HubTensor } from '@huggingface/transformers';
import * as ort from 'onnxruntime-node';
import { type DecodeState, decodeChunk, startState } from '../../../nodes/generation/decode.ts';
import { uniformGenerator } from '../../../nodes/generation/uniforms.ts';
import { decodeGraph, stepGraph } from '../../../nodes/llm/model.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { openSession, textPrompt } from '../../integration/llm/tiny.ts';
import { CONFIG, FUSED, SIZES, weightFiles, writeExport } from './export.ts';

/** Child process of decode.bench.ts: decodes in the way its argument names, after a context that a message names. */

export type Way = 'chunks' | 'plain' | 'transformers';

/** One round: the tokens, and the milliseconds they took. */
export interface Round {
  readonly tokens: readonly number[];
  readonly ms: number;
}

/** What the generator's sizing comes to at about 20 ms a token. */
const CHUNKS = [8, 16, 8];
const TOKENS = CHUNKS.reduce((sum, steps) => sum + steps, 0);
const FIRST = 17;
const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

type Decode = (context: number) => Promise<Round>;

const ways: Readonly<Record<Way, () => Promise<Decode>>> = { chunks, plain, transformers };

async function chunks(): Promise<Decode> {
  const session = await openSession(decodeGraph(CONFIG, FUSED));
  return async (context) => {
    const prompt = { ...textPrompt(CONFIG, [FIRST]), positions: [[context]], next: context + 1 };
    const past = Object.entries(cacheOf(context)).map(([name, data]) => {
      return [`past.${name}`, { dtype: 'float32', dims: cacheDims(context), data }];
    });
    const kept = BigInt64Array.of(BigInt(context));
    let state: DecodeState = { ...startState(SIZES, prompt), kept, past: Object.fromEntries(past) };
    const tokens: number[] = [];
    const start = performance.now();
    for (const steps of CHUNKS) {
      const chunk = await decodeChunk(session, SIZES, state, {
        sampling: GREEDY,
        ends: [],
        uniforms: [uniformGenerator(1)],
        steps,
      });
      tokens.push(...chunk.tokens.flat());
      state = chunk.state;
    }
    return { tokens, ms: performance.now() - start };
  };
}

/** What a script on onnxruntime-node does: the cache goes in and comes out of one call a token. */
async function plain(): Promise<Decode> {
  const model = buildModel(stepGraph(CONFIG, FUSED));
  const session = await ort.InferenceSession.create(model.bytes, {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    externalData: weightFiles(model),
  });
  const constants = {
    visual: new ort.Tensor('float32', new Float32Array(0), [0, CONFIG.width]),
    slots: new ort.Tensor('int64', new BigInt64Array(0), [0, 2]),
  };
  return async (context) => {
    let cache: Record<string, ort.Tensor> = {};
    for (const [name, data] of Object.entries(cacheOf(context)))
      cache[`past.${name}`] = new ort.Tensor('float32', data, cacheDims(context));
    let token = FIRST;
    const tokens: number[] = [];
    const start = performance.now();
    for (let step = 0; step < TOKENS; step++) {
      const ids = new ort.Tensor('int64', [BigInt(token)], [1, 1]);
      const positions = new ort.Tensor('int64', [BigInt(context + step)], [1, 1, 1]);
      const { logits: _, token: best, ...present } = await session.run({ ...constants, ...cache, ids, positions });
      token = Number(best?.data[0]);
      tokens.push(token);
      cache = {};
      for (const [name, tensor] of Object.entries(present))
        cache[name.replace('present', 'past')] = tensor as ort.Tensor;
    }
    return { tokens, ms: performance.now() - start };
  };
}

/** `generate` of Transformers.js over a folder laid out as its exports are, with the same weights. */
async function transformers(): Promise<Decode> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-export-'));
  try {
    await writeExport(join(folder, 'decoder'));
    env.allowRemoteModels = false;
    env.localModelPath = folder;
    const model = await AutoModelForCausalLM.from_pretrained('decoder', { dtype: 'fp32', device: 'cpu' });
    return async (context) => {
      const cache = Object.entries(cacheOf(context)).map(([name, data]) => {
        return [`past_key_values.${name}`, new HubTensor('float32', data, cacheDims(context))];
      });
      const ids = Array.from({ length: context + 1 }, () => BigInt(FIRST));
      const input_ids = new HubTensor('int64', ids, [1, ids.length]);
      const attention_mask = new HubTensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]);
      const past_key_values = new DynamicCache(Object.fromEntries(cache));
      const start = performance.now();
      const found = await model.generate({
        input_ids,
        attention_mask,
        past_key_values,
        max_new_tokens: TOKENS,
        do_sample: false,
      } as never);
      const ms = performance.now() - start;
      if (!(found instanceof HubTensor)) throw new Error('generate was to give a tensor of ids');
      return { tokens: Array.from(found.data as BigInt64Array, Number).slice(-TOKENS), ms };
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function cacheDims(context: number): number[] {
  return [1, CONFIG.kvHeads, context, SIZES.headDim];
}

/** Random keys and values of a context, by `<layer>.key` and `.value`: what they are does not change the time. */
function cacheOf(context: number): Record<string, Float32Array> {
  const uniform = uniformGenerator(context);
  const names = Array.from({ length: CONFIG.layers }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat();
  const count = CONFIG.kvHeads * context * SIZES.headDim;
  return Object.fromEntries(names.map((name) => [name, Float32Array.from({ length: count }, () => uniform() - 0.5)]));
}

const way = process.argv[2] as Way;
const decode = ways[way]();
process.on('message', async (context: number) => process.send?.(await (await decode)(context)));
process.once('disconnect', () => process.exit());
