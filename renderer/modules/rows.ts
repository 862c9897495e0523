import type { ModuleTree } from '../../nodes/onnx/modules.ts';

/** A module as a line of the tree. */
export interface ModuleRow {
  readonly module: ModuleTree;
  /** 1 for the outermost. */
  readonly level: number;
  /** Its place among its siblings, from 1, and their number. */
  readonly place: number;
  readonly of: number;
  readonly open: boolean;
  readonly parent?: string;
}

/** The lines that are shown: what is in closed modules is left out; with a search, what matches and the modules around it. */
export function rowsOf(tree: ModuleTree, open: ReadonlySet<string>, search: string): ModuleRow[] {
  const words = search.trim().toLowerCase();
  const rows: ModuleRow[] = [];
  const add = (siblings: readonly ModuleTree[], level: number, parent?: string) => {
    const shown = words === '' ? siblings : siblings.filter((each) => holds(each, words));
    shown.forEach((module, index) => {
      const within = words !== '' && module.children.some((child) => holds(child, words));
      const isOpen = module.children.length > 0 && (within || open.has(module.path));
      rows.push({ module, level, place: index + 1, of: shown.length, open: isOpen, parent });
      if (isOpen) add(module.children, level + 1, module.path);
    });
  };
  add(tree.children, 1);
  return rows;
}

/** Whether a module or one in it is called so: any part of its path, or of the name of a weight. */
function holds(module: ModuleTree, words: string): boolean {
  return (
    module.path.toLowerCase().includes(words) ||
    module.weights.some(({ name }) => `${module.path}.${name}`.toLowerCase().includes(words)) ||
    module.children.some((child) => holds(child, words))
  );
}

/** Paths of all modules that hold others. */
export function openable(tree: ModuleTree): string[] {
  return tree.children.flatMap((child) => (child.children.length > 0 ? [child.path, ...openable(child)] : []));
}

/** Where a key leads in the tree, as the tree pattern has it: the path of the line to go to. */
export function lineAfter(rows: readonly ModuleRow[], at: string | undefined, key: string): string | undefined {
  const index = rows.findIndex(({ module }) => module.path === at);
  const row = rows[index];
  const to = (line: number) => rows[Math.max(0, Math.min(rows.length - 1, line))]?.module.path;
  if (key === 'Home') return to(0);
  if (key === 'End') return to(rows.length - 1);
  if (key === 'ArrowDown') return to(index + 1);
  if (key === 'ArrowUp') return to(index - 1);
  if (key === 'ArrowLeft') return row?.parent ?? at;
  return key === 'ArrowRight' && row?.open ? to(index + 1) : at;
}
