import { useConnection } from '../backend/client.ts';
import { useCheck } from '../store/check.ts';
import { useDocument } from '../store/document.ts';
import { useRun } from '../store/run.ts';
import { selectOnly } from '../store/selection.ts';
import { bytes, count, duration, flops, whole } from '../ui/format.ts';

export function StatusBar() {
  const connection = useConnection((state) => state.status);
  const nodes = useDocument((state) => Object.keys(state.document.nodes).length);
  const problems = useCheck((state) => state.problems.length);
  const total = useCheck((state) => state.total);
  return (
    <footer className="statusbar">
      {connection === 'connected' ? (
        <LastRun />
      ) : (
        <span className="lost" role="alert">
          {connection === 'lost'
            ? 'Connection to the backend lost. Your graph is safe here; reconnecting…'
            : 'Connecting…'}
        </span>
      )}
      <span className="grow" />
      {problems > 0 && (
        <button type="button" className="status-problems" onClick={() => selectOnly()}>
          {problems} to mend
        </button>
      )}
      <span>
        <span className="num">{nodes}</span> nodes
      </span>
      {total.parameters ? (
        <span title="Parameters of the whole graph">
          <span className="num">{count(total.parameters)}</span> parameters
        </span>
      ) : null}
      {total.flops ? <span className="num">{flops(total.flops)}</span> : null}
      {total.peakBytes ? (
        <span title="Expected: weights and the largest activations">
          <span className="num">{bytes(total.peakBytes)}</span>
        </span>
      ) : null}
    </footer>
  );
}

function LastRun() {
  const result = useRun((state) => state.result);
  const active = useRun((state) => state.active !== undefined);
  if (active) return <span>Running…</span>;
  if (!result) return <span>Ready</span>;
  const reports = Object.values(result.nodes);
  const most = (source: 'prompt' | 'visual' | 'thinking' | 'answer') =>
    reports.reduce((total, { tokens }) => Math.max(total, tokens?.[source] ?? 0), 0);
  const reused = reports.filter(({ status }) => status === 'reused').length;
  const words = { finished: 'Finished', failed: 'Failed', cancelled: 'Cancelled' }[result.status];
  return (
    <>
      <span className={`run-status ${result.status}`} role="status">
        {words} in <span className="num">{duration(result.totalMs)}</span>
      </span>
      {reused > 0 && (
        <span>
          <span className="num">{reused}</span> of {reports.length} reused
        </span>
      )}
      {(['prompt', 'visual', 'thinking', 'answer'] as const).map((source) =>
        most(source) > 0 ? (
          <span key={source}>
            <span className="num">{whole(most(source))}</span> {source} tokens
          </span>
        ) : null,
      )}
    </>
  );
}
