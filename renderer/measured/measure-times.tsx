import type { ReactNode } from 'react';

/** Asks whether to measure how long it takes, and says what that does. */
export function MeasureTimes({ onWanted, children }: { onWanted: () => void; children: ReactNode }) {
  return (
    <p>
      <button type="button" className="button outlined" onClick={onWanted}>
        Measure how long it takes
      </button>
      <small className="dim">{children}</small>
    </p>
  );
}
