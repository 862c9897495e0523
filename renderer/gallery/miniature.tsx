import { useMemo } from 'react';
import type { GraphDocument, GraphNode } from '../../graphs/document.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { useThumbnail } from '../inspector/controls.tsx';
import { fieldsOf } from '../inspector/fields.ts';
import { paramsOf, portColour, portsOf } from '../store/library.ts';
import { categoryColour, Icon, kindIcon } from '../ui/icons.tsx';
import { arranged, type Box } from './arranged.ts';

const [WIDTH, HEIGHT, MARGIN] = [264, 116, 10];

/** A graph at a glance: its nodes by category, its pictures, its wires by type. Drawn from the document each time, so never out of date. */
export function Miniature({ document }: { document: GraphDocument }) {
  const { boxes, wires, size } = useMemo(() => arranged(document, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN), [document]);
  return (
    <svg className="miniature" viewBox={`${-MARGIN} ${-MARGIN} ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {wires.map(({ from, to, port }) => (
        <path
          key={`${from.id}.${port} ${to.id}`}
          d={curve(from, to, size)}
          stroke={portColour(typeOf(document.nodes[from.id], port))}
        />
      ))}
      {boxes.map((box) => (
        <NodeBox key={box.id} box={box} node={document.nodes[box.id]} size={size} />
      ))}
    </svg>
  );
}

function NodeBox({ box: { x, y }, node, size }: { box: Box; node?: GraphNode; size: number }) {
  const definition = definitionOf(node?.kind ?? '');
  const picture = fieldsOf(node?.kind ?? '').find(({ control }) => control === 'image');
  const icon = size * 0.5;
  return (
    <g
      transform={`translate(${x} ${y})`}
      style={{ '--cat': definition ? categoryColour(definition.category) : 'var(--bad)' }}
    >
      <rect width={size} height={size} rx={size * 0.2} />
      <g transform={`translate(${(size - icon) / 2} ${(size - icon) / 2})`}>
        <Icon name={kindIcon(node?.kind)} size={icon} />
      </g>
      {node && picture && <Photo source={String(paramsOf(node)[picture.name] ?? '')} size={size} />}
    </g>
  );
}

function Photo({ source, size }: { source: string; size: number }) {
  const { url } = useThumbnail(source, 96);
  return url ? (
    <image href={url} x={2} y={2} width={size - 4} height={size - 4} preserveAspectRatio="xMidYMid slice" />
  ) : null;
}

function typeOf(node: GraphNode | undefined, port: string) {
  return (node && portsOf(node).outputs[port]?.type) ?? 'any';
}

function curve(from: Box, to: Box, size: number): string {
  const [x1, y1, x2, y2] = [from.x + size, from.y + size / 2, to.x, to.y + size / 2];
  const bend = Math.max(8, Math.abs(x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
