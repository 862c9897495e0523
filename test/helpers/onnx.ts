import * as ort from 'onnxruntime-node';
import { THREADS } from '../../electron/backend/runtime/threads.ts';
import type { Graph } from '../../nodes/onnx/graph.ts';
import { randomWeights } from '../../nodes/onnx/random.ts';
import { buildModel, type SerializeOptions } from '../../nodes/onnx/serialize.ts';
import { bytesOf, type WeightSource } from '../../nodes/onnx/weights.ts';
import type { Tensor } from '../../nodes/values.ts';

/**
 * Weights as large as a trained model's, biases and scales included, so that a mistake in what is added, scaled or
 * turned shows in the result.
 */
export const boldWeights: WeightSource = {
  digest: 'bold',
  fill(spec, into) {
    const init = spec.init.kind === 'nibbles' ? spec.init : ({ kind: 'uniform', bound: 0.5 } as const);
    randomWeights(1).fill({ ...spec, init }, into);
  },
};

export interface OpenOptions extends SerializeOptions {
  readonly weights?: WeightSource;
  readonly session?: ort.InferenceSession.SessionOptions;
}

export interface OpenGraph {
  /** Every output by name. */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** A session for a graph, with random weights of seed 1 unless `weights` are given, on the CPU unless `session` says otherwise. */
export async function openGraph(graph: Graph, options: OpenOptions = {}): Promise<OpenGraph> {
  const weights = options.weights ?? randomWeights(1);
  const model = buildModel(graph, options);
  const externalData = model.files.map(({ path, bytes, entries }) => {
    const data = new Uint8Array(bytes);
    for (const { spec, offset } of entries) {
      weights.fill(spec, data.subarray(offset, offset + bytesOf(spec)));
    }
    return { path, data };
  });
  const session = await ort.InferenceSession.create(model.bytes, {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    extra: { session: THREADS },
    ...(externalData.length > 0 && { externalData }),
    ...options.session,
  });
  return {
    async run(feeds) {
      const inputs = Object.entries(feeds).map(([name, { dtype, data, dims }]) => [
        name,
        new ort.Tensor(dtype, data as Float32Array, dims),
      ]);
      const results = await session.run(Object.fromEntries(inputs));
      if (options.session?.enableProfiling) session.endProfiling();
      return Object.fromEntries(
        Object.entries(results).map(([name, { type, data, dims }]) => [
          name,
          { dtype: type, data, dims } as unknown as Tensor,
        ]),
      );
    },
    release: () => session.release(),
  };
}

/** Runs a graph once: every output by name. */
export async function runGraph(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  options: OpenOptions = {},
): Promise<Record<string, Tensor>> {
  const session = await openGraph(graph, options);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** Float values that look random and are the same every time, within ±1. */
export function floats(dims: readonly number[], seed = 1): Tensor {
  const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
  randomWeights(seed).fill(
    { name: `input ${dims}`, shape: dims, dtype: 'float32', init: { kind: 'uniform', bound: 1 }, parameters: 0 },
    new Uint8Array(data.buffer),
  );
  return { dtype: 'float32', dims, data };
}

export function int64s(dims: readonly number[], values: readonly number[]): Tensor {
  return { dtype: 'int64', dims, data: BigInt64Array.from(values, BigInt) };
}

/** Largest absolute difference of two outputs; shapes must be equal. */
export function difference(a: Tensor | undefined, b: Tensor | undefined): number {
  if (!a || !b || `${a.dims}` !== `${b.dims}`) throw new Error(`shapes differ: [${a?.dims}] and [${b?.dims}]`);
  let largest = 0;
  for (let i = 0; i < a.data.length; i++) {
    const gap = Math.abs(Number(a.data[i]) - Number(b.data[i]));
    // NaN must not pass for equal.
    if (!(gap <= largest)) largest = gap;
  }
  return largest;
}
