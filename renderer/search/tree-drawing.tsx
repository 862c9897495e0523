import { memo } from 'react';
import { circlesOf, type Drawing, edgesOf, SHADES } from './drawing.ts';

interface TreeDrawingProps {
  readonly drawing: Drawing;
  readonly selected?: number | undefined;
}

/** A tree as few paths: edges, the chosen path, and the nodes of each shade. */
export const TreeDrawing = memo(function TreeDrawing({ drawing, selected }: TreeDrawingProps) {
  const { width, height, placed } = drawing;
  const marked = selected === undefined ? undefined : placed.get(selected);
  return (
    <svg
      className="search-tree"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
      data-nodes={placed.size}
    >
      <path className="edges" d={edgesOf(drawing, false)} />
      <path className="edges chosen" d={edgesOf(drawing, true)} />
      <path className="unvalued" d={circlesOf(drawing, undefined)} />
      {Array.from({ length: SHADES }, (_, shade) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a shade is its place
        <path key={shade} className="valued" style={shadeStyle(shade)} d={circlesOf(drawing, shade)} />
      ))}
      {marked && <circle className="selected" cx={marked.x} cy={marked.y} r={marked.radius + 3.5} />}
    </svg>
  );
});

/** For `.valued` and what stands beside a drawing in the same colours. */
export const shadeStyle = (shade: number) => ({ '--shade': `${(100 * shade) / (SHADES - 1)}%` });
