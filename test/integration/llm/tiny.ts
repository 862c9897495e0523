import * as ort from 'onnxruntime-node';
import { THREADS } from '../../../electron/backend/runtime/threads.ts';
import type { BoundDecoder, PromptTokens } from '../../../nodes/generation/decode.ts';
import { sampleGraph } from '../../../nodes/generation/sampling.ts';
import type { TextTokenizer } from '../../../nodes/generation/tokenizer.ts';
import { type DecoderConfig, decoderSizes, positionAxes } from '../../../nodes/llm/config.ts';
import type { Graph } from '../../../nodes/onnx/graph.ts';
import { randomWeights } from '../../../nodes/onnx/random.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { bytesOf, NO_WEIGHTS, type WeightSource } from '../../../nodes/onnx/weights.ts';
import type { Session } from '../../../nodes/run.ts';
import type { Tensor } from '../../../nodes/values.ts';

/** Decoders small enough for tests, of each way to know positions. */
export const ROTARY: DecoderConfig = {
  vocabulary: 300,
  width: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  mlp: { width: 96, activation: 'swiglu' },
  norm: 'rms',
  epsilon: 1e-5,
  bias: 'none',
  positions: { kind: 'rotary', theta: 10000 },
  tied: true,
};

export const MULTIMODAL: DecoderConfig = {
  ...ROTARY,
  bias: 'query-key-value',
  positions: { kind: 'multimodal', theta: 1e6, sections: [2, 3, 3] },
  tied: false,
};

export const LEARNED: DecoderConfig = {
  ...ROTARY,
  kvHeads: 4,
  norm: 'layer',
  bias: 'all',
  mlp: { width: 96, activation: 'relu' },
  positions: { kind: 'learned', count: 130, offset: 2 },
};

export const sizesOf = (config: DecoderConfig) => decoderSizes(config, 'fp32');

export function textPrompt(config: DecoderConfig, ids: readonly number[]): PromptTokens {
  const places = ids.map((_, at) => at);
  return {
    ids,
    visual: { dtype: 'float32', dims: [0, config.width], data: new Float32Array(0) },
    slots: [],
    positions: Array.from({ length: positionAxes(config) }, () => places),
    next: ids.length,
  };
}

/** A decoder over a session of its `decodeGraph`, which no token ends. */
export function boundDecoder(session: Session, config: DecoderConfig, tokenizer: TextTokenizer): BoundDecoder {
  let sampler: Promise<Session> | undefined;
  return {
    session,
    sizes: sizesOf(config),
    tokenizer,
    ends: [],
    constants: {},
    sampler: () => (sampler ??= openSession(sampleGraph(config.vocabulary), NO_WEIGHTS)),
    clock: () => performance.now(),
  };
}

/** Weights wide enough apart that tokens are not all alike: random ones of a trained model's size say nearly nothing. */
export function livelyWeights(seed = 1): WeightSource {
  const plain = randomWeights(seed);
  return {
    digest: `lively-${seed}`,
    fill(spec, into) {
      const wide = spec.init.kind === 'normal' ? { ...spec, init: { kind: 'normal' as const, std: 0.3 } } : spec;
      plain.fill(wide, into);
    },
  };
}

/** A session straight on ONNX Runtime. `threads`: one is enough for the smallest, and is not slowed by whoever runs beside. */
export async function openSession(
  graph: Graph,
  weights: WeightSource = livelyWeights(),
  threads?: number,
): Promise<Session & AsyncDisposable> {
  const model = buildModel(graph);
  const externalData = model.files.map(({ path, bytes, entries }) => {
    const data = new Uint8Array(bytes);
    for (const { spec, offset } of entries) weights.fill(spec, data.subarray(offset, offset + bytesOf(spec)));
    return { path, data };
  });
  const session = await ort.InferenceSession.create(model.bytes, {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    extra: { session: THREADS },
    externalData,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
  });
  const ports = (metadata: readonly ort.InferenceSession.ValueMetadata[]) =>
    metadata.map(({ name }) => ({ name, dtype: 'float32' as const, dims: [] }));
  return {
    inputs: ports(session.inputMetadata),
    outputs: ports(session.outputMetadata),
    provider: { asked: 'cpu', ran: 'cpu' },
    async run(feeds, fetch) {
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
          name,
          new ort.Tensor(dtype, data as Float32Array, dims),
        ]),
      );
      const results = await session.run(inputs, [...(fetch ?? session.outputNames)]);
      return Object.fromEntries(
        Object.entries(results).map(([name, { type, data, dims }]) => [
          name,
          { dtype: type, data, dims } as unknown as Tensor,
        ]),
      );
    },
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
}
