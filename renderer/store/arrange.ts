import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { GraphDocument } from '../../graphs/document.ts';
import type { Box } from './align.ts';
import { moveNodes, type Wiring } from './edits.ts';
import { ABOVE, AROUND, keysInside } from './groups.ts';
import { itemOf, setItem } from './items.ts';

/** A node as it is drawn, with the heights of its ports' middles below its upper edge, in pixels of the canvas. */
export interface Drawn extends Box {
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
}

type DrawnNodes = Readonly<Record<string, Drawn>>;
type Boxes = Readonly<Record<string, Box>>;

/** Sugiyama's layers from left to right; the gaps leave room for a wire's token count. */
const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.layered.spacing.nodeNodeBetweenLayers': '88',
  'elk.spacing.nodeNode': '44',
  'elk.spacing.componentComponent': '72',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  // Of what stands in groups too: wires run through their frames.
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
};

/** The room of a group's frame. */
const FRAME = { ...OPTIONS, 'elk.padding': `[top=${ABOVE},left=${AROUND},bottom=${AROUND},right=${AROUND}]` };

/**
 * The graph as ELK reads it: every port stands where it is drawn, so that wires cross as little as they can, and what
 * stands in a group is within it. `items`: notes and groups as they are drawn, by their keys; a note goes with the node
 * that is nearest to it.
 */
export function toElk(drawn: DrawnNodes, items: Boxes, wires: readonly Wiring[]): ElkNode {
  const boxes: Boxes = { ...drawn, ...items };
  const groupOf = groupsOf(boxes);
  const childrenOf = (group: string | undefined): ElkNode[] =>
    Object.keys(boxes)
      .filter((key) => groupOf.get(key) === group)
      .map((key) => elkNode(key, drawn, boxes, childrenOf(key)));
  return {
    id: 'graph',
    layoutOptions: OPTIONS,
    children: childrenOf(undefined),
    edges: [...wires.flatMap((wire, index) => elkWire(wire, index, drawn)), ...notesToNodes(drawn, items, groupOf)],
  };
}

/** The innermost group that each node, note and group stands in. */
function groupsOf(boxes: Boxes): ReadonlyMap<string, string> {
  // From the smallest on, so that of two that hold the same the inner one has it, and no two hold each other.
  const area = ({ width, height }: Box) => width * height;
  const groups = Object.entries(boxes)
    .filter(([key]) => itemOf(key)?.type === 'group')
    .sort(([, a], [, b]) => area(a) - area(b));
  const found = new Map<string, string>();
  groups.forEach(([group, frame], index) => {
    const inner = new Set(groups.slice(index).map(([key]) => key));
    for (const key of keysInside(frame, boxes)) if (!found.has(key) && !inner.has(key)) found.set(key, group);
  });
  return found;
}

function elkNode(key: string, drawn: DrawnNodes, boxes: Boxes, children: ElkNode[]): ElkNode {
  if (children.length > 0) return { id: key, layoutOptions: FRAME, children };
  const { width, height } = boxes[key] as Box;
  if (!Object.hasOwn(drawn, key))
    return { id: key, width, height, layoutOptions: { 'elk.commentBox': String(itemOf(key)?.type === 'note') } };
  const { inputs, outputs } = drawn[key] as Drawn;
  return {
    id: key,
    width,
    height,
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
    ports: [
      ...Object.entries(inputs).map(([name, y]) => port(inputId(key, name), 'WEST', 0, y)),
      ...Object.entries(outputs).map(([name, y]) => port(outputId(key, name), 'EAST', width, y)),
    ],
  };
}

function elkWire({ source, sourcePort, target, targetPort }: Wiring, index: number, drawn: DrawnNodes) {
  if (!Object.hasOwn(drawn, source) || !Object.hasOwn(drawn, target)) return [];
  return {
    id: `wire ${index}`,
    sources: [Object.hasOwn(drawn[source]?.outputs ?? {}, sourcePort) ? outputId(source, sourcePort) : source],
    targets: [Object.hasOwn(drawn[target]?.inputs ?? {}, targetPort) ? inputId(target, targetPort) : target],
  };
}

/** By such a wire ELK knows where a note belongs: to the nearest node of those in the same group. */
function notesToNodes(drawn: DrawnNodes, items: Boxes, groupOf: ReadonlyMap<string, string>): ElkExtendedEdge[] {
  return Object.entries(items).flatMap(([key, box]) => {
    if (itemOf(key)?.type !== 'note') return [];
    const beside = Object.keys(drawn).filter((id) => groupOf.get(id) === groupOf.get(key));
    const [nearest] = beside.sort((a, b) => apart(box, drawn[a] as Box) - apart(box, drawn[b] as Box));
    return nearest === undefined ? [] : [{ id: `about ${key}`, sources: [key], targets: [nearest] }];
  });
}

/** Pixels between the edges of two boxes; 0 where they touch. */
function apart(a: Box, b: Box): number {
  const dx = Math.max(0, a.x - b.x - b.width, b.x - a.x - a.width);
  const dy = Math.max(0, a.y - b.y - b.height, b.y - a.y - a.height);
  return Math.hypot(dx, dy);
}

/** Where ELK put nodes, notes and groups, moved so that the upper left corner of the whole stays where it was. */
export function placesFrom(arranged: ElkNode, before: Boxes): Boxes {
  const places = Object.fromEntries(placesIn(arranged, 0, 0));
  const corner = (boxes: Boxes) => [
    Math.min(...Object.values(boxes).map(({ x }) => x)),
    Math.min(...Object.values(boxes).map(({ y }) => y)),
  ];
  const [[fromX = 0, fromY = 0], [toX = 0, toY = 0]] = [corner(places), corner(before)];
  return Object.fromEntries(
    Object.entries(places).map(([key, box]) => [key, { ...box, x: box.x + toX - fromX, y: box.y + toY - fromY }]),
  );
}

function placesIn({ children = [] }: ElkNode, left: number, top: number): [string, Box][] {
  return children.flatMap((child) => {
    const { id, x = 0, y = 0, width = 0, height = 0 } = child;
    const own = { x: left + x, y: top + y, width, height };
    return [[id, own] as [string, Box], ...placesIn(child, own.x, own.y)];
  });
}

/** Puts nodes, notes and groups at their places, as far as they are there; groups take their sizes too. */
export function arrange(document: GraphDocument, places: Boxes): GraphDocument {
  const there = Object.entries(places).filter(([key]) => itemOf(key) || Object.hasOwn(document.nodes, key));
  const moved = moveNodes(document, Object.fromEntries(there.map(([key, { x, y }]) => [key, [x, y]])));
  return there.reduce((current, [key, { width, height }]) => {
    const item = itemOf(key);
    const [wide, high] = (item?.type === 'group' && current.groups?.[item.id]?.size) || [0, 0];
    const size = [Math.ceil(width), Math.ceil(height)] as const;
    const fits = wide === size[0] && high === size[1];
    return item?.type !== 'group' || fits ? current : setItem(current, key, { size });
  }, moved);
}

// Ids of nodes hold no space, so these are no node's.
const inputId = (node: string, name: string) => `${node} in ${name}`;
const outputId = (node: string, name: string) => `${node} out ${name}`;

function port(id: string, side: 'WEST' | 'EAST', x: number, y: number) {
  return { id, x, y, width: 0, height: 0, layoutOptions: { 'elk.port.side': side } };
}
