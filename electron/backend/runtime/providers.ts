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
import { type Opener, openOn } from './opener.ts';

/** In order of preference; each is tried, because what a package lists says nothing of the machine. */
export function candidates(platform: string = process.platform): readonly string[] {
  if (platform === 'win32') return ['cuda', 'dml', 'webgpu', 'cpu'];
  if (platform === 'darwin') return ['coreml', 'webgpu', 'cpu'];
  // TensorRT builds an engine for every shape that it meets: for those who ask for it, not before CUDA.
  return ['cuda', 'tensorrt', 'webgpu', 'cpu'];
}

// What fails is thrown or reported; ONNX Runtime need not print it too.
ort.env.logLevel = 'fatal';

/** The execution providers of this process, each tried once. */
export class Providers {
  private readonly trials = new Map<string, Promise<ProviderEntry>>();

  /**
   * `open`: how sessions are made on a provider. `deadly`: those that ended a process before this one, which are not tried
   * again. `trying` hears of each that is, and of its end: a driver may end this process too.
   */
  constructor(
    private readonly open: (provider: string) => Opener = openOn,
    private readonly deadly: ReadonlySet<string> = new Set(),
    private readonly trying: (provider?: string) => void = () => {},
  ) {}

  /** Makes a session of one MatMul with it and checks the answer; then all else is held against the CPU. */
  try(name: string): Promise<ProviderEntry> {
    let trial = this.trials.get(name);
    if (!trial) {
      trial = this.attempt(name);
      this.trials.set(name, trial);
    }
    return trial;
  }

  private async attempt(name: string): Promise<ProviderEntry> {
    if (this.deadly.has(name))
      return { name, works: false, wrong: true, reason: 'trying it ended the engine: its driver may be at fault' };
    this.trying(name);
    try {
      return await attempt(name, this.open(name));
    } finally {
      this.trying();
    }
  }

  list(): Promise<ProviderEntry[]> {
    // One after the other: a provider that starts its device badly should not meet another that does the same.
    return candidates().reduce(
      async (list, name) => [...(await list), await this.try(name)],
      Promise.resolve<ProviderEntry[]>([]),
    );
  }
}

async function attempt(name: string, open: Opener): Promise<ProviderEntry> {
  try {
    const wrong = await multipliedWrongly(open);
    if (wrong) return { name, works: false, wrong: true, reason: wrong };
    if (name === 'cpu') return { name, works: true, reason: 'multiplied two matrices correctly' };
    // Loaded where there is something to compare: starting the engine does not wait for it.
    const { agreement } = await import('./agreement.ts');
    const { differs, cannot } = await agreement(open);
    if (differs) return { name, works: false, wrong: true, reason: `it answers wrongly here: ${differs}` };
    const except = cannot.length > 0 ? `; it cannot run: ${cannot.map(asInSentence).join(', ')}` : '';
    return { name, works: true, reason: `answers as the CPU does${except}` };
  } catch (error) {
    return { name, works: false, reason: reasonOf(error) };
  }
}

/** `Half precision` → `half precision`; names of operators stay as they are. */
const asInSentence = (what: string) => what.replace(/^[A-Z](?=[a-z]* )/, (first) => first.toLowerCase());

async function multipliedWrongly(open: Opener): Promise<string | undefined> {
  const session = await open(oneMatMul(), []);
  try {
    const a = new ort.Tensor('float32', [1, 2, 3, 4], [2, 2]);
    const b = new ort.Tensor('float32', [5, 6, 7, 8], [2, 2]);
    const { c } = await session.run({ a, b });
    const answer = c ? Array.from(c.data as Float32Array) : [];
    const works = [19, 22, 43, 50].every((expected, i) => Math.abs(expected - (answer[i] ?? Number.NaN)) < 1e-2);
    return works ? undefined : `it multiplied two matrices to ${answer.join(', ')}`;
  } finally {
    await session.release();
  }
}

/** First line of what ONNX Runtime threw, without the place and the condition in its source. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const said = (text.split('\n')[0] ?? '').replace(/^.*?\.(?:cc|cpp|h):\d+\s*(?:\S+::\S+\s*)?/, '').trim();
  return said.replace(/^.* was false\. (?=\S)/, '') || 'no reason given';
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
