import { useEffect } from 'react';
import { useConnection } from '../backend/client.ts';
import { whole } from '../ui/format.ts';
import { openCompare, takeUpComparison } from './actions.ts';
import { useCompare } from './store.ts';

/** In the status bar, while graphs are compared; a click shows it. */
export function CompareStatus() {
  const shown = useCompare((state) => state.shown);
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (connected) void takeUpComparison();
  }, [connected]);
  if (shown?.status !== 'running') return null;
  return (
    <button type="button" className="status-training" onClick={openCompare}>
      Comparing: <span className="num">{whole(shown.done)}</span> of <span className="num">{whole(shown.runs)}</span>{' '}
      runs
    </button>
  );
}
