import { basename } from 'node:path';
import type { FileFacts, ImportFacts } from '../../../nodes/imports/facts.ts';
import type { Variant } from '../../../nodes/imports/variants.ts';
import type { OpenSizes } from '../../../nodes/onnx/imported/tree.ts';
import type { ModuleTree } from '../../../nodes/onnx/modules.ts';
import { NodeError } from '../../../nodes/run.ts';
import { openImport } from './imports.ts';
import { readModuleTree } from './onnx-file.ts';

/** What a node holds of a model that others exported. */
export interface HeldExport {
  /** `file:` or `hf:`. */
  readonly reference: string;
  readonly variant: Variant | 'auto';
  /** Of the graph, for relative names. */
  readonly folder?: string;
  filesOf(facts: ImportFacts): readonly FileFacts[];
}

/**
 * The modules of an export's files that a node holds, each file a module of the whole where there are several. Weights are not
 * read. Rejects with a sentence where the export is not there, or has nothing for such a node.
 */
export async function exportModules(held: HeldExport, sizes?: OpenSizes): Promise<ModuleTree> {
  const { reference, variant, folder, filesOf } = held;
  const model = await openImport(reference, variant, folder);
  const trees = filesOf(model.facts).map(({ path }) => ({
    path,
    tree: readModuleTree(model.path(path), undefined, sizes),
  }));
  const [first, ...others] = trees;
  if (!first)
    throw new NodeError(
      `${reference} holds nothing that this node could run.`,
      'Choose another model in the inspector.',
    );
  const read = `Read from ${trees.map(({ path }) => path).join(' and ')} of ${reference}.`;
  const whole = others.length === 0 ? first.tree : joined(trees);
  return { ...whole, remarks: [read, ...(whole.remarks ?? [])] };
}

function joined(trees: readonly { readonly path: string; readonly tree: ModuleTree }[]): ModuleTree {
  const sum = (read: (tree: ModuleTree) => number) => trees.reduce((total, { tree }) => total + read(tree), 0);
  const open = new Map(trees.flatMap(({ tree }) => (tree.open ?? []).map((each) => [each.name, each])));
  return {
    name: '',
    path: '',
    parameters: sum(({ parameters }) => parameters),
    flops: sum(({ flops }) => flops),
    operators: sum(({ operators }) => operators),
    weights: [],
    children: trees.map(({ path, tree }) => within(basename(path, '.onnx'), tree)),
    open: [...open.values()],
    remarks: [...new Set(trees.flatMap(({ tree }) => tree.remarks ?? []))],
  };
}

/** A whole as a part of another; paths stay unique. */
function within(name: string, { open: _, remarks: __, ...tree }: ModuleTree): ModuleTree {
  const moved = (module: ModuleTree): ModuleTree => ({
    ...module,
    path: `${name}.${module.path}`,
    children: module.children.map(moved),
  });
  return { ...tree, name, path: name, children: tree.children.map(moved) };
}
