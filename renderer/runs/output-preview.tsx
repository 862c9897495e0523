import type { OutputSummary, TensorStats } from '../../electron/backend/executor/events.ts';
import { CandidatesTable, Spent, Votes } from '../search/candidates.tsx';
import { significant, whole } from '../ui/format.ts';
import { ScoredLines } from './scored-lines.tsx';

/** One output as people look at it. `compact` is the size of a node; otherwise the inspector's. */
export function OutputPreview({ output, compact }: { output: OutputSummary; compact?: boolean }) {
  switch (output.type) {
    case 'image':
      return (
        <figure className="out-image">
          {output.preview && <img src={output.preview} alt="Output" draggable={false} />}
          <figcaption className="num">
            {output.count > 1 ? `${output.count} × ` : ''}
            {output.width} × {output.height} px
          </figcaption>
        </figure>
      );
    case 'text':
      return <p className={`out-text ${compact ? 'clamped' : ''}`}>{output.text}</p>;
    case 'answer':
      return <p className={`out-answer ${compact ? 'clamped' : ''}`}>{output.text || '(empty answer)'}</p>;
    case 'features':
    case 'embeddings':
      return (
        <div className="out-tensor">
          <div className="out-shape num" title="[images, tokens, width]">
            {whole(output.count)} × {whole(output.tokens)} × {whole(output.width)}
            {output.grid && <span> · grid {output.grid.join('×')}</span>}
          </div>
          {output.stats && <Stats stats={output.stats} compact={compact} />}
        </div>
      );
    case 'table': {
      const rows = compact ? output.rows.slice(0, 6) : output.rows;
      return output.lines ? (
        <ScoredLines columns={output.columns} rows={rows} />
      ) : (
        <Table columns={output.columns} rows={rows} />
      );
    }
    case 'score':
      return (
        <div className="out-score">
          <b className="num">{significant(output.value)}</b> {output.meaning}
        </div>
      );
    case 'tensor':
    case 'codes':
      return (
        <div className="out-tensor">
          <div className="out-shape num">
            {output.name ? `${output.name} ` : ''}[{output.stats.dims.join(', ')}] {output.stats.dtype}
          </div>
          <Stats stats={output.stats} compact={compact} />
        </div>
      );
    case 'candidates':
      return compact ? (
        <p className="out-text">{output.summary}</p>
      ) : (
        <>
          <Votes result={output.result} />
          <CandidatesTable result={output.result} />
          <Spent result={output.result} />
        </>
      );
    case 'nothing':
      return <p className="out-text dim">{output.why}</p>;
    default:
      return <p className="out-text">{output.summary}</p>;
  }
}

function Stats({ stats, compact }: { stats: TensorStats; compact?: boolean }) {
  const highest = Math.max(1, ...stats.histogram);
  const width = 100 / Math.max(1, stats.histogram.length);
  return (
    <>
      <svg
        className="histogram"
        viewBox="0 0 100 32"
        preserveAspectRatio="none"
        role="img"
        aria-label="Histogram of values"
      >
        {[...stats.histogram.entries()].map(([place, bin]) => {
          const height = (bin / highest) * 32;
          return <rect key={place} x={place * width} y={32 - height} width={width * 0.86} height={height} />;
        })}
      </svg>
      <div className="histogram-axis num">
        <span>{significant(stats.min)}</span>
        {!compact && (
          <span>
            mean {significant(stats.mean)} · sd {significant(stats.std)}
          </span>
        )}
        <span>{significant(stats.max)}</span>
      </div>
    </>
  );
}

type Cell = string | number | null;

/**
 * Rows of a name and numbers are bars where the last number always lies between 0 and 1 (a score: similarity,
 * classification); anything else is a table.
 */
function Table({ columns, rows }: { columns: readonly string[]; rows: readonly (readonly Cell[])[] }) {
  const share = columns.length - 1;
  const named = columns.findIndex((_, at) => rows.every((row) => typeof row[at] === 'string'));
  if (rows.length > 0 && named >= 0 && rows.every((row) => isShare(row[share] ?? null))) {
    return (
      <div className="bars">
        {[...rows.entries()].map(([place, row]) => (
          <div key={place} className="bar" title={row.map((cell, at) => `${columns[at]}: ${cell}`).join('\n')}>
            <span className="bar-name">{row.slice(0, named + 1).join(' · ')}</span>
            <span className="bar-value num">{significant(Number(row[share]))}</span>
            <i style={{ width: `${Number(row[share]) * 100}%` }} />
          </div>
        ))}
      </div>
    );
  }
  return (
    <div className="out-table">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column}>{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...rows.entries()].map(([place, row]) => (
            <tr key={place}>
              {row.map((cell, at) => (
                <td key={columns[at]} className={typeof cell === 'number' ? 'num' : ''}>
                  {typeof cell === 'number' && !Number.isInteger(cell) ? significant(cell) : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const isShare = (cell: Cell) => typeof cell === 'number' && cell >= 0 && cell <= 1;
