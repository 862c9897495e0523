import type { GraphDocument } from '../../graphs/document.ts';

const COLUMN = 320;
const ROW = 300;

/** The document with a place for every node: those without one stand in columns by how far they are from an input, below those that have one. */
export function withLayout(document: GraphDocument): GraphDocument {
  const missing = Object.keys(document.nodes).filter((id) => !document.layout?.[id]);
  if (missing.length === 0) return document;
  const lowest = Math.max(-ROW, ...Object.values(document.layout ?? {}).map(([, y]) => y));
  const column = columns(document);
  const filled = new Map<number, number>();
  const placed = missing.map((id): readonly [string, [number, number]] => {
    const at = column(id);
    const row = filled.get(at) ?? 0;
    filled.set(at, row + 1);
    return [id, [at * COLUMN, lowest + ROW * (row + 1)]];
  });
  return { ...document, layout: { ...document.layout, ...Object.fromEntries(placed) } };
}

/** The longest path of wires that leads to a node; wires that close a cycle do not count. */
function columns({ nodes }: GraphDocument): (id: string) => number {
  const known = new Map<string, number>();
  const column = (id: string): number => {
    const found = known.get(id);
    if (found !== undefined) return found;
    known.set(id, 0);
    const sources = Object.values(nodes[id]?.inputs ?? {})
      .flat()
      .map((ref) => ref.slice(0, ref.indexOf('.')))
      .filter((source) => Object.hasOwn(nodes, source));
    const at = Math.max(0, ...sources.map((source) => column(source) + 1));
    known.set(id, at);
    return at;
  };
  return column;
}
