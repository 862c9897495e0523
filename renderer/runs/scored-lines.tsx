import type { CSSProperties } from 'react';
import { significant } from '../ui/format.ts';

type Cell = string | number | null;

/** A text line by line, each on the colour of its score, which stands beside it. */
export function ScoredLines({ columns, rows }: { columns: readonly string[]; rows: readonly (readonly Cell[])[] }) {
  return (
    <ol className="scored-lines" aria-label={`Each ${columns[0]} with its ${columns.at(-1)}`}>
      {[...rows.entries()].map(([place, [line, ...numbers]]) => (
        <li key={place} style={{ '--share': `${100 * Number(numbers.at(-1))}%` } as CSSProperties}>
          <span>{line}</span>
          {numbers.map((number, at) => (
            <b key={columns[at + 1]} className="scored-value num" title={columns[at + 1]}>
              {cellText(number, at < numbers.length - 1)}
            </b>
          ))}
        </li>
      ))}
    </ol>
  );
}

/** What is no score is a difference: its sign tells which way it goes. */
function cellText(cell: Cell, difference: boolean): string {
  if (typeof cell !== 'number') return cell ?? '';
  if (!difference) return cell.toFixed(2);
  return `${cell < 0 ? '−' : '+'}${significant(Math.abs(cell))}`;
}
