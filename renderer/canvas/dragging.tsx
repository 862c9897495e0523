import { type NodeChange, type ReactFlowInstance, ViewportPortal } from 'reactflow';
import { create } from 'zustand';
import type { Box } from '../store/align.ts';
import { shown } from '../store/document.ts';
import { type Guide, snap } from '../store/guides.ts';
import { itemOf } from '../store/items.ts';
import type { FlowNode } from './flow.ts';
import { wireWhereDropped } from './insertion.ts';
import { boxOf } from './selected.ts';

/** What is shown while one node is moved by hand. */
interface Dragging {
  readonly guides: readonly Guide[];
  /** The wire that it would be put into where it is now. */
  readonly wire?: string;
}

const NOTHING: Dragging = { guides: [], wire: undefined };

export const useDragging = create<Dragging>(() => NOTHING);

/** How near a line must be for a node to snap to it, in pixels of the window. */
const REACH = 6;

/** Where the node under the hand is seen. */
let seen: { readonly id: string; readonly position: { readonly x: number; readonly y: number } } | undefined;

/**
 * One node moved by hand snaps to lines of the others and shows them, and the wire that it would be put into; it is put
 * down where it was seen. The same changes where several are moved, or a note or a group.
 */
export function guided(flow: ReactFlowInstance, changes: readonly NodeChange<FlowNode>[]): NodeChange<FlowNode>[] {
  const [moved, ...others] = changes.filter((change) => change.type === 'position');
  if (!moved) return [...changes];
  const box = moved.dragging && others.length === 0 && !itemOf(moved.id) ? boxOf(flow, moved.id) : undefined;
  if (box && moved.position) {
    const { at, guides } = snap({ ...box, ...moved.position }, otherBoxes(flow, moved.id), REACH / flow.getZoom());
    const position = { x: at[0], y: at[1] };
    seen = { id: moved.id, position };
    useDragging.setState({ guides, wire: wireWhereDropped(shown(), moved.id, { ...box, ...position }) });
  } else if (moved.dragging === false && useDragging.getState() !== NOTHING) {
    useDragging.setState(NOTHING, true);
  }
  if (seen?.id !== moved.id) return [...changes];
  const { position } = seen;
  if (!moved.dragging) seen = undefined;
  return changes.map((change) => (change === moved ? { ...moved, position } : change));
}

function otherBoxes(flow: ReactFlowInstance, id: string): Box[] {
  return Object.keys(shown().nodes).flatMap((other) => {
    const box = other === id ? undefined : boxOf(flow, other);
    return box ? [box] : [];
  });
}

/** The lines that the node under the hand stands on with others. */
export function Guides() {
  const guides = useDragging((state) => state.guides);
  if (guides.length === 0) return null;
  return (
    <ViewportPortal>
      {guides.map(({ axis, at, from, to }) => (
        <div
          key={`${axis} ${at}`}
          className={`guide ${axis}`}
          style={
            axis === 'x'
              ? { transform: `translate(${at}px, ${from}px)`, height: to - from }
              : { transform: `translate(${from}px, ${at}px)`, width: to - from }
          }
        />
      ))}
    </ViewportPortal>
  );
}
