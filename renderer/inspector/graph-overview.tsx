import type { Cost } from '../../nodes/definition.ts';
import { definitionOf } from '../../nodes/registry.ts';
import { useCheck } from '../store/check.ts';
import { edit, flatId, useShown } from '../store/document.ts';
import { setTitle } from '../store/edits.ts';
import { titleOf } from '../store/library.ts';
import { useRun } from '../store/run.ts';
import { selectOnly } from '../store/selection.ts';
import { reveal } from '../subgraphs/actions.ts';
import { duration, whole } from '../ui/format.ts';
import { categoryColour } from '../ui/icons.tsx';
import { CostFigures } from './figures.tsx';

const NOT_KNOWN: Cost = {};

/** Shown while nothing is selected: the graph as a whole, what is wrong with it, where the time went. */
export function GraphOverview() {
  const title = useShown((graph) => graph.title);
  const description = useShown((graph) => graph.description);
  const expected = useShown((graph) => graph.expected);
  const around = flatId('').slice(0, -1);
  const total = useCheck((state) => (around === '' ? state.total : (state.nodes[around]?.cost ?? NOT_KNOWN)));
  return (
    <>
      <section className="inspector-head">
        {around === '' ? (
          <h2>{title}</h2>
        ) : (
          <input
            className="title-field"
            value={title}
            aria-label="Name of this subgraph"
            onChange={({ target }) => edit((graph) => setTitle(graph, target.value), 'title')}
          />
        )}
        <textarea
          className="description-field"
          value={description ?? ''}
          placeholder="What this graph shows"
          aria-label="Description of the graph"
          rows={4}
          onChange={({ target }) =>
            edit((document) => ({ ...document, description: target.value || undefined }), 'description')
          }
        />
      </section>
      <ProblemList />
      <section hidden={!total.parameters && !total.peakBytes && expected === undefined}>
        <h3>Expected cost</h3>
        <CostFigures cost={total} />
        {expected?.visualTokens !== undefined && (
          <p className="dim published">
            Expected: <span className="num">{whole(expected.visualTokens)}</span> visual tokens
            {expected.source ? `, ${expected.source}` : ''}
          </p>
        )}
      </section>
      <TimeSplit />
    </>
  );
}

/** Everything that is wrong with the graph, whatever is selected; a click leads to the node. */
export function ProblemList() {
  const problems = useCheck((state) => state.problems);
  if (problems.length === 0) return null;
  return (
    <section>
      <h3>To mend ({problems.length})</h3>
      <ul className="problems">
        {problems.map((problem) => (
          <li key={`${problem.node} ${problem.path} ${problem.message}`}>
            <button type="button" onClick={() => problem.node !== undefined && reveal(problem.node)}>
              <code className="num">{problem.path}</code>
              <span>{problem.message}</span>
              {problem.hint && <span className="dim">{problem.hint}</span>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function TimeSplit() {
  const result = useRun((state) => state.result);
  const graph = useShown((shown) => shown);
  const reports = useRun((state) => state.nodes);
  if (!result) return null;
  const rows = Object.keys(graph.nodes)
    .flatMap((id) => {
      const { ms, kind = '', status } = reports[flatId(id)]?.report ?? {};
      return { id, kind, status, load: ms?.load ?? 0, run: ms?.warm ?? ms?.first ?? 0 };
    })
    .filter(({ load, run }) => load + run > 0)
    .sort((a, b) => b.load + b.run - (a.load + a.run));
  const longest = Math.max(1, ...rows.map(({ load, run }) => load + run));
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>Where the time went</h3>
      <ul className="time-split">
        {rows.map(({ id, kind, status, load, run }) => (
          <li key={id}>
            <button type="button" onClick={() => selectOnly(id)} title={`load ${duration(load)}, run ${duration(run)}`}>
              <span>
                {titleOf(graph, id)} <span className="dim">{id}</span>
              </span>
              <span className="num dim">{status === 'reused' ? 'reused' : duration(load + run)}</span>
              <span className="time-bar" style={{ '--cat': categoryColour(definitionOf(kind)?.category ?? 'Other') }}>
                <i className="load" style={{ width: `${(load / longest) * 100}%` }} />
                <i style={{ width: `${(run / longest) * 100}%` }} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p className="dim legend">
        <i className="load" /> load <i /> run
      </p>
    </section>
  );
}
