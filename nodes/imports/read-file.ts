import { posix } from 'node:path';
import { TensorProto_DataLocation as DataLocation, type ModelProto, type TensorProto } from 'onnx-buf';
import { bodiesOf } from '../onnx/imported/lowered.ts';
import { inputsOf } from '../onnx/imported/splice.ts';
import { NodeError } from '../run.ts';
import type { ExportFolder } from './export.ts';
import type { FileFacts, PortFacts } from './facts.ts';

/** What one ONNX file of an export takes and gives, and where its weights lie. */

const TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  16: 'bfloat16',
};

/** Throws a `NodeError` where weights that it names are not there, or lie elsewhere. */
export function fileFacts(folder: ExportFolder, path: string, model: ModelProto): Omit<FileFacts, 'opset'> {
  const { graph } = model;
  if (!graph) throw new NodeError(`${path} of ${folder.name} holds no graph.`, 'Download the model again.');
  const tensors = tensorsOf(graph);
  const own = folder.files.find((file) => file.path === path)?.bytes ?? 0;
  return {
    path,
    bytes: own + externalBytes(folder, path, tensors),
    parameters: parametersOf(tensors, packedIn(graph)),
    inputs: inputsOf(graph).map(portOf),
    outputs: graph.output.map(portOf),
  };
}

type GraphProto = NonNullable<ModelProto['graph']>;
type ValueInfoProto = GraphProto['input'][number];

function tensorsOf(graph: GraphProto): TensorProto[] {
  return [...graph.initializer, ...graph.node.flatMap((node) => bodiesOf(node).flatMap(tensorsOf))];
}

function portOf({ name, type }: ValueInfoProto): PortFacts {
  if (type?.value.case !== 'tensorType') return { name, dtype: '', dims: [] };
  const { elemType, shape } = type.value.value;
  const dims = (shape?.dim ?? []).map(({ value }, axis) => {
    if (value.case === 'dimValue') return Number(value.value);
    return value.case === 'dimParam' && value.value !== '' ? value.value : `axis_${axis}`;
  });
  return { name, dtype: TYPES[elemType] ?? `type ${elemType}`, dims };
}

/** Bytes of the files beside it that its weights lie in; each must hold what is said to lie there. */
function externalBytes(folder: ExportFolder, path: string, tensors: readonly TensorProto[]): number {
  const ends = new Map<string, number>();
  for (const { dataLocation, externalData } of tensors) {
    if (dataLocation !== DataLocation.EXTERNAL) continue;
    const entry = (key: string) => externalData.find((each) => each.key === key)?.value;
    const location = entry('location') ?? '';
    ends.set(location, Math.max(ends.get(location) ?? 0, Number(entry('offset') ?? 0) + Number(entry('length') ?? 0)));
  }
  let sum = 0;
  for (const [location, end] of ends) {
    const beside = posix.normalize(posix.join(posix.dirname(path), location));
    if (posix.isAbsolute(location) || /^[a-z]:|\\/i.test(location) || beside.startsWith('..'))
      throw new NodeError(
        `${path} of ${folder.name} wants weights from "${location}", which is outside its folder: they are not read.`,
        'Get the model from somebody you trust.',
      );
    const found = folder.files.find((file) => file.path === beside);
    if (!found)
      throw new NodeError(
        `${path} of ${folder.name} needs the weight file ${beside}, which is not there.`,
        'Download it too: it lies beside the .onnx file.',
      );
    if (found.bytes < end)
      throw new NodeError(
        `${beside} of ${folder.name} has ${found.bytes} bytes, but ${path} reads up to ${end}: it is not whole.`,
        'Download it again.',
      );
    sum += found.bytes;
  }
  return sum;
}

/** Of operators with weights in blocks of few bits: where their weight stands, behind which come scales and zero points. */
const PACKED: Readonly<Record<string, { readonly weight: number; readonly scales: number }>> = {
  MatMulNBits: { weight: 1, scales: 2 },
  GatherBlockQuantized: { weight: 0, scales: 2 },
};

/** How many parameters an element of such a weight stands for, by its name; none for what scales it. */
function packedIn({ node }: GraphProto): ReadonlyMap<string, number> {
  return new Map(
    node.flatMap((each): [string, number][] => {
      const inner = bodiesOf(each).flatMap((body) => [...packedIn(body)]);
      const places = PACKED[each.opType];
      if (!places) return inner;
      const bits = Number(each.attribute.find(({ name }) => name === 'bits')?.i ?? 4n);
      const scales = each.input.slice(places.scales).map((name): [string, number] => [name, 0]);
      return [[each.input[places.weight] ?? '', 8 / bits], ...scales];
    }),
  );
}

/** Floats and packed numbers. */
function parametersOf(tensors: readonly TensorProto[], packed: ReadonlyMap<string, number>): number {
  return tensors.reduce((sum, { name, dataType, dims }) => {
    const count = dims.reduce((product, dim) => product * Number(dim), 1);
    if (dims.length === 0 || count <= 1) return sum;
    return [1, 2, 3, 10, 11, 16].includes(dataType) ? sum + count * (packed.get(name) ?? 1) : sum;
  }, 0);
}
