import { useState } from 'react';
import type { Span } from '../../electron/backend/executor/events.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { reveal } from '../subgraphs/actions.ts';
import { duration } from '../ui/format.ts';
import { categoryColour } from '../ui/icons.tsx';
import { useIsSelected, useNode } from './names.ts';
import { endOf, nameOf, type TimelineRow, ticks, totalsOf } from './rows.ts';

/** About this many pixels of axis for a number under it. */
const TICK_PIXELS = 110;
const AXIS_PIXELS = 800;

/** A bar for each span of each node; the line below says of the one under the pointer or the focus what it is. */
export function Chart({ rows, zoom }: { rows: readonly TimelineRow[]; zoom: number }) {
  const [said, setSaid] = useState('');
  const end = endOf(rows);
  const marks = ticks(end, (AXIS_PIXELS * zoom) / TICK_PIXELS);
  return (
    <>
      <div className="timeline-chart">
        <div className="timeline-axis" style={{ '--zoom': zoom }} aria-hidden="true">
          <div>
            {marks.map((mark) => (
              <span key={mark} className="num" style={{ left: `${(mark / end) * 100}%` }}>
                {mark === 0 ? '0' : duration(mark)}
              </span>
            ))}
          </div>
        </div>
        <ul style={{ '--zoom': zoom }}>
          {rows.map((row) => (
            <Row key={row.id} row={row} end={end} say={setSaid} />
          ))}
        </ul>
      </div>
      <p className="timeline-said dim">{said || 'Point at a bar for its figures; a click selects the node.'}</p>
    </>
  );
}

interface RowProps {
  readonly row: TimelineRow;
  readonly end: number;
  readonly say: (words: string) => void;
}

function Row({ row, end, say }: RowProps) {
  const { id, spans, state } = row;
  const { kind, name } = useNode(id);
  const selected = useIsSelected(id);
  const words = wordsOf(name, row);
  return (
    <li style={{ '--cat': categoryColour(definitionOf(kind)?.category ?? 'Other') }}>
      <button
        type="button"
        className="timeline-row"
        data-node={id}
        aria-pressed={selected}
        aria-label={words}
        onClick={() => reveal(id)}
        onFocus={() => say(words)}
        onPointerEnter={() => say(words)}
        onPointerLeave={() => say('')}
      >
        <span className="timeline-name">
          {name} <span className="dim">{name === id ? '' : id}</span>
        </span>
        <span className="timeline-track">
          {spans.map((span) => (
            <i
              key={`${span.phase} ${span.start}`}
              className={`span ${span.phase} ${span.turn > 0 ? 'warm' : ''}`}
              style={{ left: `${(span.start / end) * 100}%`, width: `${((span.end - span.start) / end) * 100}%` }}
              onPointerEnter={() => say(`${name}: ${spanWords(span)}`)}
              onPointerLeave={() => say(words)}
            />
          ))}
          {spans.length === 0 && <span className="timeline-state dim">{state}</span>}
        </span>
      </button>
    </li>
  );
}

/** `prefill, 120 ms, from 1.20 s to 1.32 s` */
function spanWords(span: Span): string {
  const { start, end } = span;
  return `${nameOf(span)}, ${duration(end - start)}, from ${duration(start)} to ${duration(end)}`;
}

/** All figures of a node: what it did on the axis, and its own time, without what it waited for. */
function wordsOf(name: string, { spans, state, report }: TimelineRow): string {
  const totals = totalsOf(spans);
  const parts = [
    totals.load > 0 && `load ${duration(totals.load)}`,
    totals.first > 0 && `first run ${duration(totals.first)}`,
    totals.prefill > 0 && `of it prefill ${duration(totals.prefill)}`,
    totals.decode > 0 && `decode ${duration(totals.decode)}`,
    report?.ms?.warm !== undefined && spans.length > 0 && `warm run ${duration(report.ms.warm)}`,
    report?.ms?.first !== undefined &&
      totals.first - report.ms.first > 0.5 &&
      `of which ${duration(totals.first - report.ms.first)} waiting for others`,
  ].filter(Boolean);
  return `${name}, ${state}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
}
