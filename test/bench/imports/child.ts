import { basename, dirname } from 'node:path';
import { AutoModelForCausalLM, env, Tensor as HubTensor } from '@huggingface/transformers';
import * as ort from 'onnxruntime-node';
import { openExport } from '../../../electron/backend/models/export-folder.ts';
import { fromOrt, toOrt } from '../../../electron/backend/runtime/tensors.ts';
import { decodeChunk, startState } from '../../../nodes/generation/decode.ts';
import { loopModel } from '../../../nodes/imports/session.ts';
import type { Session } from '../../../nodes/run.ts';
import { textPrompt } from '../../integration/llm/tiny.ts';
import { CONFIG, SIZES } from '../decode/export.ts';

/** Child process of imports.bench.ts: reads a prompt of so many tokens of an export, and goes on from it. */

export type Way = 'patchbay' | 'transformers';

export interface Round {
  readonly tokens: readonly number[];
  /** Milliseconds to the first token, and of all others. */
  readonly firstMs: number;
  readonly restMs: number;
  /** Most memory of this process so far, in bytes. */
  readonly peakBytes: number;
}

/** After the first token: what the generator's sizing comes to. */
const CHUNKS = [8, 16, 8];
const TOKENS = 1 + CHUNKS.reduce((sum, steps) => sum + steps, 0);
const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

type Answer = (ids: readonly number[]) => Promise<Omit<Round, 'peakBytes'>>;

const ways: Readonly<Record<Way, (folder: string) => Promise<Answer>>> = { patchbay, transformers };

async function patchbay(folder: string): Promise<Answer> {
  const model = await openExport('export', folder, 'auto', Number.POSITIVE_INFINITY);
  const { decoder } = model.facts;
  if (!decoder) throw new Error('the export has a decoder');
  const { bytes, beside } = loopModel(model, decoder, 'cpu');
  const opened = await ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    extra: { session: { model_external_initializers_file_folder_path: beside?.folder ?? '' } },
  });
  const session: Session = {
    inputs: [],
    outputs: [],
    provider: { asked: 'cpu', ran: 'cpu' },
    run: async (feeds, fetch) => fromOrt(await opened.run(toOrt(feeds), [...(fetch ?? opened.outputNames)])),
  };
  return async (ids) => {
    const start = performance.now();
    let first = start;
    let state = startState(SIZES, textPrompt(CONFIG, ids));
    const tokens: number[] = [];
    for (const steps of [1, ...CHUNKS]) {
      const options = { sampling: GREEDY, ends: [], uniforms: [() => 0], steps };
      const chunk = await decodeChunk(session, SIZES, state, options);
      if (tokens.length === 0) first = performance.now();
      tokens.push(...chunk.tokens.flat());
      state = chunk.state;
    }
    return { tokens, firstMs: first - start, restMs: performance.now() - first };
  };
}

async function transformers(folder: string): Promise<Answer> {
  env.allowRemoteModels = false;
  env.localModelPath = dirname(folder);
  const model = await AutoModelForCausalLM.from_pretrained(basename(folder), { dtype: 'fp32', device: 'cpu' });
  return async (ids) => {
    const input_ids = new HubTensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
    const attention_mask = new HubTensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]);
    const heard: number[] = [];
    // It hears the prompt, and then each token as it is made.
    const streamer = { put: () => heard.push(performance.now()), end() {} };
    const start = performance.now();
    const found = await model.generate({
      input_ids,
      attention_mask,
      streamer,
      max_new_tokens: TOKENS,
      do_sample: false,
    } as never);
    const first = heard[1] ?? start;
    const end = performance.now();
    if (!(found instanceof HubTensor)) throw new Error('generate was to give a tensor of ids');
    const tokens = Array.from(found.data as BigInt64Array, Number).slice(-TOKENS);
    return { tokens, firstMs: first - start, restMs: end - first };
  };
}

const [, , way, folder] = process.argv;
const answer = ways[way as Way](folder ?? '');
process.on('message', async (ids: readonly number[]) => {
  const round = await (await answer)(ids);
  process.send?.({ ...round, peakBytes: process.resourceUsage().maxRSS * 1024 } satisfies Round);
});
process.once('disconnect', () => process.exit());
