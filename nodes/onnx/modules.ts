import { type Bindings, nodeFlops } from './cost.ts';
import { evaluate } from './dims.ts';
import type { Graph, Handle } from './graph.ts';

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
  readonly input?: TreeShape;
  readonly output?: TreeShape;
  /** Weights of its own. */
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly parameters: number;
  }[];
  readonly children: readonly ModuleTree[];
  /** Sizes that a file leaves open and operations hang on, by the names it has for them, and what they were counted with; on the whole alone. */
  readonly open?: readonly { readonly name: string; readonly size: number }[];
  /** What is to be known of the counts, in words; on the whole alone. */
  readonly remarks?: readonly string[];
}

/** Sizes, and names of those that a file leaves open. */
export type TreeShape = readonly (number | string)[];

interface Building {
  readonly name: string;
  readonly path: string;
  parameters: number;
  flops: number;
  operators: number;
  input?: TreeShape;
  output?: TreeShape;
  readonly weights: ModuleTree['weights'][number][];
  readonly children: Map<string, Building>;
}

/** A tree that grows with the operators and weights of a model; what is added counts for all modules around it. */
export class ModuleTreeBuilder {
  private readonly root = module('', '');

  operator(path: string, { flops, input, output }: { flops: number; input?: TreeShape; output?: TreeShape }): void {
    for (const each of this.along(path)) {
      each.flops += flops;
      each.operators += 1;
      if (input) each.input ??= input;
      if (output) each.output = output;
    }
  }

  weight(path: string, weight: ModuleTree['weights'][number]): void {
    const modules = this.along(path);
    for (const each of modules) each.parameters += weight.parameters;
    modules.at(-1)?.weights.push(weight);
  }

  tree(): ModuleTree {
    return finished(this.root);
  }

  /** The modules on a path, outermost first; those that are new are made. */
  private along(path: string): Building[] {
    const found = [this.root];
    for (const name of path === '' ? [] : path.split('.')) {
      const parent = found.at(-1) ?? this.root;
      const child = parent.children.get(name) ?? module(name, parent.path === '' ? name : `${parent.path}.${name}`);
      parent.children.set(name, child);
      found.push(child);
    }
    return found;
  }
}

/** The tree of a graph's modules, read from the scopes in which its operators and weights were made; no weight is made. */
export function moduleTree({ build, bindings, brought }: ModuleGraph): ModuleTree {
  const graph = build();
  const tree = new ModuleTreeBuilder();
  const weights = new Set(graph.params.map(({ name }) => name));
  for (const node of graph.nodes) {
    const read = node.inputs.find((input) => input && input.shape.length > 1 && !weights.has(input.name));
    const [made] = node.outputs;
    tree.operator(node.scope, {
      flops: nodeFlops(node, bindings),
      ...(read && { input: sizes(read, bindings) }),
      ...(made && { output: sizes(made, bindings) }),
    });
  }
  for (const { name, shape, parameters } of graph.params) {
    const dot = name.lastIndexOf('.');
    const counted = brought !== undefined && name.startsWith(`${brought}.`) ? 0 : parameters;
    tree.weight(name.slice(0, Math.max(0, dot)), { name: name.slice(dot + 1), shape, parameters: counted });
  }
  return tree.tree();
}

function module(name: string, path: string): Building {
  return { name, path, parameters: 0, flops: 0, operators: 0, weights: [], children: new Map() };
}

const sizes = ({ shape }: Handle, bindings: Bindings) => shape.map((dim) => evaluate(dim, bindings));

function finished({ children, ...rest }: Building): ModuleTree {
  return { ...rest, children: [...children.values()].map(finished) };
}
