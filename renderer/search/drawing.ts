import { type HierarchyNode, type HierarchyPointNode, hierarchy, tree } from 'd3-hierarchy';
import type { SearchNode } from '../../nodes/search-loop/search.ts';

export interface Placed {
  readonly node: SearchNode;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly placed: ReadonlyMap<number, Placed>;
}

/** Colours that values 0 … 1 are drawn in. */
export const SHADES = 6;

/** The shade of a value; undefined where nothing is thought of a node. */
export const shadeOf = ({ value }: SearchNode): number | undefined =>
  value === undefined ? undefined : Math.min(SHADES - 1, Math.floor(value * SHADES));

/** Pixels around a drawing. */
const MARGIN = 12;
/** Of the least visited node, and what the most visited adds, in pixels. */
const [SMALL, MORE] = [2.6, 6];

/** A tree, root on top, in a box of that size, or as wide as it needs to be where `width` is left out. */
export function drawingOf(nodes: readonly SearchNode[], height: number, width?: number): Drawing {
  const root = hierarchyOf(nodes);
  if (!root) return { width: width ?? 0, height, placed: new Map() };
  const leaves = root.leaves().length;
  const wide = width ?? 2 * MARGIN + leaves * (leaves <= 40 ? 18 : leaves <= 120 ? 13 : 9);
  const laid = tree<SearchNode>()
    .size([wide - 2 * MARGIN, height - 2 * MARGIN])
    .separation((a, b) => (a.parent === b.parent ? 1 : 1.4))(root);
  const most = Math.max(1, ...nodes.map(({ visits }) => visits));
  const small = width === undefined ? 1 : 0.7;
  const place = ({ data, x, y }: HierarchyPointNode<SearchNode>): [number, Placed] => {
    const radius = small * (SMALL + MORE * Math.sqrt(data.visits / most));
    return [data.id, { node: data, x: x + MARGIN, y: y + MARGIN, radius }];
  };
  return { width: wide, height, placed: new Map(laid.descendants().map(place)) };
}

/** Nodes that hang on one that is not there hang on the root. */
function hierarchyOf(nodes: readonly SearchNode[]): HierarchyNode<SearchNode> | undefined {
  const root = nodes.find(({ parent }) => parent === undefined);
  if (!root) return undefined;
  const ids = new Set(nodes.map(({ id }) => id));
  const children = new Map<number, SearchNode[]>();
  for (const node of nodes) {
    if (node === root) continue;
    const parent = node.parent !== undefined && ids.has(node.parent) ? node.parent : root.id;
    const siblings = children.get(parent);
    if (siblings) siblings.push(node);
    else children.set(parent, [node]);
  }
  return hierarchy(root, ({ id }) => children.get(id));
}

/** Circles of all nodes of a shade as one path: a thousand elements would be slow to draw anew ten times a second. */
export function circlesOf({ placed }: Drawing, shade: number | undefined): string {
  let path = '';
  for (const { node, x, y, radius } of placed.values()) if (shadeOf(node) === shade) path += circle(x, y, radius);
  return path;
}

function circle(x: number, y: number, radius: number): string {
  const [r, left] = [radius.toFixed(1), (x - radius).toFixed(1)];
  return `M${left} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${(2 * radius).toFixed(1)} 0a${r} ${r} 0 1 0 ${(-2 * radius).toFixed(1)} 0`;
}

/** Edges as one path: of the chosen path alone, or of all others. */
export function edgesOf({ placed }: Drawing, chosen: boolean): string {
  let path = '';
  for (const { node, x, y } of placed.values()) {
    const parent = node.parent === undefined ? undefined : placed.get(node.parent);
    if (!parent || node.chosen !== chosen) continue;
    const middle = ((y + parent.y) / 2).toFixed(1);
    path += `M${parent.x.toFixed(1)} ${parent.y.toFixed(1)}C${parent.x.toFixed(1)} ${middle} ${x.toFixed(1)} ${middle} ${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  return path;
}

/** The node at a point of the drawing, or the nearest to it within reach. */
export function nodeAt({ placed }: Drawing, x: number, y: number, reach = 12): number | undefined {
  let nearest: number | undefined;
  let least = reach;
  for (const one of placed.values()) {
    const distance = Math.hypot(one.x - x, one.y - y) - one.radius;
    if (distance >= least) continue;
    least = distance;
    nearest = one.node.id;
  }
  return nearest;
}

/** The node that an arrow key leads to: the parent, the likeliest child, or the neighbour on the same level. */
export function neighbourOf({ placed }: Drawing, id: number, key: string): number | undefined {
  const from = placed.get(id);
  if (!from) return undefined;
  if (key === 'ArrowUp') return from.node.parent;
  const all = [...placed.values()];
  if (key === 'ArrowDown') {
    const children = all.filter(({ node }) => node.parent === id);
    return (children.find(({ node }) => node.chosen) ?? children[0])?.node.id;
  }
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (step === undefined) return undefined;
  const level = all.filter(({ y }) => Math.abs(y - from.y) < 1).sort((a, b) => a.x - b.x);
  return level[level.indexOf(from) + step]?.node.id;
}
