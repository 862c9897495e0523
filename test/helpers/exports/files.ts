import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  TensorProto_DataLocation as DataLocation,
  type GraphProto,
  ModelProtoSchema,
  SparseTensorProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf';
import type { Graph } from '../../../nodes/onnx/graph.ts';
import { lowered } from '../../../nodes/onnx/imported/lowered.ts';
import { buildModel } from '../../../nodes/onnx/serialize.ts';
import { bytesOf, type WeightSource } from '../../../nodes/onnx/weights.ts';
import { livelyWeights } from '../../integration/llm/tiny.ts';
import { type InPrecision, inPrecision, SUFFIXES, type Written } from './precision.ts';

/** Files of exports as other tools write them, made by our own graph builder with random weights. */

export interface ModelOptions extends InPrecision {
  readonly weights?: WeightSource;
  /** Written for this opset; ours, if absent. */
  readonly opset?: number;
  /** Weights in the .onnx file, as small exports have them; in `<file>_data`, if absent. */
  readonly inline?: boolean;
  /** Beside the file in single precision, if that was written, with the weights in it; single, if absent. */
  readonly precision?: Written;
  /** A weight is written sparsely: no loop can hold it, but a graph of its own. */
  readonly sparse?: boolean;
}

export async function writeModel(path: string, graph: Graph, options: ModelOptions = {}): Promise<void> {
  const { weights = livelyWeights(), opset = 21, precision, sparse = false } = options;
  const inline = options.inline ?? (precision !== undefined || sparse);
  const whole = precision ? path.replace(/\.onnx$/, `${SUFFIXES[precision]}.onnx`) : path;
  const model = buildModel(graph);
  const proto = fromBinary(ModelProtoSchema, model.bytes);
  if (!proto.graph || model.files.length > 1) throw new Error('a fixture has one file of weights at most');
  lowered(proto.graph, opset);
  for (const each of proto.opsetImport) if (each.domain === '') each.version = BigInt(opset);
  const [file] = model.files;
  const data = new Uint8Array(file?.bytes ?? 0);
  for (const { spec, offset } of file?.entries ?? []) {
    const own = data.subarray(offset, offset + bytesOf(spec));
    weights.fill(spec, own);
    const tensor = proto.graph.initializer.find(({ name }) => name === spec.name);
    if (!tensor) throw new Error(`there is no ${spec.name}`);
    if (inline) {
      Object.assign(tensor, { externalData: [], dataLocation: DataLocation.DEFAULT, rawData: own.slice() });
    } else {
      const location = tensor.externalData.find(({ key }) => key === 'location');
      if (location) location.value = `${basename(whole)}_data`;
    }
  }
  if (precision) inPrecision(proto.graph, precision, options);
  if (sparse) writeSparsely(proto.graph);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, toBinary(ModelProtoSchema, proto));
  if (!inline && data.length > 0) await writeFile(`${whole}_data`, data);
}

/** The smallest weight of floats, of which every element is said. */
function writeSparsely(graph: GraphProto): void {
  const size = ({ dims }: TensorProto) => dims.reduce((product, dim) => product * Number(dim), 1);
  const floats = graph.initializer.filter(({ dataType, dims }) => [1, 10].includes(dataType) && dims.length > 0);
  const [values] = floats.sort((a, b) => size(a) - size(b));
  if (!values) throw new Error('it has no weights');
  const count = size(values);
  const indices = create(TensorProtoSchema, {
    name: `${values.name}:indices`,
    dataType: 7,
    dims: [BigInt(count)],
    int64Data: Array.from({ length: count }, (_, i) => BigInt(i)),
  });
  graph.initializer = graph.initializer.filter((each) => each !== values);
  const flat = { ...values, dims: [BigInt(count)] };
  graph.sparseInitializer.push(create(SparseTensorProtoSchema, { values: flat, indices, dims: values.dims }));
}

export async function writeJson(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
}

const VOCABULARY = 300;

/** A byte-level tokenizer with these special tokens after its 256 bytes, and words that no text is cut into. */
export function tokenizerFiles(
  special: readonly string[],
  template?: string,
  word = 'word',
): Readonly<Record<'tokenizer.json' | 'tokenizer_config.json', unknown>> {
  const letters = byteLetters();
  const named = [...letters, ...special];
  const rest = Array.from({ length: VOCABULARY - named.length }, (_, at) => `${word}${at}`);
  const vocab = Object.fromEntries([...named, ...rest].map((token, id) => [token, id]));
  const added = special.map((content, at) => ({
    id: letters.length + at,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: !content.includes('think'),
  }));
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: level,
      post_processor: null,
      decoder: level,
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        vocab,
        merges: [],
      },
    },
    'tokenizer_config.json': {
      tokenizer_class: 'GPT2Tokenizer',
      bos_token: special[0],
      eos_token: special[1],
      clean_up_tokenization_spaces: false,
      model_max_length: 8192,
      ...(template !== undefined && { chat_template: template }),
    },
  };
}

/** GPT-2's letters for the 256 bytes, in their order (encoder.py, bytes_to_unicode). */
function byteLetters(): string[] {
  const plain = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  const others = range(0, 255).filter((byte) => !plain.includes(byte));
  const letterOf = new Map([
    ...plain.map((byte) => [byte, String.fromCharCode(byte)] as const),
    ...others.map((byte, at) => [byte, String.fromCharCode(256 + at)] as const),
  ]);
  return range(0, 255).map((byte) => letterOf.get(byte) ?? '');
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
