import { useMemo } from 'react';
import { flatId } from '../store/document.ts';
import { whole } from '../ui/format.ts';
import { drawingOf } from './drawing.ts';
import { openSearch, useSearched } from './store.ts';
import { TreeDrawing } from './tree-drawing.tsx';

/** Pixels of a tree on a node of the canvas. */
const [WIDTH, HEIGHT] = [236, 96];

/** On a search loop: its tree as it grows; a click opens it in the panel under the canvas. */
export function NodeSearch({ id }: { id: string }) {
  const { nodes } = useSearched(flatId(id));
  const drawing = useMemo(() => drawingOf(nodes, HEIGHT, WIDTH), [nodes]);
  if (nodes.length === 0) return null;
  return (
    <button
      type="button"
      className="module-body node-search nodrag"
      aria-label={`Search tree of ${nodes.length} nodes: open it`}
      title="Open the search"
      onClick={() => openSearch(id)}
    >
      <TreeDrawing drawing={drawing} />
      <span className="dim">
        <span className="num">{whole(nodes.length)}</span> nodes
      </span>
    </button>
  );
}
