import type { Connection, Edge, FinalConnectionState, OnConnectStartParams } from 'reactflow';
import { edit, shown } from '../store/document.ts';
import { addWire, removeWires, type Wiring } from '../store/edits.ts';
import { portsShown } from '../store/ports-shown.ts';
import { showDialog, useUi } from '../store/ui.ts';
import type { FlowEdge } from './flow.ts';
import { whyRefused } from './wiring.ts';

/** What React Flow tells of wires that are drawn, moved and let go; each ends as one step of undo. */

let reconnecting = false;

export function onConnectStart(_: unknown, { nodeId, handleId, handleType }: OnConnectStartParams): void {
  if (nodeId && handleId && handleType) {
    useUi.setState({ pending: { node: nodeId, port: handleId, side: handleType } });
  }
}

/** A new wire that is let go over nothing asks what is to be added there. */
export function onConnectEnd(event: MouseEvent | TouchEvent, { toHandle }: FinalConnectionState): void {
  const { pending } = useUi.getState();
  useUi.setState({ pending: undefined });
  if (!pending || toHandle || reconnecting) return;
  const point = 'changedTouches' in event ? event.changedTouches[0] : event;
  if (!point) return;
  const { clientX: x, clientY: y } = point;
  const over = document.elementFromPoint(x, y);
  if (over?.classList.contains('react-flow__pane')) showDialog({ type: 'quick-add', at: { x, y }, end: pending });
}

export const onConnect = (connection: Connection) => connectWire(toWiring(connection));

export function onReconnectStart(): void {
  reconnecting = true;
}

export const onReconnect = (old: FlowEdge, connection: Connection) =>
  connectWire(toWiring(connection), old.data?.wiring);

/** A wire that is pulled off its port and let go is gone. */
export function onReconnectEnd(_: unknown, edge: FlowEdge, __: unknown, { toHandle }: FinalConnectionState): void {
  reconnecting = false;
  if (!toHandle && edge.data) {
    const { wiring } = edge.data;
    edit((document) => removeWires(document, [wiring]));
  }
}

export function isAllowed(connection: Connection | Edge): boolean {
  return whyRefused(toWiring(connection)) === undefined;
}

/** Draws a wire, in the place of `old` where that is given. */
export function connectWire(wiring: Wiring, old?: Wiring): void {
  const input = portsShown(shown(), wiring.target).inputs[wiring.targetPort];
  if (!input) return;
  edit((document) => addWire(old ? removeWires(document, [old]) : document, wiring, input.multiple ?? false));
}

function toWiring({ source, sourceHandle, target, targetHandle }: Connection | Edge): Wiring {
  return { source, sourcePort: sourceHandle ?? '', target, targetPort: targetHandle ?? '' };
}
