import { create, toBinary } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import type { ProviderEntry } from '../contract.ts';

/** In order of preference; each is tried, because what a package lists says nothing of the machine. */
export function candidates(platform: string = process.platform): readonly string[] {
  if (platform === 'win32') return ['cuda', 'dml', 'webgpu', 'cpu'];
  if (platform === 'darwin') return ['coreml', 'webgpu', 'cpu'];
  return ['cuda', 'webgpu', 'cpu'];
}

// What fails is thrown or reported; ONNX Runtime need not print it too.
ort.env.logLevel = 'fatal';

const trials = new Map<string, Promise<ProviderEntry>>();

/** Tries a provider once a process: makes a session of one MatMul with it and checks the answer. */
export function tryProvider(name: string): Promise<ProviderEntry> {
  let trial = trials.get(name);
  if (!trial) {
    trial = attempt(name);
    trials.set(name, trial);
  }
  return trial;
}

export function listProviders(): Promise<ProviderEntry[]> {
  // One after the other: a provider that starts its device badly should not meet another that does the same.
  return candidates().reduce(
    async (list, name) => [...(await list), await tryProvider(name)],
    Promise.resolve<ProviderEntry[]>([]),
  );
}

async function attempt(name: string): Promise<ProviderEntry> {
  try {
    const session = await ort.InferenceSession.create(oneMatMul(), { executionProviders: [name], logSeverityLevel: 4 });
    try {
      const a = new ort.Tensor('float32', [1, 2, 3, 4], [2, 2]);
      const b = new ort.Tensor('float32', [5, 6, 7, 8], [2, 2]);
      const { c } = await session.run({ a, b });
      const answer = c ? Array.from(c.data as Float32Array) : [];
      const works = [19, 22, 43, 50].every((expected, i) => Math.abs(expected - (answer[i] ?? Number.NaN)) < 1e-2);
      return {
        name,
        works,
        reason: works ? 'multiplied two matrices correctly' : `multiplied two matrices to ${answer.join(', ')}`,
      };
    } finally {
      await session.release();
    }
  } catch (error) {
    return { name, works: false, reason: reasonOf(error) };
  }
}

/** First line of what ONNX Runtime threw, without source places. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (
    (text.split('\n')[0] ?? '').replace(/^.*?\.(?:cc|cpp|h):\d+\s*(?:\S+::\S+\s*)?/, '').trim() || 'no reason given'
  );
}

function oneMatMul(): Uint8Array {
  const matrix = (name: string) =>
    create(ValueInfoProtoSchema, {
      name,
      type: create(TypeProtoSchema, {
        value: {
          case: 'tensorType',
          value: create(TypeProto_TensorSchema, {
            elemType: TensorProto_DataType.FLOAT,
            shape: create(TensorShapeProtoSchema, {
              dim: [2n, 2n].map((size) =>
                create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: size } }),
              ),
            }),
          }),
        },
      }),
    });
  const node = create(NodeProtoSchema, { name: 'c', opType: 'MatMul', input: ['a', 'b'], output: ['c'] });
  const graph = create(GraphProtoSchema, {
    name: 'trial',
    node: [node],
    input: [matrix('a'), matrix('b')],
    output: [matrix('c')],
  });
  const opset = create(OperatorSetIdProtoSchema, { domain: '', version: 17n });
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 9n, graph, opsetImport: [opset] }));
}
