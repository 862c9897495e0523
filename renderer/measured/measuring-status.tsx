import { useEffect } from 'react';
import { useStore } from 'zustand';
import { useConnection } from '../backend/client.ts';
import { whole } from '../ui/format.ts';
import type { Measurements } from './measurements.ts';

/** In the status bar, while something is measured; a click shows it. */
export function MeasuringStatus({ measurements, open }: { measurements: Measurements; open: () => void }) {
  const { store, doing, unit, of } = measurements.kind;
  const shown = useStore(store, (state) => state.shown);
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    if (connected) void measurements.takeUp();
  }, [connected, measurements]);
  if (shown?.status !== 'running') return null;
  return (
    <button type="button" className="status-training" onClick={open}>
      {doing}: <span className="num">{whole(shown.done)}</span> of <span className="num">{whole(of(shown))}</span>{' '}
      {unit}
    </button>
  );
}
