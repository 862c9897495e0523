import { reveal } from '../subgraphs/actions.ts';
import { duration } from '../ui/format.ts';
import { useNode } from './names.ts';
import { type TimelineRow, totalsOf } from './rows.ts';

/** The timeline in figures. */
export function TimelineTable({ rows }: { rows: readonly TimelineRow[] }) {
  return (
    <div className="timeline-table">
      <table>
        <thead>
          <tr>
            {['Node', 'Status', 'Begins', 'Ends', 'Load', 'First run', 'Prefill', 'Decode', 'Warm run'].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row: { id, state, spans, report } }: { row: TimelineRow }) {
  const { name } = useNode(id);
  const { load, first, prefill, decode } = totalsOf(spans);
  const warm = spans.length > 0 ? report?.ms?.warm : undefined;
  const times = [
    spans[0]?.start,
    spans.at(-1)?.end,
    load || undefined,
    first || undefined,
    prefill || undefined,
    decode || undefined,
    warm,
  ];
  return (
    <tr>
      <th scope="row">
        <button type="button" onClick={() => reveal(id)}>
          {name} <span className="dim">{name === id ? '' : id}</span>
        </button>
      </th>
      <td>{state}</td>
      {times.map((ms, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a figure is its column
        <td key={column} className="num">
          {ms === undefined ? '' : duration(ms)}
        </td>
      ))}
    </tr>
  );
}
