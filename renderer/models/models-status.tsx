import { useEffect } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { useConnection } from '../backend/client.ts';
import { followPulls, openModels } from './actions.ts';
import { hubName, running, useModels } from './store.ts';

/** In the status bar, while something is downloaded; a click shows it. */
export function ModelsStatus() {
  const pulls = useModels(useShallow(running));
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (connected) void followPulls();
  }, [connected]);
  const [first] = pulls;
  if (!first) return null;
  const done = pulls.reduce((sum, { progress }) => sum + progress.done, 0);
  const of = pulls.reduce((sum, { progress }) => sum + progress.of, 0);
  return (
    <button type="button" className="status-training" onClick={openModels}>
      Downloading {pulls.length === 1 ? hubName(first.reference) : `${pulls.length} models`}:{' '}
      <span className="num">{of > 0 ? `${Math.floor((100 * done) / of)} %` : '…'}</span>
    </button>
  );
}
