import type { Edge, Node } from 'reactflow';
import type { GraphDocument } from '../../graphs/document.ts';
import { type Point, sourcesAt, type Wiring } from '../store/edits.ts';
import { itemKey, NOTE_SIZE } from '../store/items.ts';
import { wireId } from '../store/selection.ts';

/** What React Flow draws, derived from the document. Objects of what did not change stay the same, so only news is drawn. */

export type FlowNode = Node<Record<string, never>, 'module' | 'note' | 'frame'>;
export type FlowEdge = Edge<{ readonly wiring: Wiring }, 'wire'>;

export interface Transient {
  /** Where nodes under the hand are, until they are let go. */
  readonly dragged: Readonly<Record<string, Point>>;
  readonly measured: Readonly<Record<string, Size>>;
  /** Sizes of notes and groups under the hand, until they are let go. */
  readonly resized: Readonly<Record<string, Size>>;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const ORIGIN: Point = [0, 0];
const NO_DATA: Record<string, never> = {};

export function createNodeDeriver() {
  let before = new Map<string, FlowNode>();
  return (document: GraphDocument, selected: ReadonlySet<string>, transient: Transient): FlowNode[] => {
    const { dragged, measured, resized } = transient;
    const now = new Map<string, FlowNode>();
    for (const item of itemsOf(document)) {
      const { id, type, at } = item;
      const [x, y] = dragged[id] ?? at;
      const { width, height } = resized[id] ?? item;
      const old = before.get(id);
      const same =
        old &&
        old.position.x === x &&
        old.position.y === y &&
        old.width === width &&
        old.height === height &&
        old.selected === selected.has(id) &&
        old.measured === measured[id];
      const drawn = { id, data: NO_DATA, position: { x, y }, width, height, selected: selected.has(id) };
      const sized = measured[id] ? { ...drawn, measured: measured[id] } : drawn;
      now.set(id, same ? old : type === 'note' ? { ...sized, type } : { ...sized, ...FRAME });
    }
    for (const id of Object.keys(document.nodes)) {
      const [x, y] = dragged[id] ?? document.layout?.[id] ?? ORIGIN;
      const old = before.get(id);
      const same =
        old &&
        old.position.x === x &&
        old.position.y === y &&
        old.selected === selected.has(id) &&
        old.measured === measured[id];
      now.set(
        id,
        same
          ? old
          : {
              id,
              type: 'module',
              data: NO_DATA,
              position: { x, y },
              selected: selected.has(id),
              ...(measured[id] ? { measured: measured[id] } : {}),
            },
      );
    }
    before = now;
    return [...now.values()];
  };
}

/** Behind everything also when selected, and taken hold of by its title alone. */
const FRAME = {
  type: 'frame',
  zIndex: -2000,
  dragHandle: '.group-title',
  style: { pointerEvents: 'none' },
} as const satisfies Partial<FlowNode>;

function itemsOf({ notes, groups }: GraphDocument) {
  return [
    ...Object.entries(groups ?? {}).map(
      ([
        id,
        {
          at,
          size: [width, height],
        },
      ]) => ({
        id: itemKey('group', id),
        type: 'frame' as const,
        at,
        width,
        height,
      }),
    ),
    ...Object.entries(notes ?? {}).map(([id, { at, size: [width, height] = NOTE_SIZE }]) => ({
      id: itemKey('note', id),
      type: 'note' as const,
      at,
      width,
      height,
    })),
  ];
}

export function createEdgeDeriver() {
  let before = new Map<string, FlowEdge>();
  return (document: GraphDocument, selected: ReadonlySet<string>): FlowEdge[] => {
    const now = new Map<string, FlowEdge>();
    for (const wiring of wiresOf(document)) {
      const id = wireId(wiring);
      const old = before.get(id);
      now.set(
        id,
        old && old.selected === selected.has(id)
          ? old
          : {
              id,
              type: 'wire',
              source: wiring.source,
              sourceHandle: wiring.sourcePort,
              target: wiring.target,
              targetHandle: wiring.targetPort,
              selected: selected.has(id),
              data: { wiring },
            },
      );
    }
    before = now;
    return [...now.values()];
  };
}

/** Wires whose ends are both nodes of the document. */
export function wiresOf(document: GraphDocument): Wiring[] {
  return Object.entries(document.nodes).flatMap(([target, node]) =>
    Object.keys(node.inputs ?? {}).flatMap((targetPort) =>
      sourcesAt(node, targetPort).flatMap((ref) => {
        const dot = ref.indexOf('.');
        const source = ref.slice(0, dot);
        return Object.hasOwn(document.nodes, source)
          ? [{ source, sourcePort: ref.slice(dot + 1), target, targetPort }]
          : [];
      }),
    ),
  );
}
