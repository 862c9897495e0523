import { useConnection, ViewportPortal } from 'reactflow';
import { whyRefused, wiringBetween } from './wiring.ts';

/** Beside the pointer, while a wire that does not fit is held over a port: why not. */
export function ConnectionHint() {
  const hint = useConnection((connection) => {
    const { fromHandle, toHandle, to } = connection;
    if (!connection.inProgress || !fromHandle?.id || !toHandle?.id || !to) return undefined;
    const pending = { node: fromHandle.nodeId, port: fromHandle.id, side: fromHandle.type };
    if (fromHandle.type === toHandle.type && fromHandle.nodeId !== toHandle.nodeId) {
      return { x: to.x, y: to.y, reason: `Both ends are ${toHandle.type === 'source' ? 'outputs' : 'inputs'}` };
    }
    if (fromHandle.type === toHandle.type) return undefined;
    const reason = whyRefused(wiringBetween(pending, toHandle.nodeId, toHandle.id));
    return reason ? { x: to.x, y: to.y, reason } : undefined;
  });
  if (!hint) return null;
  return (
    <ViewportPortal>
      <div className="refusal" role="alert" style={{ transform: `translate(${hint.x + 14}px, ${hint.y + 14}px)` }}>
        {hint.reason}
      </div>
    </ViewportPortal>
  );
}
