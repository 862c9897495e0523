import { useEffect, useRef } from 'react';
import { useConnection } from '../backend/client.ts';
import { useUi } from '../store/ui.ts';
import { Icon } from '../ui/icons.tsx';
import { closeCompare, dropFiles, listComparisons } from './actions.ts';
import { CompareForm } from './compare-form.tsx';
import { CompareResult } from './compare-result.tsx';
import { useCompare } from './store.ts';

/** Graphs held against each other: what to compare, then what comes of it. Lies over the canvas, which stays as it is. */
export function CompareView() {
  const shown = useCompare((state) => state.shown);
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
    if (connected) void listComparisons();
  }, [connected]);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !useUi.getState().dialog) closeCompare();
    };
    window.addEventListener('keydown', leave);
    return () => window.removeEventListener('keydown', leave);
  }, []);
  return (
    <section
      ref={box}
      className="compare"
      aria-label="Compare graphs"
      tabIndex={-1}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void dropFiles([...event.dataTransfer.files]);
      }}
    >
      <header className="compare-head">
        <h2>{shown ? shown.title : 'Compare graphs'}</h2>
        <button type="button" className="button outlined" onClick={closeCompare}>
          <Icon name="close" size={12} /> Back to the canvas
        </button>
      </header>
      {shown ? <CompareResult shown={shown} /> : <CompareForm />}
    </section>
  );
}
