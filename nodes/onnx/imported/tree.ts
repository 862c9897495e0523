import { fromBinary } from '@bufbuild/protobuf';
import { type GraphProto, ModelProtoSchema, type NodeProto, type TensorProto } from 'onnx-buf';
import { type Dim, dimName, evaluate, symbol } from '../dims.ts';
import type { Handle } from '../graph.ts';
import { type ModuleTree, ModuleTreeBuilder } from '../modules.ts';
import { type FileOperator, flopsOf, inferred } from './operators.ts';
import { ownName, type ScopeOf, scopesIn } from './scopes.ts';
import { attributesOf, infoHandle, openSymbol, tensorHandle } from './values.ts';

/**
 * The modules of a model in a file, as its exporter names them. Shapes are those that the file states, or that follow from
 * what is read; parameters are those of the floating-point and quantised tensors in it. `bytes`: of the file, weights
 * left out. `sizes`: of what the file leaves open, by name; others are taken as usual. Throws an `Error` with a clause that
 * says why where it is no ONNX model.
 */
export function importedTree(bytes: Uint8Array<ArrayBuffer>, sizes: OpenSizes = {}): ModuleTree {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  if (!graph || graph.node.length === 0) throw new Error('it holds no graph');
  return new FileTree(sizes).of(graph);
}

export type OpenSizes = Readonly<Record<string, number>>;

/** What a size is counted with unless the reader says otherwise, by what exporters call it. */
const USUAL: readonly (readonly [RegExp, number])[] = [
  [/past/i, 0],
  [/seq|len|token|context|position/i, 128],
  [/height|width|image_size/i, 224],
  [/channel/i, 3],
];
const usualSize = (name: string) => USUAL.find(([pattern]) => pattern.test(name))?.[1] ?? 1;

const NAMELESS = '?';
/** Tensors of whole numbers are shapes, axes and positions, but for those in which weights are packed. */
const COUNTED: ReadonlySet<string> = new Set(['float32', 'float16', 'float64', 'uint8', 'int8']);

class FileTree {
  private readonly tree = new ModuleTreeBuilder();
  private readonly known = new Map<string, Handle>();
  /** What the file states, which goes before what follows. */
  private readonly stated = new Map<string, Handle>();
  /** Those that no operator has read yet. */
  private readonly weights = new Map<string, Handle>();
  /** Sizes that the file leaves open, as they were counted. */
  private readonly open: Record<string, number> = {};
  /** Names of the tensors in the file, read or not. */
  private readonly named = new Set<string>();
  private scopeOf: ScopeOf = () => undefined;
  private nameless = 0;
  private untold = 0;
  private bodies = 0;
  private readonly openSize = (): Dim => symbol(`${NAMELESS}${++this.nameless}`);

  constructor(private readonly sizes: OpenSizes) {}

  of(graph: GraphProto): ModuleTree {
    for (const { name } of graph.initializer) this.named.add(name);
    this.scopeOf = scopesIn(graph.node, ({ input }) => input.filter((each) => this.named.has(each)));
    this.graph(graph, []);
    for (const [name, weight] of this.weights) this.weight('', name, weight, count(weight));
    return { ...this.tree.tree(), open: this.openSizes(), remarks: this.remarks() };
  }

  private graph({ initializer, input, valueInfo, output, node }: GraphProto, around: readonly string[]): void {
    for (const info of [...input, ...valueInfo, ...output]) {
      const isInput = input.includes(info);
      const handle = infoHandle(info, isInput ? (axis) => openSymbol(`${info.name}[${axis}]`) : this.openSize);
      if (handle) this.stated.set(info.name, handle);
      if (handle && isInput) this.known.set(info.name, handle);
    }
    for (const tensor of initializer) this.constant(tensor, tensor.name);
    for (const [place, each] of node.entries()) this.node(each, place, around);
  }

  private constant(tensor: TensorProto, name: string): void {
    const handle = tensorHandle(tensor, name);
    this.known.set(name, handle);
    this.named.add(name);
    if (COUNTED.has(handle.dtype) && handle.shape.length > 0) this.weights.set(name, handle);
  }

  private node(node: NodeProto, place: number, around: readonly string[]): void {
    const { opType: op, input, output, attribute } = node;
    const held = op === 'Constant' ? attribute.find(({ t }) => t)?.t : undefined;
    if (held) {
      this.constant(held, output[0] ?? '');
      return;
    }
    const scope = this.scopeOf(node, place) ?? around;
    const path = scope.join('.');
    const operator = {
      op,
      inputs: input.map((each) => this.known.get(each)),
      attributes: attributesOf(node),
      outputs: output.length,
    };
    const made = this.outputs(operator, output);
    const read = operator.inputs.find((each) => each && each.shape.length > 1 && !this.named.has(each.name));
    const flops = flopsOf(operator, made);
    if (flops === undefined) this.untold += 1;
    this.tree.operator(path, {
      flops: flops === undefined ? 0 : this.sized(flops),
      ...(read && { input: read.shape.map(sizeName) }),
      ...(made[0] && { output: made[0].shape.map(sizeName) }),
    });
    for (const [index, each] of input.entries()) {
      const weight = this.weights.get(each);
      if (weight) this.weight(path, each, weight, parametersIn(operator, index, weight));
    }
    for (const { g } of attribute) {
      if (!g) continue;
      this.bodies += 1;
      this.graph(g, scope);
    }
  }

  private outputs(operator: FileOperator, names: readonly string[]): (Handle | undefined)[] {
    const follows = inferred(operator, this.openSize) ?? [];
    return names.map((name, index) => {
      const [stated, told] = [this.stated.get(name), follows[index]];
      const isWhole = stated?.shape.every((size) => typeof size === 'number');
      const shape = isWhole ? stated?.shape : (told?.shape ?? stated?.shape);
      if (!shape || name === '') return undefined;
      const dtype = stated?.dtype ?? told?.dtype ?? 'float32';
      const handle = { name, dtype, shape, ...(told?.value && { value: told.value }) };
      this.known.set(name, handle);
      return handle;
    });
  }

  private weight(path: string, name: string, { shape }: Handle, parameters: number): void {
    this.weights.delete(name);
    this.tree.weight(path, { name: ownName(name), shape: shape.map(Number), parameters });
  }

  private sized(dim: Dim): number {
    if (typeof dim === 'number') return dim;
    for (const term of dim.terms.keys())
      for (const name of term.split('*').filter(Boolean))
        this.open[name] = isNameless(name) ? 1 : (this.sizes[name] ?? usualSize(name));
    return evaluate(dim, this.open);
  }

  private openSizes(): NonNullable<ModuleTree['open']> {
    const named = Object.entries(this.open).filter(([name]) => !isNameless(name));
    return named.map(([name, size]) => ({ name, size }));
  }

  private remarks(): string[] {
    return [
      ...(Object.keys(this.open).some(isNameless)
        ? ['Sizes that the file leaves open without a name count as 1.']
        : []),
      ...(this.untold === 1 ? ['1 product has sizes that the file does not tell: it is not counted.'] : []),
      ...(this.untold > 1
        ? [`${this.untold} products have sizes that the file does not tell: they are not counted.`]
        : []),
      ...(this.bodies > 0 ? ['What is in loops and branches is counted once.'] : []),
    ];
  }
}

const isNameless = (name: string) => name.startsWith(NAMELESS);

const sizeName = (dim: Dim) => (typeof dim === 'number' ? dim : dimName(dim).replaceAll(/\?\d+/g, NAMELESS));

const count = ({ shape }: Handle) => shape.reduce<number>((product, size) => product * Number(size), 1);

/** Weights packed in 4 bits stand for twice their bytes; scales and zero points of packed weights are no parameters. */
function parametersIn({ op, attributes }: FileOperator, index: number, weight: Handle): number {
  if (op === 'MatMulNBits' && index > 0) return index === 1 ? Number(attributes.K) * Number(attributes.N) : 0;
  return count(weight);
}
