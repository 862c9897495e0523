import type { NodeChange, ReactFlowInstance } from 'reactflow';
import { shown } from '../store/document.ts';
import type { Point } from '../store/edits.ts';
import { keysInside } from '../store/groups.ts';
import { itemKeys, itemOf } from '../store/items.ts';
import type { FlowNode } from './flow.ts';
import { boxOf } from './selected.ts';

/** What a group carries along, from when it is lifted until it is put down. */
interface Load {
  readonly from: Point;
  readonly places: Readonly<Record<string, Point>>;
}

/** Follows the groups that are moved: says, for changes of React Flow, which others what stands in them makes. */
export function createCarrier(flow: ReactFlowInstance) {
  const loads = new Map<string, Load>();
  return (changes: readonly NodeChange<FlowNode>[]): NodeChange<FlowNode>[] => {
    const moved = new Set(changes.flatMap((change) => (change.type === 'position' ? [change.id] : [])));
    const carried = changes.flatMap((change): NodeChange<FlowNode>[] => {
      if (change.type !== 'position' || !change.position || change.dragging === undefined) return [];
      if (itemOf(change.id)?.type !== 'group') return [];
      const load = loads.get(change.id) ?? lift(flow, change.id);
      loads.set(change.id, load);
      if (!change.dragging) loads.delete(change.id);
      const { dragging, position } = change;
      const [dx, dy] = [position.x - load.from[0], position.y - load.from[1]];
      return Object.entries(load.places)
        .filter(([key]) => !moved.has(key))
        .map(([id, [x, y]]) => ({ id, type: 'position', dragging, position: { x: x + dx, y: y + dy } }));
    });
    return [...changes, ...carried];
  };
}

function lift(flow: ReactFlowInstance, group: string): Load {
  const graph = shown();
  const from: Point = graph.groups?.[itemOf(group)?.id ?? '']?.at ?? [0, 0];
  const box = boxOf(flow, group);
  if (!box) return { from, places: {} };
  const keys = [...Object.keys(graph.nodes), ...itemKeys(graph)].filter((key) => key !== group);
  const boxes = keys.flatMap((key) => {
    const at = boxOf(flow, key);
    return at ? [[key, at] as const] : [];
  });
  const inside = keysInside({ ...box, x: from[0], y: from[1] }, Object.fromEntries(boxes));
  const places = boxes.flatMap(([key, { x, y }]) => (inside.includes(key) ? [[key, [x, y]] as const] : []));
  return { from, places: Object.fromEntries(places) };
}
