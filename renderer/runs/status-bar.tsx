import { useConnection } from '../backend/client.ts';
import { commandOf } from '../commands.ts';
import { comparisons, openCompare } from '../compare/actions.ts';
import { measurements, openCompute } from '../compute/actions.ts';
import { shortcutWords } from '../keys.ts';
import { MeasuringStatus } from '../measured/measuring-status.tsx';
import { ModelsStatus } from '../models/models-status.tsx';
import { useCheck } from '../store/check.ts';
import { useDocument } from '../store/document.ts';
import { useRun } from '../store/run.ts';
import { selectOnly } from '../store/selection.ts';
import { useUi } from '../store/ui.ts';
import { toggleTimeline, useTimeline } from '../timeline/store.ts';
import { TrainingStatus } from '../training/training-status.tsx';
import { bytes, count, duration, flops, whole } from '../ui/format.ts';

export function StatusBar() {
  const connection = useConnection((state) => state.status);
  const nodes = useDocument((state) => Object.keys(state.document.nodes).length);
  const problems = useCheck((state) => state.problems.length);
  const total = useCheck((state) => state.total);
  const engine = useCheck((state) => state.engine);
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
      <TimelineButton />
      <span className="grow" />
      <ModelsStatus />
      <TrainingStatus />
      <MeasuringStatus measurements={comparisons} open={openCompare} />
      <MeasuringStatus measurements={measurements} open={openCompute} />
      {engine && connection === 'connected' && (
        <span className="lost" role="alert" title={engine.hint}>
          {engine.message}
        </span>
      )}
      {problems > 0 && (
        <button type="button" className="status-problems" onClick={showProblems}>
          {problems} to mend
        </button>
      )}
      <span>
        <span className="num">{nodes}</span> {nodes === 1 ? 'node' : 'nodes'}
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

function TimelineButton() {
  const open = useTimeline((state) => state.open);
  return (
    <button
      type="button"
      className="status-link"
      aria-expanded={open}
      onClick={toggleTimeline}
      title={shortcutWords(commandOf('view.timeline').shortcuts[0] ?? '').join(' ')}
    >
      Timeline
    </button>
  );
}

function showProblems(): void {
  selectOnly();
  useUi.setState({ inspectorOpen: true });
}

function LastRun() {
  const result = useRun((state) => state.result);
  const active = useRun((state) => state.active !== undefined);
  if (active) return <span>Running…</span>;
  if (!result) return <span>Ready</span>;
  const reports = Object.values(result.nodes);
  // What goes into and comes out of language models; encoders and projectors hand the same visual tokens on.
  const generating = reports.filter(({ tokens }) => tokens?.answer !== undefined);
  const sum = (source: 'prompt' | 'visual' | 'thinking' | 'answer') =>
    generating.reduce((total, { tokens }) => total + (tokens?.[source] ?? 0), 0);
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
        sum(source) > 0 ? (
          <span key={source}>
            <span className="num">{whole(sum(source))}</span> {source} tokens
          </span>
        ) : null,
      )}
    </>
  );
}
