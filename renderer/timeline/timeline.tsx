import { useEffect, useState } from 'react';
import { commandOf } from '../commands.ts';
import { useRun } from '../store/run.ts';
import { Grip } from '../ui/grip.tsx';
import { Icon } from '../ui/icons.tsx';
import { Keys } from '../ui/keys.tsx';
import { Chart } from './chart.tsx';
import { rowsOf, type TimelineRow } from './rows.ts';
import { setTimelineHeight, toggleTimeline, useTimeline } from './store.ts';
import { TimelineTable } from './table.tsx';
import './timeline.css';

/** The last run on its time axis, under the canvas. */
export function Timeline() {
  const { open, height, view } = useTimeline();
  if (!open) return null;
  return (
    <section className="timeline" style={{ height }} aria-label="Timeline of the last run">
      <Grip label="Height of the timeline" height={height} set={setTimelineHeight} />
      <Panel view={view} />
    </section>
  );
}

function Panel({ view }: { view: 'chart' | 'table' }) {
  const rows = useRows();
  const [zoom, setZoom] = useState(1);
  return (
    <>
      <header className="timeline-head">
        <h2>Timeline</h2>
        <Legend />
        <span className="grow" />
        {view === 'chart' && (
          <>
            <button
              type="button"
              className="button icon"
              disabled={zoom === 1}
              onClick={() => setZoom(zoom / 2)}
              aria-label="Shorten the time axis"
              title="Shorten the time axis"
            >
              −
            </button>
            <span className="num dim">{zoom} ×</span>
            <button
              type="button"
              className="button icon"
              disabled={zoom === 64}
              onClick={() => setZoom(zoom * 2)}
              aria-label="Stretch the time axis"
              title="Stretch the time axis"
            >
              +
            </button>
          </>
        )}
        <button
          type="button"
          className="button"
          aria-pressed={view === 'table'}
          onClick={() => useTimeline.setState({ view: view === 'table' ? 'chart' : 'table' })}
        >
          Table
        </button>
        <button type="button" className="button icon" onClick={toggleTimeline} aria-label="Close the timeline">
          <Icon name="close" size={14} />
        </button>
      </header>
      {rows.length === 0 ? (
        <p className="dim timeline-none">
          Nothing has run yet. Run the graph <Keys shortcut={commandOf('run.start').shortcuts[0] ?? ''} />, and the
          loading and running of each node stand here.
        </p>
      ) : view === 'table' ? (
        <TimelineTable rows={rows} />
      ) : (
        <Chart rows={rows} zoom={zoom} />
      )}
    </>
  );
}

function Legend() {
  return (
    <span className="timeline-legend dim">
      {(['load', 'run', 'prefill', 'decode', 'warm'] as const).map((phase) => (
        <span key={phase}>
          <i className={`span ${phase}`} /> {phase === 'run' ? 'first run' : phase}
        </span>
      ))}
    </span>
  );
}

/** The rows of the last run; those under way grow until it ends. */
function useRows(): readonly TimelineRow[] {
  const nodes = useRun((state) => state.nodes);
  const order = useRun((state) => state.order);
  const beganAt = useRun((state) => state.active?.beganAt);
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (beganAt === undefined) return;
    const timer = setInterval(() => setNow(performance.now() - beganAt), 100);
    return () => clearInterval(timer);
  }, [beganAt]);
  return rowsOf({ nodes, order }, now);
}
