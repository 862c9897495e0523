import { useEffect } from 'react';
import { useConnection } from '../backend/client.ts';
import { whole } from '../ui/format.ts';
import { openCompute, takeUpMeasurement } from './actions.ts';
import { useCompute } from './store.ts';

/** In the status bar, while reasoning is measured; a click shows it. */
export function ComputeStatus() {
  const shown = useCompute((state) => state.shown);
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (connected) void takeUpMeasurement();
  }, [connected]);
  if (shown?.status !== 'running') return null;
  return (
    <button type="button" className="status-training" onClick={openCompute}>
      Measuring: <span className="num">{whole(shown.done)}</span> of{' '}
      <span className="num">{whole(shown.searches)}</span> searches
    </button>
  );
}
