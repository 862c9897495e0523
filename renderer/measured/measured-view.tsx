import { type ReactNode, useEffect, useRef } from 'react';
import { useConnection } from '../backend/client.ts';
import { useUi } from '../store/ui.ts';
import { Icon } from '../ui/icons.tsx';
import type { Measurements } from './measurements.ts';

/** Shows the canvas, whatever lies over it. */
export const backToCanvas = () => useUi.setState({ view: 'canvas' });

interface ViewProps {
  readonly name: string;
  readonly title: string;
  readonly className: string;
  readonly measurements: Measurements;
  readonly drop: (files: readonly File[]) => Promise<void>;
  readonly children: ReactNode;
}

/** What is measured and what came of it. Lies over the canvas, which stays as it is; Escape leads back. */
export function MeasuredView({ name, title, className, measurements, drop, children }: ViewProps) {
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
    if (connected) void measurements.list();
  }, [connected, measurements]);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !useUi.getState().dialog) backToCanvas();
    };
    window.addEventListener('keydown', leave);
    return () => window.removeEventListener('keydown', leave);
  }, []);
  return (
    <section
      ref={box}
      className={className}
      aria-label={name}
      tabIndex={-1}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void drop([...event.dataTransfer.files]);
      }}
    >
      <header className="compare-head">
        <h2>{title}</h2>
        <button type="button" className="button outlined" onClick={backToCanvas}>
          <Icon name="close" size={12} /> Back to the canvas
        </button>
      </header>
      {children}
    </section>
  );
}
