import { type Bindings, nodeFlops } from './cost.ts';
import { evaluate } from './dims.ts';
import type { Graph, Handle, OpNode } from './graph.ts';
import type { ParamSpec } from './weights.ts';

/** What a node's modules are read from: the very graph that its cost is walked from. */
export interface ModuleGraph {
  build(): Graph;
  /** Sizes of the dimensions that vary in this run. */
  readonly bindings: Bindings;
  /** Modules of this name at the top stand in the graph, but their parameters are another node's. */
  readonly brought?: string;
}

/** A module of a model: the part of its graph that was made in one scope. */
export interface ModuleTree {
  /** The last part of its path; empty for the whole. */
  readonly name: string;
  /** `layers.0.attention`: what names of its weights begin with. */
  readonly path: string;
  /** Of this module and all in it. */
  readonly parameters: number;
  readonly flops: number;
  readonly operators: number;
  /** What the first operator reads and the last one makes, in numbers; absent for a module that makes nothing. */
  readonly input?: readonly number[];
  readonly output?: readonly number[];
  /** Weights of its own. */
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly parameters: number;
  }[];
  readonly children: readonly ModuleTree[];
}

interface Building {
  readonly name: string;
  readonly path: string;
  parameters: number;
  flops: number;
  operators: number;
  input?: readonly number[];
  output?: readonly number[];
  readonly weights: ModuleTree['weights'][number][];
  readonly children: Map<string, Building>;
}

/** The tree of a graph's modules, read from the scopes in which its operators and weights were made; no weight is made. */
export function moduleTree({ build, bindings, brought }: ModuleGraph): ModuleTree {
  const graph = build();
  const root = module('', '');
  const weights = new Set(graph.params.map(({ name }) => name));
  for (const node of graph.nodes) addOperator(along(root, node.scope), node, bindings, weights);
  for (const spec of graph.params) addWeight(root, spec, brought);
  return finished(root);
}

function module(name: string, path: string): Building {
  return { name, path, parameters: 0, flops: 0, operators: 0, weights: [], children: new Map() };
}

/** The modules on a path, outermost first; those that are new are made. */
function along(root: Building, path: string): Building[] {
  const found = [root];
  for (const name of path === '' ? [] : path.split('.')) {
    const parent = found.at(-1) ?? root;
    const child = parent.children.get(name) ?? module(name, parent.path === '' ? name : `${parent.path}.${name}`);
    parent.children.set(name, child);
    found.push(child);
  }
  return found;
}

function addOperator(
  modules: readonly Building[],
  node: OpNode,
  bindings: Bindings,
  weights: ReadonlySet<string>,
): void {
  const flops = nodeFlops(node, bindings);
  const read = node.inputs.find((input) => input && input.shape.length > 1 && !weights.has(input.name));
  const [made] = node.outputs;
  for (const each of modules) {
    each.flops += flops;
    each.operators += 1;
    if (read) each.input ??= sizes(read, bindings);
    if (made) each.output = sizes(made, bindings);
  }
}

function addWeight(root: Building, { name, shape, parameters }: ParamSpec, brought: string | undefined): void {
  const dot = name.lastIndexOf('.');
  const modules = along(root, name.slice(0, Math.max(0, dot)));
  const counted = brought !== undefined && name.startsWith(`${brought}.`) ? 0 : parameters;
  for (const each of modules) each.parameters += counted;
  modules.at(-1)?.weights.push({ name: name.slice(dot + 1), shape, parameters: counted });
}

const sizes = ({ shape }: Handle, bindings: Bindings) => shape.map((dim) => evaluate(dim, bindings));

function finished({ children, ...rest }: Building): ModuleTree {
  return { ...rest, children: [...children.values()].map(finished) };
}
