import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { Box } from './align.ts';
import type { Point, Wiring } from './edits.ts';

/** A node as it is drawn, with the heights of its ports' middles below its upper edge, in pixels of the canvas. */
export interface Drawn extends Box {
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
}

type DrawnNodes = Readonly<Record<string, Drawn>>;

/** Sugiyama's layers from left to right; the gaps leave room for a wire's token count. */
const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.layered.spacing.nodeNodeBetweenLayers': '88',
  'elk.spacing.nodeNode': '44',
  'elk.spacing.componentComponent': '72',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
};

/** The graph as ELK reads it: every port stands where it is drawn, so that wires cross as little as they can. */
export function toElk(drawn: DrawnNodes, wires: readonly Wiring[]): ElkNode {
  return {
    id: 'graph',
    layoutOptions: OPTIONS,
    children: Object.entries(drawn).map(([id, { width, height, inputs, outputs }]) => ({
      id,
      width,
      height,
      layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
      ports: [
        ...Object.entries(inputs).map(([name, y]) => port(inputId(id, name), 'WEST', 0, y)),
        ...Object.entries(outputs).map(([name, y]) => port(outputId(id, name), 'EAST', width, y)),
      ],
    })),
    edges: wires
      .filter(({ source, target }) => Object.hasOwn(drawn, source) && Object.hasOwn(drawn, target))
      .map(({ source, sourcePort, target, targetPort }, index) => ({
        id: `wire ${index}`,
        sources: [Object.hasOwn(drawn[source]?.outputs ?? {}, sourcePort) ? outputId(source, sourcePort) : source],
        targets: [Object.hasOwn(drawn[target]?.inputs ?? {}, targetPort) ? inputId(target, targetPort) : target],
      })),
  };
}

/** Where ELK put the nodes, moved so that the upper left corner of the whole stays where it was. */
export function placesFrom({ children = [] }: ElkNode, drawn: DrawnNodes): Readonly<Record<string, Point>> {
  const boxes = Object.values(drawn);
  const dx = Math.min(...boxes.map(({ x }) => x)) - Math.min(...children.map(({ x = 0 }) => x));
  const dy = Math.min(...boxes.map(({ y }) => y)) - Math.min(...children.map(({ y = 0 }) => y));
  return Object.fromEntries(children.map(({ id, x = 0, y = 0 }) => [id, [x + dx, y + dy]]));
}

// Ids of nodes hold no space, so these are no node's.
const inputId = (node: string, name: string) => `${node} in ${name}`;
const outputId = (node: string, name: string) => `${node} out ${name}`;

function port(id: string, side: 'WEST' | 'EAST', x: number, y: number) {
  return { id, x, y, width: 0, height: 0, layoutOptions: { 'elk.port.side': side } };
}
