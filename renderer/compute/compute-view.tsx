import { useEffect, useRef } from 'react';
import { useConnection } from '../backend/client.ts';
import { useUi } from '../store/ui.ts';
import { Icon } from '../ui/icons.tsx';
import { closeCompute, dropResults, listMeasurements } from './actions.ts';
import { ComputeForm } from './compute-form.tsx';
import { ComputeResult } from './compute-result.tsx';
import { useCompute } from './store.ts';

/** What compute buys: what to measure, then accuracy against tokens. Lies over the canvas, which stays as it is. */
export function ComputeView() {
  const shown = useCompute((state) => state.shown);
  const box = useRef<HTMLElement>(null);
  const connected = useConnection((state) => state.status === 'connected');
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    if (connected) void listMeasurements();
  }, [connected]);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !useUi.getState().dialog) closeCompute();
    };
    window.addEventListener('keydown', leave);
    return () => window.removeEventListener('keydown', leave);
  }, []);
  return (
    <section
      ref={box}
      className="compare compute"
      aria-label="Compute"
      tabIndex={-1}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void dropResults([...event.dataTransfer.files]);
      }}
    >
      <header className="compare-head">
        <h2>{shown ? shown.title : 'What compute buys'}</h2>
        <button type="button" className="button outlined" onClick={closeCompute}>
          <Icon name="close" size={12} /> Back to the canvas
        </button>
      </header>
      {shown ? <ComputeResult shown={shown} /> : <ComputeForm />}
    </section>
  );
}
