import { memo } from 'react';
import type { CellNews } from '../../electron/backend/comparison/news.ts';
import type { ShownComparison } from './store.ts';

/** A line for each graph, a mark for each item: filled as its runs finish, right or wrong where it was asked. */
export function Cells({ shown: { graphs, items, runs, cells } }: { shown: ShownComparison }) {
  const asked = cells.some(({ right }) => right !== undefined);
  return (
    <section className="compare-cells" aria-labelledby="compare-cells">
      <h3 id="compare-cells">
        {asked ? 'Answers' : 'Runs'}
        {asked && (
          <>
            <span className="compare-key">
              <i className="right" /> right
            </span>
            <span className="compare-key">
              <i className="wrong" /> wrong
            </span>
          </>
        )}
      </h3>
      {graphs.map((graph, variant) => (
        <Line
          key={graph}
          graph={graph}
          marks={marksOf(cells, variant, asked)}
          of={asked ? items : runs / graphs.length}
        />
      ))}
    </section>
  );
}

type Mark = 'right' | 'wrong' | 'timed';

/** In the order of items; where nothing is asked, a mark for each run. */
function marksOf(cells: readonly CellNews[], variant: number, asked: boolean): readonly Mark[] {
  return cells.flatMap((cell): Mark[] => {
    if (cell.variant !== variant || (asked && cell.round !== 0)) return [];
    if (cell.right === undefined) return ['timed'];
    return [cell.right ? 'right' : 'wrong'];
  });
}

const WIDE = 1000;

const Line = memo(function Line({ graph, marks, of }: { graph: string; marks: readonly Mark[]; of: number }) {
  const step = WIDE / of;
  const path = (mark: Mark) =>
    marks
      .map((one, i) =>
        one === mark ? `M${(i * step).toFixed(2)} 0h${(step * 0.8).toFixed(2)}v10h${(-step * 0.8).toFixed(2)}z` : '',
      )
      .join('');
  const right = marks.filter((mark) => mark === 'right').length;
  const judged = marks.filter((mark) => mark !== 'timed').length;
  const words = judged > 0 ? `${right} of ${judged} right` : `${marks.length} runs`;
  return (
    <div className="compare-line" data-graph={graph}>
      <span className="compare-name" title={graph}>
        {graph}
      </span>
      <svg viewBox={`0 0 ${WIDE} 10`} preserveAspectRatio="none" role="img" aria-label={`${graph}: ${words}`}>
        {(['right', 'wrong', 'timed'] as const).map((mark) => (
          <path key={mark} className={mark} d={path(mark)} />
        ))}
      </svg>
      <span className="num dim">{judged > 0 ? `${right}/${judged}` : marks.length}</span>
    </div>
  );
}, sameLine);

function sameLine(
  before: { marks: readonly Mark[]; of: number },
  now: { marks: readonly Mark[]; of: number },
): boolean {
  return before.marks.length === now.marks.length && before.of === now.of;
}
