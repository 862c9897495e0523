import type { SearchResult } from '../../nodes/search-loop/search.ts';
import { bytes, duration, significant, whole } from '../ui/format.ts';

/** All solutions, the chosen one marked; a click leads to where it ends in the tree, where there is one to look at. */
export function CandidatesTable({ result, pick }: { result: SearchResult; pick?: (node: number) => void }) {
  const { candidates, chosen } = result;
  if (candidates.length === 0) return <p className="dim">No whole solution came of it.</p>;
  const scored = candidates.some(({ score }) => score !== undefined);
  return (
    <div className="out-table search-candidates">
      <table>
        <thead>
          <tr>
            <th>#</th>
            <th>answer</th>
            {scored && <th>score</th>}
            <th>confidence</th>
            <th>tokens</th>
          </tr>
        </thead>
        <tbody>
          {candidates.map(({ answer, score, confidence, tokens, node }, place) => (
            <tr key={node} data-chosen={place === chosen} title={candidates[place]?.text}>
              <td className="num">
                {pick ? (
                  <button type="button" aria-label={`Candidate ${place + 1}: show it`} onClick={() => pick(node)}>
                    {place + 1}
                  </button>
                ) : (
                  place + 1
                )}
              </td>
              <td>
                {answer || <i>none</i>}
                {place === chosen && <b className="search-mark">chosen</b>}
              </td>
              {scored && <td className="num">{score === undefined ? '' : significant(score)}</td>}
              <td className="num">{Number.isFinite(confidence) ? significant(Math.exp(confidence)) : ''}</td>
              <td className="num">{tokens}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A bar for each answer, as long as its share of all votes; a candidate without an answer has none. */
export function Votes({ result: { votes, candidates } }: { result: SearchResult }) {
  const total = votes.reduce((sum, { weight }) => sum + weight, 0);
  if (votes.length === 0 || total === 0)
    return <p className="dim">This strategy does not vote: it chooses among {candidates.length} candidates.</p>;
  const silent = candidates.filter(({ answer }) => answer === '').length;
  return (
    <div className="bars search-votes">
      {votes.map(({ answer, weight, count }) => (
        <div key={answer} className="bar" title={`${answer}: ${count} candidates, weight ${significant(weight)}`}>
          <span className="bar-name">{answer}</span>
          <span className="bar-value num">
            {significant((100 * weight) / total)} % · {count}
          </span>
          <i style={{ width: `${(100 * weight) / total}%` }} />
        </div>
      ))}
      {silent > 0 && (
        <p className="dim">
          <span className="num">
            {silent} of {candidates.length}
          </span>{' '}
          gave no answer and have no vote.
        </p>
      )}
    </div>
  );
}

/** What the search cost. */
export function Spent({ result: { spent, candidates } }: { result: SearchResult }) {
  const { generated, run, distinct, kvCache, verifier, answer, ms } = spent;
  const lines = [
    ['Candidates', whole(candidates.length)],
    ['Tokens generated', `${whole(generated)}, ${whole(answer)} of them answers`],
    ['Through the model', `${whole(run)}: ${(run / Math.max(1, distinct)).toFixed(3)} for each token of the tree`],
    ['Through the verifier', whole(verifier)],
    ['Time', duration(ms)],
    ['KV cache, at most', bytes(kvCache)],
  ] as const;
  return (
    <dl className="search-spent">
      {lines.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
